import { assert, assertEquals } from "@std/assert";
import { HeldText } from "../../../terminal/editor/held_text.ts";

Deno.test("HeldText gives everything in order, once", () => {
  const held = new HeldText();
  held.push("one\n");
  held.push("two\nthree\n");
  assertEquals(held.count, 2);
  assertEquals([held.take(), held.count, held.take()], ["one\ntwo\nthree\n", 0, ""]);
});

Deno.test("HeldText drops the oldest of too much, and tells how many lines those were (I1)", () => {
  const held = new HeldText(12);
  for (const text of ["a\nb\n", "c\n", "12345\n", "67890\n"]) held.push(text);
  assert(!held.hasRoomFor("x"));
  assertEquals(held.take(), "-- 3 older lines were not shown\n12345\n67890\n");
  assert(held.hasRoomFor("x".repeat(12)) && !held.hasRoomFor("x".repeat(13)));
  held.push("x\n");
  assertEquals(held.take(), "x\n");
  // The newest is there however long it is.
  held.push("a\n");
  held.push("longer than all\n");
  assertEquals(held.take(), "-- 1 older line was not shown\nlonger than all\n");
});

Deno.test("HeldText is as quick, and as small, with a million texts", () => {
  const held = new HeldText(1_000);
  // Quadratic, this would take minutes: the test would not end.
  for (let number = 0; number < 1_000_000; number++) held.push(`${number % 10}\n`);
  assertEquals(held.count, 500);
  assertEquals(held.take().length, 1_000 + "-- 999500 older lines were not shown\n".length);
});
