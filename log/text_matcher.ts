import type { SearchTerm } from "./search_query.ts";
import { searchText } from "./search_text.ts";

/**
 * Looks for terms in the bodies of events, one after the other.
 *
 * @param terms All of them must be in a body's `text`.
 * @returns Says whether a body has them: JSON text of an object.
 */
export function textMatcher(terms: readonly SearchTerm[]): (body: string) => boolean {
  // Words have one space between them, so that a term is a piece of a text that begins at a word.
  const pieces = terms.map(({ words, isPrefix }) => isPrefix ? ` ${words}` : ` ${words} `);
  const words = terms.flatMap((term) => term.words.split(" "));
  return (body) => {
    if (isAscii(body)) {
      // Hardly any body has them, and it need not be read as JSON to see that: ASCII letters are not
      // escaped there.
      const lower = body.toLowerCase();
      if (!words.every((word) => lower.includes(word))) return false;
    }
    const { text } = JSON.parse(body) as { readonly text?: unknown };
    if (typeof text !== "string") return false;
    const found = ` ${searchText(text)} `;
    return pieces.every((piece) => found.includes(piece));
  };
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}
