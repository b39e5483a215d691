import { assertEquals } from "@std/assert";
import { dayText, localMoment, localTime } from "../../terminal/moment.ts";

const now = new Date(2026, 10, 18, 0, 30).getTime();

Deno.test("localMoment says a moment as people do", () => {
  for (
    const [time, words] of [
      [new Date(2026, 10, 18, 0, 5), "today 00:05"],
      [new Date(2026, 10, 17, 0, 0), "yesterday 00:00"],
      [new Date(2026, 10, 16, 18, 2), "Mon 16 Nov 18:02"],
      [new Date(2026, 0, 1, 9, 5), "Thu 1 Jan 09:05"],
      [new Date(2025, 11, 31, 23, 59), "Wed 31 Dec 2025 23:59"],
      [new Date(2026, 10, 19, 1, 0), "Thu 19 Nov 01:00"],
    ] as const
  ) assertEquals(localMoment(time.getTime(), now), words);
});

Deno.test("localMoment knows yesterday over the turn of a month", () => {
  const first = new Date(2026, 2, 1, 12).getTime();
  assertEquals(localMoment(new Date(2026, 1, 28, 12).getTime(), first), "yesterday 12:00");
});

Deno.test("localTime and localMoment take a time that is none", () => {
  assertEquals([localTime(1e300), localMoment(1e300, now)], ["--:--", "--:--"]);
});

Deno.test("dayText names a day", () => {
  assertEquals(dayText(new Date(2026, 10, 21, 12).getTime()), "Saturday, 21 November 2026");
  assertEquals(dayText(new Date(2026, 1, 1).getTime()), "Sunday, 1 February 2026");
  assertEquals(dayText(NaN), "an unknown day");
});
