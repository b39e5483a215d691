import { assertEquals } from "@std/assert";
import { HeapKeeper } from "../../program/heap.ts";
import { turn } from "../support/fake_clock.ts";

Deno.test("what nobody holds is collected after thousands of files, and not for each", async () => {
  let collected = 0;
  const registry = new FinalizationRegistry(() => collected++);
  for (let at = 0; at < 100; at++) registry.register({ at }, undefined);
  const keeper = new HeapKeeper();
  const count = (files: number) => {
    for (let at = 0; at < files; at++) keeper.count();
  };
  count(4_999);
  for (let turns = 0; turns < 20; turns++) await turn();
  assertEquals(collected, 0);
  count(1);
  // Exposing the collector takes some turns, the first time.
  for (let turns = 0; turns < 2_000 && collected === 0; turns++) await turn();
  assertEquals(collected, 100);
});
