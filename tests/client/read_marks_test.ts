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
  // All of them, so that the server knows until when.
  assertEquals(told.slice(2), [["lobby", 3], ["@ann", 5]]);
  marks.read("lobby", 4);
  marks[Symbol.dispose]();
  assertEquals([told.length, clock.pending], [4, 0]);
});

Deno.test("ReadMarks tells nothing more of a stream that it is to forget", () => {
  const clock = new FakeClock();
  const told: [string, number][] = [];
  const marks = new ReadMarks({ clock, tell: (stream, seq) => told.push([stream, seq]) });
  marks.read("lobby", 1);
  marks.read("den", 1);
  clock.advance(2_000);
  marks.read("lobby", 2);
  marks.forget("lobby");
  marks[Symbol.dispose]();
  assertEquals(told, [["lobby", 1], ["den", 1], ["den", 1]]);
});
