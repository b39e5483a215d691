import { assertEquals, assertRejects } from "@std/assert";
import { SharedWork } from "../../transfer/shared_work.ts";

/** Work whose runs end when the test says so. */
function controlled() {
  const runs: PromiseWithResolvers<void>[] = [];
  const work = new SharedWork(() => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    return run.promise;
  });
  return { runs, work };
}

async function hops(): Promise<void> {
  for (let count = 0; count < 20; count++) await undefined;
}

Deno.test("who asks while a run is under way shares the next one, which begins after it", async () => {
  const { runs, work } = controlled();
  const [first, second, third] = [work.run(), work.run(), work.run()];
  assertEquals(runs.length, 1);
  let ended = "";
  first.then(() => ended += "1");
  second.then(() => ended += "2");
  third.then(() => ended += "3");
  runs[0]!.resolve();
  await hops();
  assertEquals([ended, runs.length], ["1", 2]);
  const fourth = work.run();
  runs[1]!.resolve();
  await hops();
  assertEquals([ended, runs.length], ["123", 3]);
  runs[2]!.resolve();
  await fourth;
  assertEquals(work.isIdle, true);
});

Deno.test("what a run throws is told to those who share it, and to nobody else", async () => {
  const { runs, work } = controlled();
  const [first, second] = [work.run(), work.run()];
  runs[0]!.reject(new Error("the disk is full"));
  await assertRejects(() => first, Error, "the disk is full");
  await hops();
  runs[1]!.resolve();
  await second;
});
