import { searchText } from "./search_text.ts";

/** What must be in a text: one word, or several one after the other. */
export interface SearchTerm {
  /** One word or more with a space between them, as {@link searchText} gives them. */
  readonly words: string;
  /** Whether the last of them may be the beginning of a word only. */
  readonly isPrefix: boolean;
}

/** Of more terms, the first count: each costs a look at every text. */
const MAX_TERMS = 32;

/** A quoted phrase, ended or not, or what stands between spaces; each with a `*` or without. */
const PART = /"([^"]*)(?:"(\*?)|$)|([^\s"]+)/g;

/**
 * Reads what somebody looks for: words, `"several words"` one after the other, `begin*`. Every term must
 * be in a text that is found, in any order.
 *
 * There is no wrong query: signs that mean nothing are passed over, a quotation mark that is never closed
 * ends at the end. Signs within a word part it (`don't` is `"don t"`).
 *
 * @param query What was typed.
 * @returns The terms, each once; none where there is no word.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseQuery } from "./search_query.ts";
 *
 * assertEquals(parseQuery('Tea "at five" OR coff*'), [
 *   { words: "tea", isPrefix: false },
 *   { words: "at five", isPrefix: false },
 *   { words: "or", isPrefix: false },
 *   { words: "coff", isPrefix: true },
 * ]);
 * ```
 */
export function parseQuery(query: string): SearchTerm[] {
  const terms = new Map<string, SearchTerm>();
  for (const [, phrase, star, bare] of query.matchAll(PART)) {
    const words = searchText(phrase ?? bare!);
    if (words === "") continue;
    const isPrefix = phrase === undefined ? bare!.endsWith("*") : star === "*";
    terms.set(`${words}${isPrefix ? "*" : ""}`, { words, isPrefix });
    if (terms.size === MAX_TERMS) break;
  }
  return [...terms.values()];
}

/**
 * Terms as an expression of SQLite's FTS5 (https://www.sqlite.org/fts5.html#full_text_query_syntax).
 *
 * Each is a string in quotation marks, so that no word is an operator.
 *
 * @param terms One or more.
 * @returns What `MATCH` takes; in parentheses it can be given a column filter.
 */
export function toFts5(terms: readonly SearchTerm[]): string {
  return terms
    .map(({ words, isPrefix }) => `"${words.replaceAll('"', '""')}"${isPrefix ? " *" : ""}`)
    .join(" AND ");
}
