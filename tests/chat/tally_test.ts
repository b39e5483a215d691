import { assertEquals } from "@std/assert";
import { Tally } from "../../chat/tally.ts";

Deno.test("Tally counts by word, and of many different words those that came late as other", () => {
  const tally = new Tally();
  for (let at = 0; at < 100; at++) tally.add(`word ${at}`);
  tally.add("word 0");
  assertEquals(tally.counts.size, 65);
  assertEquals(tally.counts.get("word 0"), 2);
  assertEquals(tally.counts.get("other"), 36);
});
