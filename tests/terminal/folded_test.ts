import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { folded } from "../../terminal/folded.ts";

Deno.test("folded keeps what fits", () => {
  for (const text of ["", "one", "a\nb\nc", "x".repeat(240), "\n\n"]) {
    assertEquals(folded(text, 3), text);
  }
});

Deno.test("folded cuts after so many rows, also within a line", () => {
  assertEquals(folded("a\nb\nc\nd", 3), "a\nb\nc");
  assertEquals(folded(`a\n${"x".repeat(200)}\nb`, 3), `a\n${"x".repeat(160)}`);
  assertEquals(folded(`${"x".repeat(79)}🐢${"x".repeat(200)}`, 1), "x".repeat(79));
});

Deno.test("folded gives the beginning of a text, in as many rows as it may", () => {
  const text = fc.array(fc.constantFrom("\n", "🐢", "x".repeat(50), "y"), { maxLength: 60 })
    .map((parts) => parts.join(""));
  fc.assert(fc.property(text, fc.integer({ min: 1, max: 10 }), (some, maxRows) => {
    const kept = folded(some, maxRows);
    assert(some.startsWith(kept));
    assert(kept.isWellFormed());
    const lines = kept.split("\n");
    const rows = lines.map((line) => Math.max(1, Math.ceil(line.length / 80)));
    assert(rows.reduce((sum, row) => sum + row, 0) <= maxRows);
  }));
});
