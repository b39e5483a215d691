import { assertEquals } from "@std/assert";
import { Backoff } from "../../client/backoff.ts";

Deno.test("Backoff doubles its pauses up to 30 s, half of each left to chance", () => {
  const shortest = new Backoff({ random: () => 0 });
  const pauses = Array.from({ length: 8 }, () => shortest.next());
  assertEquals(pauses, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  const longest = new Backoff({ random: () => 1 });
  for (let count = 0; count < 100; count++) longest.next();
  assertEquals(longest.next(), 30_000);
});

Deno.test("Backoff begins again after reset", () => {
  const backoff = new Backoff({ random: () => 0 });
  backoff.next();
  backoff.next();
  backoff.reset();
  assertEquals(backoff.next(), 250);
});
