import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import stringWidth from "string-width";
import { cellsOf, cutToCells } from "../../terminal/cells.ts";
import { escapeText } from "../../terminal/escape.ts";

Deno.test("cellsOf counts cells: wide characters are two, marks none", () => {
  for (
    const [text, cells] of [
      ["", 0],
      ["ann", 3],
      ["Grüße Я ½", 9],
      ["漢字", 4],
      ["ｆｕｌｌ", 8],
      ["안녕", 4],
      ["\u1112\u1161\u11ab", 2],
      ["e\u0301", 1],
      ["שָׁלוֹם", 4],
      ["ที่นี่", 2],
      ["🎉", 2],
      ["𠀋", 2],
      ["👍🏽", 2],
      ["🇩🇪", 2],
      ["\x1b[1mann\x1b[22m", 3],
    ] as const
  ) assertEquals(cellsOf(text), cells, text);
});

Deno.test("cellsOf agrees with string-width about letters", () => {
  const letters = fc.string({ unit: fc.constantFrom(..."aZ9_.-üßЯλ漢字カナ안녕ｆ中") });
  fc.assert(fc.property(letters, (text) => assertEquals(cellsOf(text), stringWidth(text))));
});

Deno.test("cutToCells keeps what fits, and else the beginning with an ellipsis", () => {
  assertEquals(cutToCells("hello", 5), "hello");
  assertEquals(cutToCells("hello", 4), "hel…");
  assertEquals(cutToCells("漢字", 4), "漢字");
  assertEquals(cutToCells("漢字漢", 4), "漢…");
  assertEquals(cutToCells("e\u0301e\u0301e\u0301", 2), "e\u0301…");
  assertEquals([cutToCells("hello", 1), cutToCells("hello", 0)], ["…", ""]);
});

Deno.test("cutToCells takes no more cells than it may", () => {
  const text = fc.string({ unit: "binary" }).map(escapeText);
  fc.assert(fc.property(text, fc.nat(20), (some, cells) => {
    assert(cellsOf(cutToCells(some, cells)) <= cells);
    if (cellsOf(some) <= cells && cells > 0) assertEquals(cutToCells(some, cells), some);
  }));
});
