/** Characters that no neighbour joins: between two of them is always a boundary. */
const PLAIN = /^[\t\n -~]*$/;

/** Made when it is first needed: that takes longer than anything else at a program's start. */
let segmenter: Intl.Segmenter | undefined;

function segments(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
  return segmenter.segment(text);
}

/**
 * What a reader takes for one character each: letters with their marks, emoji of several parts (Unicode's
 * extended grapheme clusters, UAX #29).
 *
 * @param text Any text.
 * @returns Its pieces, in order.
 */
export function graphemesOf(text: string): string[] {
  return PLAIN.test(text) ? text.split("") : Array.from(segments(text), ({ segment }) => segment);
}

/**
 * The boundary between graphemes that is next after a place.
 *
 * @param text Any text.
 * @param at A place in it, in UTF-16 units.
 * @returns One that is larger; the text's length at its end.
 */
export function nextBoundary(text: string, at: number): number {
  if (at + 1 >= text.length) return text.length;
  if (isPlain(text, at) && isPlain(text, at + 1)) return at + 1;
  const { from, line } = lineAround(text, at);
  const found = segments(line).containing(at - from);
  return found === undefined ? at + 1 : from + found.index + found.segment.length;
}

/** The same the other way: one that is smaller; 0 at the text's beginning. */
export function previousBoundary(text: string, at: number): number {
  if (at <= 1) return 0;
  if (isPlain(text, at - 1) && isPlain(text, at - 2)) return at - 1;
  const { from, line } = lineAround(text, at - 1);
  return from + segments(line).containing(at - 1 - from)!.index;
}

/** The place itself where it is a boundary, otherwise the next one. */
export function boundaryFrom(text: string, at: number): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  if (isPlain(text, at) && isPlain(text, at - 1)) return at;
  return nextBoundary(text, previousBoundary(text, at + 1) === at ? at - 1 : at);
}

function isPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x20 && code < 0x7f || code === 0x0a || code === 0x09;
}

/** The line that a character is in, its newline with it: newlines always are boundaries. */
function lineAround(text: string, at: number): { readonly from: number; readonly line: string } {
  const from = at === 0 ? 0 : text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at);
  return { from, line: text.slice(from, end < 0 ? undefined : end + 1) };
}
