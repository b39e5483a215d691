import { assertEquals } from "@std/assert";
import { HeapKeeper } from "../../program/heap.ts";
import { turn } from "../support/fake_clock.ts";

/** Whether what nobody holds any more is collected within half a second or so. */
async function isCollected(counts: number): Promise<boolean> {
  const garbage = new WeakRef({ nobody: "holds this" });
  const keeper = new HeapKeeper();
  for (let count = 0; count < counts; count++) keeper.count();
  for (let turns = 0; turns < 500 && garbage.deref() !== undefined; turns++) await turn();
  return garbage.deref() === undefined;
}

Deno.test("the heap is collected after thousands of files, and not for a few", async () => {
  assertEquals(await isCollected(100), false);
  assertEquals(await isCollected(5_000), true);
});
