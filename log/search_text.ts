/**
 * The words of a text, as both what is looked for and what it is looked for in are compared: in lower
 * case, without accents, one space between them.
 *
 * A word is a run of letters, their marks, digits and private characters; in scripts that write no
 * spaces (Chinese, Japanese, Thai …) each character is one, so that a word is found within a sentence as a
 * phrase. Compatibility forms are the same as what they stand for (`ﬁ` and `fi`), and so are `ß` and
 * `ss`, `ς` and `σ`.
 *
 * Portable: it uses nothing but its parameter, so that a worker can be handed its source. An index (SQLite's
 * FTS5) is given what it returns, and not the text, so that every adapter finds the same.
 *
 * @param text Any text.
 * @returns Its words; empty where it has none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { searchText } from "./search_text.ts";
 *
 * assertEquals(searchText("Café, STRASSE & Straße: 漢字!"), "cafe strasse strasse 漢 字");
 * ```
 */
export function searchText(text: string): string {
  // deno-lint-ignore no-control-regex -- ASCII, most of what is said, needs none of the rest
  if (/^[\x00-\x7f]*$/.test(text)) {
    return text.toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
  }
  return text.normalize("NFKD")
    // Accents, of every script; the vowel signs of Indic scripts stay: they are letters to their readers.
    .replace(/[\p{M}&&[\p{Diacritic}\p{Script=Inherited}]]+/gv, "")
    // As names are folded: lower case alone would keep ß and ss, ı and i apart.
    .toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ")
    .normalize("NFC")
    .replace(
      /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/gv,
      " $& ",
    )
    .replace(/[^\p{L}\p{M}\p{N}\p{Co}]+/gv, " ")
    .trim();
}
