import { assertEquals } from "@std/assert";
import { countOf, dayName, dayOf, momentOf, sizeOf, timeOf } from "../../../web/page/moments.js";

const NOW = new Date(2026, 10, 21, 14, 30).getTime();
const HOUR = 3_600_000;

Deno.test("days are named as people say them, in local time", () => {
  assertEquals(dayName(NOW - 2 * HOUR, NOW), "Today");
  assertEquals(dayName(NOW - 20 * HOUR, NOW), "Yesterday");
  assertEquals(dayName(NOW - 48 * HOUR, NOW), "Thursday 19 November");
  assertEquals(dayName(NOW - 400 * 24 * HOUR, NOW), "17 October 2025");
  assertEquals(dayOf(new Date(2026, 10, 21, 0, 0).getTime()), dayOf(NOW));
  assertEquals(dayOf(new Date(2026, 10, 20, 23, 59).getTime()) === dayOf(NOW), false);
});

Deno.test("a moment of today is its time; another has its day", () => {
  assertEquals(momentOf(NOW, NOW), timeOf(NOW));
  assertEquals(momentOf(NOW - 24 * HOUR, NOW), `yesterday ${timeOf(NOW)}`);
});

Deno.test("sizes and counts have their unit", () => {
  assertEquals([0, 1, 999, 1_000, 9_949, 10_000, 999_949, 999_960, 2 ** 31].map(sizeOf), [
    ...["0 bytes", "1 byte", "999 bytes", "1.0 kB", "9.9 kB", "10 kB", "1.0 MB", "1.0 MB"],
    "2.1 GB",
  ]);
  assertEquals([countOf(1), countOf(1_234), countOf(2, "file")], [
    ...["1 message", "1,234 messages", "2 files"],
  ]);
});
