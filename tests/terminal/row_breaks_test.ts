import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { cellsOf, JOINS_THE_ONE_BEFORE, mostCellsOf } from "../../terminal/cells.ts";
import { escapeText } from "../../terminal/escape.ts";
import { rowBreaks } from "../../terminal/row_breaks.ts";
import { hostileText } from "../support/hostile_texts.ts";

/** A character with all that joins it, which may be more than a grapheme: a terminal may draw it on the same one. */
const ONE = new RegExp(
  `^(?:\\p{RI}{2}|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}|[^])${JOINS_THE_ONE_BEFORE.source}*$`,
  "u",
);

function broken(text: string, first: number, others = first): string[] {
  return rowBreaks(text, { first, others }).map(({ from, to }) => text.slice(from, to));
}

Deno.test("rowBreaks breaks between words", () => {
  assertEquals(broken("one two three", 7), ["one two", "three"]);
  assertEquals(broken("one two three", 8), ["one two", "three"]);
  assertEquals(broken("one two three", 3, 9), ["one", "two three"]);
  assertEquals(broken("fits", 4), ["fits"]);
  assertEquals(broken("", 4), [""]);
});

Deno.test("rowBreaks counts cells, and breaks what has no spaces", () => {
  assertEquals(broken("漢字漢字漢", 5), ["漢字", "漢字", "漢"]);
  assertEquals(broken("éééééé", 4), ["éééé", "éé"]);
  assertEquals(broken("ééé", 2), ["éé", "é"]);
});

Deno.test("rowBreaks leaves room for how any terminal draws, and what joins a character with it", () => {
  assertEquals(broken("e\u0301".repeat(3), 5), ["e\u0301e\u0301", "e\u0301"]);
  assertEquals(broken("e\u0301".repeat(3), 3), ["e\u0301", "e\u0301", "e\u0301"]);
  assertEquals(broken("🇩🇪🇫🇷🇮", 9), ["🇩🇪🇫🇷", "🇮"]);
  assertEquals(broken("🇩🇪🇫🇷", 7), ["🇩🇪", "🇫🇷"]);
  assertEquals(broken("👍🏽👍🏽", 7), ["👍🏽", "👍🏽"]);
  assertEquals(broken("\u2e3b\u2e3b\u2e3a", 7), ["\u2e3b\u2e3b", "\u2e3a"]);
});

Deno.test("rowBreaks lets no text begin a row of a terminal that draws wide", () => {
  // kitty draws half a flag in two cells, even with an accent on it.
  const rows = broken(`${"🇦\u0301".repeat(20)}---- now ----`, 40);
  assertEquals(rows.map((row) => row.includes("-")), [false, true]);
  const inKitty = rows.map((row) => cellsOf(row) + row.split("🇦").length - 1);
  assert(inKitty.every((cells) => cells <= 40), String(inKitty));
});

Deno.test("rowBreaks leaves an address whole, and gives it and what follows rows of their own", () => {
  const link = "https://example.org/a/long/path";
  assertEquals(broken(`see ${link} 12:04 ann`, 12), ["see", link, "12:04 ann"]);
  assertEquals(broken(link, 4, 12), ["", link]);
  // Not of ASCII alone, it could hold something like a space.
  assertEquals(broken("xxxx\u00a0ann:\u00a0hi", 6).length, 2);
});

Deno.test("rowBreaks begins below what leaves no room", () => {
  assertEquals(broken("hello", 0, 10), ["", "hello"]);
  assertEquals(broken("漢", 0, 2), ["", "漢"]);
});

Deno.test("rowBreaks loses nothing but spaces (I1), and rows fit or are a word (I2)", () => {
  const text = hostileText().map(escapeText);
  fc.assert(
    fc.property(text, fc.integer({ min: -3, max: 30 }), fc.integer({ min: 2, max: 30 }), (
      some,
      first,
      others,
    ) => {
      const rows = broken(some, first, others);
      assertEquals(rows.join("").replaceAll(" ", ""), some.replaceAll(" ", ""));
      for (const [at, row] of rows.entries()) {
        const fits = mostCellsOf(row) <= Math.max(0, at === 0 ? first : others);
        const isOne = ONE.test(row);
        assert(fits || isOne || /^[!-~]+$/.test(row), JSON.stringify(row));
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("rowBreaks looks at each character a few times, whatever is written", () => {
  // Quadratic, one of these would take minutes: the test would not end.
  const length = 100_000;
  for (
    const text of [
      "x".repeat(length),
      " ".repeat(length),
      "x ".repeat(length / 2),
      "漢".repeat(length),
      "x".repeat(length) + "é",
      "e" + "\u0301".repeat(length),
      `${"x".repeat(30)}é`.repeat(length / 31),
      "🇦".repeat(length / 2),
    ]
  ) {
    const rows = rowBreaks(text, { first: 10, others: 20 });
    assert(rows.length <= text.length);
  }
  // A word of a million characters, looked for at each of its rows.
  assertEquals(rowBreaks(`${"x".repeat(1_000_000)}é`, { first: 4, others: 4 }).length, 250_001);
});
