import { assertEquals } from "@std/assert";
import { nearest } from "../../../terminal/commands/nearest.ts";

const WORDS = ["/join", "/go", "/who", "/history", "/fingerprint", "/mute"];

Deno.test("nearest finds a word with a letter too many, too few, changed, or two swapped", () => {
  for (
    const [typed, word] of [
      ["/joinn", "/join"],
      ["/jon", "/join"],
      ["/joim", "/join"],
      ["/jion", "/join"],
      ["/fingrepirnt", "/fingerprint"],
    ] as const
  ) assertEquals(nearest(typed, WORDS), word, typed);
});

Deno.test("nearest finds nothing that is far, however long the word is", () => {
  for (const typed of ["", "/xyz", "/hello", "/historians", "x".repeat(100_000)]) {
    assertEquals(nearest(typed, WORDS), undefined, typed.slice(0, 20));
  }
});

Deno.test("nearest takes the first of several that are equally near", () => {
  assertEquals(nearest("/bat", ["/cat", "/bar"]), "/cat");
});
