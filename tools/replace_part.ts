/**
 * Puts a generated part of a document between its markers, `<!-- generated: NAME -->` and `<!-- end: NAME -->`.
 *
 * @param path The document's path, for the error.
 * @param document Its text.
 * @param name The part's name.
 * @param part What it is to be.
 * @returns The document with it.
 * @throws {Error} The document has no such part.
 */
export function replacePart(path: string, document: string, name: string, part: string): string {
  const [open, close] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
  const from = document.indexOf(open);
  const to = document.indexOf(close);
  if (from < 0 || to < from) throw new Error(`${path} has no part "${name}"`);
  return document.slice(0, from) + `${open}\n${part}\n` + document.slice(to);
}
