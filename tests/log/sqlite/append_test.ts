import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Appended, Entry, EventLog } from "../../../log/event_log.ts";
import { memoryLog } from "../../../log/memory.ts";
import { diskLog } from "../../support/disk_storage.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** More than one statement stores, of few ids, so that some come again and some are conflicts. */
const bursts = fc.array(
  fc.array(
    fc.record({
      stream: fc.constantFrom("lobby", "@ann"),
      sender: fc.constantFrom("ann", "bob"),
      id: fc.integer({ min: 0, max: 60 }).map((number) => `id-${number}`),
      at: fc.constant(1_700_000_000_000),
      body: fc.constantFrom('{"text":"one"}', '{"text":"another"}'),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  { minLength: 1, maxLength: 80 },
);

/** What each call answers where all are made at once, and what is stored then. */
async function outcome(log: EventLog, calls: readonly (readonly Entry[])[]) {
  const told: string[] = [];
  using _tail = log.tail((events) => {
    for (const { stream, seq, sender, id } of events) {
      told.push(`${stream} ${seq} ${sender} ${id}`);
    }
  });
  const answers = await Promise.all(calls.map((entries) => log.append(entries)));
  const plain = ({ seq, duplicate, conflict }: Appended) => ({ seq, duplicate, conflict });
  return { answers: answers.map((results) => results.map(plain)), told };
}

Deno.test("what is appended at once becomes the same on disk as in memory, with ids that repeat", async () => {
  const clock = new FakeClock();
  await using disk = await diskLog({ clock });
  await using memory = memoryLog({ clock });
  let run = 0;
  await fc.assert(fc.asyncProperty(bursts, async (calls) => {
    run++;
    const own = calls.map((entries) =>
      entries.map((entry) => ({ ...entry, stream: `${entry.stream}-${run}` }))
    );
    assertEquals(await outcome(disk, own), await outcome(memory, own));
  }));
});
