import { assert, assertEquals } from "@std/assert";
import { exposedCollector } from "../../../program/heap.ts";
import { type Activity, QuietHeap } from "../../../program/server/quiet_heap.ts";

/** A heap that is looked at after each activity; says at which looks it was collected. */
async function collections(activities: readonly Partial<Activity>[]): Promise<number[]> {
  let [activity, at] = [{ accepted: 0, connections: 0, bytes: 0 }, -1];
  const collected: number[] = [];
  using heap = new QuietHeap(() => activity, () => Promise.resolve(() => collected.push(at)));
  for (const change of activities) {
    activity = { ...activity, ...change };
    at++;
    await heap.look();
  }
  return collected;
}

Deno.test("QuietHeap collects once, when many have come and nobody comes any more", async () => {
  const came = { accepted: 1_000, connections: 1_000, bytes: 2_000_000 };
  const coming = { accepted: 600, connections: 600, bytes: 1_000_000 };
  assertEquals(await collections([{}, coming, came, {}, {}, {}]), [3]);
});

Deno.test("QuietHeap collects when many have gone", async () => {
  const came = { accepted: 1_000, connections: 1_000 };
  assertEquals(await collections([came, {}, { connections: 400 }, {}, {}]), [1, 3]);
});

Deno.test("QuietHeap collects after much was said, not while it is said", async () => {
  const said = (bytes: number) => ({ bytes });
  const looks = [said(60e6), said(90e6), said(120e6), said(120e6 + 50_000), {}];
  assertEquals(await collections(looks), [3]);
});

Deno.test("QuietHeap leaves a heap alone in which little has happened", async () => {
  assertEquals(await collections([{ accepted: 100, connections: 100, bytes: 1e6 }, {}, {}]), []);
});

Deno.test("the collector can be asked to run", async () => {
  const collect = await exposedCollector();
  const gone = new WeakRef({});
  // A WeakRef holds what it was made of until the turn is over.
  await new Promise((resolve) => setTimeout(resolve));
  collect();
  assert(gone.deref() === undefined);
});
