import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { KeptEvents, Retention } from "../../log/retention.ts";
import { entry } from "../contracts/event_log.ts";

/** What an event of `entry` takes, by the log's own count. */
const ENTRY_BYTES = 160 + "ann".length + "id-00000000".length + '{"text":"text 00000000"}'.length;

/** The seqs that each stream keeps. */
function seqsOf(streams: readonly KeptEvents[]): number[][] {
  return streams.map(({ events }) =>
    Array.from({ length: events.length }, (_, at) => events.at(at).seq)
  );
}

Deno.test("Retention keeps what a simple model keeps, for any order of streams (I1, I2)", () => {
  const limits = fc.record({
    perStream: fc.integer({ min: 1, max: 6 }),
    inAll: fc.integer({ min: 1, max: 12 }),
  });
  // Some streams are busy and some quiet, so that either limit comes first.
  const order = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3), { maxLength: 200 });
  fc.assert(fc.property(limits, order, ({ perStream, inAll }, order) => {
    const retention = new Retention(perStream * ENTRY_BYTES, inAll * ENTRY_BYTES);
    const streams = Array.from({ length: 4 }, () => new KeptEvents());
    let model: { readonly stream: number; readonly seq: number }[] = [];
    for (const [seq, stream] of order.entries()) {
      retention.add(streams[stream]!, { ...entry(), seq });
      model.push({ stream, seq });
      const own = model.filter((event) => event.stream === stream);
      if (own.length > perStream) model = model.filter((event) => event !== own[0]);
      model = model.slice(-inAll);
      assertEquals(
        seqsOf(streams),
        streams.map((_, at) => model.filter((one) => one.stream === at).map((one) => one.seq)),
      );
    }
  }));
});

Deno.test("Retention remembers little of what is gone (I3)", () => {
  const retention = new Retention(10 * ENTRY_BYTES, 1_000 * ENTRY_BYTES);
  const [quiet, busy] = [new KeptEvents(), new KeptEvents()];
  retention.add(quiet, { ...entry(), seq: 1 });
  for (let seq = 1; seq <= 10_000; seq++) {
    retention.add(busy, { ...entry(), seq });
    assert(retention.places <= 2 * (1 + 10), `${retention.places} places for 11 events`);
  }
  assertEquals([quiet.events.length, busy.events.length], [1, 10]);
});

Deno.test("Retention refuses an event that it could not keep", () => {
  const retention = new Retention(2 * ENTRY_BYTES, ENTRY_BYTES);
  retention.check(entry());
  const longer = entry({ body: '{"text":"text 00000000!"}' });
  assertThrows(() => retention.check(longer), RangeError, String(ENTRY_BYTES));
});
