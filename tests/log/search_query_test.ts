import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import * as fc from "fast-check";
import { parseQuery, toFts5 } from "../../log/search_query.ts";
import { searchText } from "../../log/search_text.ts";
import { textMatcher } from "../../log/text_matcher.ts";

/** A table of texts as an adapter with SQLite's FTS5 keeps them. */
function openTexts(): DatabaseSync {
  const database = new DatabaseSync(":memory:");
  database.exec(
    `CREATE VIRTUAL TABLE texts USING fts5(
       text, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
     )`,
  );
  return database;
}

/** Pieces of texts and queries that have much to do with each other. */
const PIECES = [
  ...["tea", "Tea", "teapot", "te", "a", "b", "o", "OR", "AND", "NOT", "NEAR", "near(", "text:"],
  ...[
    " ",
    " ",
    " ",
    " ",
    '"',
    '"',
    "*",
    "*",
    "(",
    ")",
    "-",
    "^",
    "+",
    ":",
    "{",
    "}",
    ",",
    "\\",
    "'",
  ],
  ...[
    "é",
    "e\u0301",
    "e",
    "\u0301",
    "É",
    "ﬁ",
    "fi",
    "½",
    "ß",
    "ss",
    "ẞ",
    "σ",
    "ς",
    "Σ",
    "ά",
    "ø",
    "ł",
  ],
  ...["й", "и", "Ё", "漢", "字", "かが", "한국", "हिन्दी", "ไทย", "שָׁלוֹם", "سَلام", "İ", "ı", "i"],
  ...[
    "\0",
    "\n",
    "\t",
    "\u2028",
    "\u00ad",
    "\u200d",
    "🐢",
    "\ud83d",
    "\ue000",
    "４",
    "4",
    "٤",
    "²",
  ],
] as const;
const pieces = (maxLength: number, between: string) =>
  fc.array(fc.constantFrom(...PIECES), { maxLength }).map((some) => some.join(between));
const text = fc.oneof(
  pieces(20, ""),
  pieces(20, " "),
  pieces(20, " "),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const query = fc.oneof(pieces(1, ""), pieces(2, ""), pieces(2, " "), text);

Deno.test("parseQuery reads words, phrases and beginnings of words", () => {
  const terms = (query: string) =>
    parseQuery(query).map(({ words, isPrefix }) => words + (isPrefix ? "*" : ""));
  assertEquals(terms("tea at  five"), ["tea", "at", "five"]);
  assertEquals(terms('"tea at" five'), ["tea at", "five"]);
  assertEquals(terms('tea"at five"six'), ["tea", "at five", "six"]);
  assertEquals(terms('"never closed'), ["never closed"]);
  assertEquals(terms('te* "at fi"* "at" *'), ["te*", "at fi*", "at"]);
  assertEquals(terms("don't well-known a.b*"), ["don t", "well known", "a b*"]);
  assertEquals(terms("Tea TEA tea"), ["tea"]);
  assertEquals(terms('"" * " * " ( 🐢'), []);
  assertEquals(terms("t*a *tea te**"), ["t a", "tea", "te*"]);
  assertEquals(terms("喝茶"), ["喝 茶"]);
});

Deno.test("parseQuery takes the first 32 terms of more", () => {
  const words = Array.from({ length: 100 }, (_, at) => `word${at}`);
  assertEquals(parseQuery(words.join(" ")).map(({ words }) => words), words.slice(0, 32));
});

Deno.test("searchText gives words that it gives again, apart by one space", () => {
  fc.assert(
    fc.property(text, (some) => {
      const words = searchText(some);
      assert(/^$|^[\p{L}\p{M}\p{N}\p{Co}]+( [\p{L}\p{M}\p{N}\p{Co}]+)*$/u.test(words), words);
      assertEquals(searchText(words), words);
    }),
    { numRuns: 5_000 },
  );
});

Deno.test("searchText gives the same for every case and form of a character", () => {
  // What folds to something else again: titlecase digraphs, letters that only one form decomposes.
  // (The planes above these have ideographs and private characters only.)
  for (let code = 0; code <= 0x1ffff; code++) {
    const character = String.fromCodePoint(code);
    // Halves of pairs; and the iota subscript, whose upper case is a letter of its own.
    if (!character.isWellFormed() || character.normalize("NFD").includes("\u0345")) continue;
    const words = searchText(character);
    const others = [character.toUpperCase(), character.normalize("NFD"), words];
    assert(others.every((other) => searchText(other) === words), `U+${code.toString(16)}`);
  }
});

Deno.test("no query is a wrong FTS5 expression, and FTS5 finds what the matcher finds", () => {
  using database = openTexts();
  const insert = database.prepare("INSERT INTO texts (rowid, text) VALUES (?, ?)");
  const clear = database.prepare("DELETE FROM texts");
  const select = database.prepare("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid");
  let found = 0;
  fc.assert(
    fc.property(fc.array(text, { maxLength: 6 }), query, (texts, query) => {
      clear.run();
      texts.forEach((one, at) => insert.run(at, searchText(one)));
      const terms = parseQuery(query);
      if (terms.length === 0) return;
      const isMatch = textMatcher(terms);
      const matches = texts.flatMap((one, at) =>
        isMatch(JSON.stringify({ text: one })) ? [at] : []
      );
      found += matches.length;
      for (const match of [toFts5(terms), `text : (${toFts5(terms)})`]) {
        assertEquals(select.all(match).map(({ rowid }) => rowid), matches);
      }
    }),
    { numRuns: 5_000 },
  );
  assert(found > 100, `only ${found} matches: the texts have too little to do with the queries`);
});
