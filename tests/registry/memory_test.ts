import { assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../clock/clock.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { testRegistry } from "../contracts/registry.ts";
import { FakeClock } from "../support/fake_clock.ts";

testRegistry({
  name: "memoryRegistry",
  open: (clock) => Promise.resolve(memoryRegistry({ clock })),
});

Deno.test("memoryRegistry keeps one timer for a lease that is put again and again", async () => {
  const clock = new FakeClock();
  let timers = 0;
  const counting: Clock = {
    now: () => clock.now(),
    after(delayMs, callback) {
      timers++;
      return clock.after(delayMs, callback);
    },
  };
  await using registry = memoryRegistry({ clock: counting });
  for (let round = 0; round < 3_000; round++) {
    await registry.put("presence/ann", "here", undefined, 30_000);
    clock.advance(10);
    assertEquals(clock.pending, 1);
  }
  assertEquals(timers, 2);
  clock.advance(29_990);
  assertEquals(await registry.get("presence/ann"), undefined);
  assertEquals(clock.pending, 0);
});

Deno.test("memoryRegistry leaves no timer behind of a lease that was longer", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  await registry.put("key", "1", undefined, 10_000);
  await registry.put("key", "2", undefined, 100);
  assertEquals(clock.pending, 1);
  await registry.put("key", "3", undefined);
  assertEquals(clock.pending, 0);
});

Deno.test("memoryRegistry holds so many keys, and another one when a lease has run out", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock, maxKeys: 2 });
  await registry.put("a", "1", 0, 1_000);
  await registry.put("b", "1", 0);
  await assertRejects(() => registry.put("c", "1", 0), RangeError, "2 are held");
  await registry.put("b", "2", undefined);
  clock.advance(1_000);
  await registry.put("c", "1", 0);
});

Deno.test("memoryRegistry queues what a slow watch has not taken, in order (I3)", async () => {
  await using registry = memoryRegistry();
  const stop = new AbortController();
  const iterator = registry.watch("", stop.signal)[Symbol.asyncIterator]();
  for (let round = 0; round < 1_000; round++) await registry.put("key", String(round), undefined);
  for (let round = 0; round < 1_000; round++) {
    assertEquals((await iterator.next()).value, { key: "key", value: String(round) });
  }
  stop.abort();
});
