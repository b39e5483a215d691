import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { checkName, fold } from "../../../protocol/names.ts";
import * as page from "../../../web/page/names.js";

Deno.test("the page folds and checks names as the protocol does", () => {
  const name = fc.string({ unit: "grapheme", maxLength: 40 });
  fc.assert(fc.property(name, (text) => {
    assertEquals(page.fold(text), fold(text));
    let wanted: string | undefined;
    try {
      wanted = checkName(text.trim());
    } catch {
      wanted = undefined;
    }
    assertEquals(page.checkedName(text, 32), wanted);
  }));
  for (
    const text of [
      "Straße",
      "ΣΊΣΥΦΟΣ",
      "a\u200db",
      "\u0301a",
      "ann.lee-2",
      "a b",
      "",
      "x".repeat(33),
    ]
  ) {
    assertEquals(page.fold(text), fold(text));
  }
  for (const name of ["a\u2d7f", "a\u{1107f}", "a\u{11a99}", "a\u{13442}", "a\u{16fe4}"]) {
    assertEquals(page.checkedName(name, 32), undefined);
  }
  assertEquals(page.checkedName("  ann ", 32), "ann");
  assertEquals(page.checkedName("a\u200db", 32), undefined);
  assertEquals(page.checkedName("x".repeat(33), 32), undefined);
});

Deno.test("a name has one of the colours, the same in any case", () => {
  fc.assert(fc.property(fc.string(), (name) => {
    const colour = page.colourOf(name);
    assertEquals(colour >= 0 && colour < page.COLOURS && Number.isInteger(colour), true);
    assertEquals(page.colourOf(name.toUpperCase().toLowerCase()), page.colourOf(fold(name)));
  }));
  assertEquals(page.colourOf("Ann"), page.colourOf("ann"));
  const colours = new Set(Array.from({ length: 200 }, (_, n) => page.colourOf(`member${n}`)));
  assertEquals(colours.size, page.COLOURS);
});

Deno.test("initials are of the parts of a name, and whole characters", () => {
  assertEquals(["ann", "bob.builder", "x", "li-wen_zhao", "..", "𝒜𝒷"].map(page.initialsOf), [
    "AN",
    "BB",
    "X",
    "LW",
    "..",
    "𝒜𝒷",
  ]);
  assertNotEquals(page.initialsOf("öl"), "öl");
});
