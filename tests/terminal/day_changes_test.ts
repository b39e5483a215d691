import { assertEquals } from "@std/assert";
import { DayChanges } from "../../terminal/day_changes.ts";

const day = (date: number, hours = 12, minutes = 0) =>
  new Date(2026, 10, date, hours, minutes).getTime();

Deno.test("DayChanges tells when a message is of another day than the one before it", () => {
  const days = new DayChanges(day(21, 9));
  assertEquals(days.isDue(day(21, 9, 1)), false);
  assertEquals(days.isDue(day(21, 23, 59)), false);
  assertEquals(days.isDue(day(22, 0, 0)), true);
  assertEquals(days.isDue(day(22, 0, 1)), false);
  assertEquals(days.isDue(day(29, 0, 1)), true);
});

Deno.test("DayChanges turns back for what is shown again, and forth for what comes next", () => {
  const days = new DayChanges(day(21));
  const shown = [day(19), day(19, 13), day(20), day(21), day(18), day(21)];
  assertEquals(shown.map((at) => days.isDue(at)), [true, false, true, true, true, true]);
});

Deno.test("DayChanges knows the same day of another month or year", () => {
  const days = new DayChanges(day(21));
  assertEquals(days.isDue(new Date(2026, 11, 21).getTime()), true);
  assertEquals(days.isDue(new Date(2027, 11, 21).getTime()), true);
});

Deno.test("DayChanges takes days of 23 and 25 hours", () => {
  // Whatever this machine's zone: each hour of two years begins a day at midnight alone.
  const days = new DayChanges(new Date(2026, 0, 1).getTime());
  let due = 0;
  for (
    let at = new Date(2026, 0, 1).getTime();
    at < new Date(2028, 0, 1).getTime();
    at += 900_000
  ) {
    if (!days.isDue(at)) continue;
    due++;
    assertEquals(new Date(at - 1).getDate() === new Date(at).getDate(), false);
  }
  assertEquals(due, 729);
});

Deno.test("DayChanges passes over a time that is none", () => {
  const days = new DayChanges(day(21));
  assertEquals([days.isDue(NaN), days.isDue(1e300), days.isDue(day(21))], [false, false, false]);
});
