import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Connection } from "../../net/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import { RateLimit } from "../../net/rate_limit.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Reads until the end of the input; how many bytes came, and how long it took by the clock. */
async function drain(connection: Connection, clock: FakeClock): Promise<[number, number]> {
  const began = clock.now();
  const into = new Uint8Array(65_536);
  let bytes = 0;
  for (
    let count = await connection.read(into);
    count !== null;
    count = await connection.read(into)
  ) {
    bytes += count;
  }
  return [bytes, clock.now() - began];
}

async function send(connection: Connection, bytes: number): Promise<void> {
  const piece = new Uint8Array(bytes);
  for (let sent = 0; sent < bytes;) sent += await connection.write(piece.subarray(sent));
  await connection.closeWrite();
}

/** Lets time pass in small steps until the work has ended. */
async function pass<T>(clock: FakeClock, work: Promise<T>): Promise<T> {
  let isOver = false;
  work.then(() => isOver = true, () => isOver = true);
  while (!isOver) await clock.advanceAsync(10);
  return await work;
}

for (const side of ["writing", "reading"] as const) {
  Deno.test(`${side} is as fast as the limit, after a burst of a twentieth of a second`, async () => {
    const clock = new FakeClock();
    const [here, there] = memoryPair({ capacityBytes: 10_000_000 });
    const limit = new RateLimit(1_000_000, clock);
    const sending = send(side === "writing" ? limit.limit(here) : here, 2_000_000);
    const draining = drain(side === "reading" ? limit.limit(there) : there, clock);
    const [[bytes, ms]] = await pass(clock, Promise.all([draining, sending]));
    assertEquals(bytes, 2_000_000);
    assert(ms >= 1_900 && ms <= 2_050, `${ms} ms`);
    here.close();
    there.close();
  });
}

Deno.test("connections share one limit", async () => {
  const clock = new FakeClock();
  const limit = new RateLimit(1_000_000, clock);
  const pairs = [
    memoryPair({ capacityBytes: 2_000_000 }),
    memoryPair({ capacityBytes: 2_000_000 }),
  ];
  const began = clock.now();
  await pass(clock, Promise.all(pairs.map(([here]) => send(limit.limit(here), 1_000_000))));
  const ms = clock.now() - began;
  assert(ms >= 1_850 && ms <= 2_050, `${ms} ms`);
  for (const [here, there] of pairs) [here, there].forEach((end) => end.close());
});

Deno.test("closing ends a wait for the limit, and leaves no timer", async () => {
  const clock = new FakeClock();
  const [here, there] = memoryPair({ capacityBytes: 100_000 });
  const limited = new RateLimit(10, clock).limit(here);
  // What fits into a first piece is not waited for.
  assertEquals(await limited.write(new Uint8Array(5_000)), 4_096);
  const writing = limited.write(new Uint8Array(5_000));
  const ended = assertRejects(() => writing, Deno.errors.Interrupted);
  await clock.advanceAsync(100);
  limited.close();
  await ended;
  assertEquals(clock.pending, 0);
  there.close();
});
