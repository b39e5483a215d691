import { assertEquals } from "@std/assert";
import { readTime } from "../../../terminal/commands/times.ts";

Deno.test("readTime reads a number with a unit, in any case", () => {
  for (
    const [text, ms] of [
      ["1s", 1_000],
      ["10m", 600_000],
      ["2H", 7_200_000],
      ["3d", 259_200_000],
      ["2w", 1_209_600_000],
      ["3650d", 315_360_000_000],
    ] as const
  ) assertEquals(readTime(text), ms, text);
});

Deno.test("readTime says no to what is no time, none at all, or longer than ten years", () => {
  for (
    const text of [
      "",
      "5",
      "h",
      "0h",
      "2x",
      "-2h",
      "2 h",
      "2hm",
      "1.5h",
      "3651d",
      "9".repeat(30) + "s",
    ]
  ) {
    assertEquals(readTime(text), NaN, text);
  }
});
