import { assert, assertEquals } from "@std/assert";
import { pauseOf } from "../../../web/page/connection.js";

Deno.test("pauses grow from half a second to half a minute, half of each left to chance", () => {
  assertEquals([0, 1, 2, 6, 7, 50].map((attempt) => pauseOf(attempt, 0)), [
    ...[250, 500, 1_000, 15_000, 15_000, 15_000],
  ]);
  assertEquals([0, 1, 2, 6, 50].map((attempt) => pauseOf(attempt, 1)), [
    ...[500, 1_000, 2_000, 30_000, 30_000],
  ]);
  const pause = pauseOf(3);
  assert(pause >= 2_000 && pause <= 4_000);
});
