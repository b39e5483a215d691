import { assertEquals } from "@std/assert";
import { memoryRegistry } from "../../registry/memory.ts";
import { testRegistry } from "../contracts/registry.ts";
import { FakeClock } from "../support/fake_clock.ts";

testRegistry({
  name: "memoryRegistry",
  open: (clock) => Promise.resolve(memoryRegistry({ clock })),
});

Deno.test("memoryRegistry keeps one timer for a lease that is put again and again", async () => {
  const clock = new FakeClock();
  await using registry = memoryRegistry({ clock });
  for (let round = 0; round < 100; round++) {
    await registry.put("presence/ann", "here", undefined, 30_000);
    clock.advance(10_000);
    assertEquals(clock.pending, 1);
  }
  clock.advance(20_000);
  assertEquals(await registry.get("presence/ann"), undefined);
  assertEquals(clock.pending, 0);
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
