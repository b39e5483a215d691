import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  boundaryFrom,
  graphemesOf,
  nextBoundary,
  previousBoundary,
} from "../../../terminal/editor/graphemes.ts";

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc.array(
    fc.constantFrom("a", "\n", "字", "\u0301", "👩", "\u200d", "👧", "🇩", "🇪", "\u0600", "ᄀ", "ᅡ"),
  )
    .map((parts) => parts.join("")),
);

Deno.test("graphemesOf takes a text apart, and its pieces make it again", () => {
  assertEquals(graphemesOf("aé\u0301👩‍👧🇩🇪\n"), ["a", "é\u0301", "👩‍👧", "🇩🇪", "\n"]);
  fc.assert(fc.property(text, (text) => assertEquals(graphemesOf(text).join(""), text)));
});

Deno.test("boundaries are between graphemes, wherever one asks", () => {
  fc.assert(
    fc.property(text, (text) => {
      const boundaries = [0];
      for (const grapheme of graphemesOf(text)) {
        boundaries.push(boundaries.at(-1)! + grapheme.length);
      }
      for (let at = 0; at <= text.length; at++) {
        assertEquals(boundaryFrom(text, at), boundaries.find((boundary) => boundary >= at));
      }
      for (const [index, at] of boundaries.entries()) {
        assertEquals(nextBoundary(text, at), boundaries[index + 1] ?? text.length);
        assertEquals(previousBoundary(text, at), boundaries[index - 1] ?? 0);
      }
    }),
    { numRuns: 1_000 },
  );
});
