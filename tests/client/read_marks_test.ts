import { assertEquals } from "@std/assert";
import { ReadMarks } from "../../client/read_marks.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("ReadMarks tells once for an interval how far each stream was read", () => {
  const clock = new FakeClock();
  const told: [string, number][] = [];
  const marks = new ReadMarks({ clock, tell: (stream, seq) => told.push([stream, seq]) });
  marks.read("lobby", 1);
  marks.read("@ann", 5);
  marks.read("lobby", 2);
  assertEquals(told, []);
  clock.advance(2_000);
  assertEquals(told, [["lobby", 2], ["@ann", 5]]);
  assertEquals(clock.pending, 0);
  marks.read("lobby", 3);
  marks[Symbol.dispose]();
  assertEquals(told.at(-1), ["lobby", 3]);
  marks.read("lobby", 4);
  assertEquals([told.length, clock.pending], [3, 0]);
});
