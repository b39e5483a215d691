/** What a time is written with, in milliseconds. */
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
/** The longest time that may be written: ten years. */
const MAX_MS = 3_650 * 86_400_000;

/**
 * Reads a time as it is written in commands: a number and a unit, `30s`, `10m`, `2h`, `3d`, `2w`.
 *
 * @param text What was written.
 * @returns Milliseconds, from a second to ten years; NaN where it is none of that.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readTime } from "./times.ts";
 *
 * assertEquals(readTime("2h"), 7_200_000);
 * ```
 */
export function readTime(text: string): number {
  const [, count, unit = ""] = /^(\d{1,12})([a-z])$/i.exec(text) ?? [];
  const ms = count === undefined ? NaN : Number(count) * (UNITS_MS[unit.toLowerCase()] ?? NaN);
  return ms >= 1_000 && ms <= MAX_MS ? ms : NaN;
}
