import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import type { LogEvent } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { entry, testEventLog } from "../contracts/event_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** What an event of `entry` takes, by the log's own count. */
const ENTRY_BYTES = 160 + "ann".length + "id-00000000".length + '{"text":"text 00000000"}'.length;

testEventLog({
  name: "memoryLog",
  open: (clock) => Promise.resolve(memoryLog({ clock })),
  openTrimmed: (clock, events) =>
    Promise.resolve(memoryLog({ clock, maxBytesPerStream: events * ENTRY_BYTES })),
  openFailing: (clock) =>
    Promise.resolve({
      log: memoryLog({ clock, maxBytesPerStream: 1_000 }),
      entries: [entry(), entry({ body: JSON.stringify({ text: "x".repeat(1_000) }) })],
    }),
});

Deno.test("memoryLog tails once what one turn appends, and answers after it (I4)", async () => {
  await using log = memoryLog();
  const calls: (readonly LogEvent[])[] = [];
  using _tail = log.tail((events) => calls.push(events));
  await Promise.all(Array.from({ length: 100 }, () => log.append([entry(), entry()])));
  assertEquals(calls.map(({ length }) => length), [200]);
  await log.append([entry()]);
  assertEquals(calls.map(({ length }) => length), [200, 1]);
});

Deno.test("memoryLog lets others have their turns while it searches, also those who append and those who close", async () => {
  const log = memoryLog({ maxBytesPerStream: 20_000 * 250 });
  const body = JSON.stringify({ text: "чай и café ".repeat(8) });
  await log.append(Array.from({ length: 20_000 }, () => entry({ body })));
  const options = { streams: new Map([["lobby", 0]]), limit: 1, maxBytes: Infinity };
  let isOver = false;
  const searching = log.search({ ...options, query: "coffee" }).finally(() => isOver = true);
  let turns = 0;
  for (; !isOver; turns++) {
    // Retention takes from one end what the search has not come to yet at the other.
    log.append(Array.from({ length: 1_000 }, () => entry({ body })));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assertEquals(await searching, { events: [], more: false });
  assertGreater(turns, 3);
  const closed = log.search({ ...options, query: "coffee" });
  await log.close();
  await assertRejects(() => closed, Error, "closed");
});

Deno.test("memoryLog promises memory and no more", async () => {
  await using log = memoryLog();
  const sent = entry();
  const answers = await log.append([sent, sent]);
  assertEquals(answers.map(({ stored }) => stored), ["memory", "memory"]);
});

Deno.test("memoryLog tells the other followers though one throws, and reports its error", async () => {
  await using log = memoryLog();
  const fault = new Error("a fault of the follower's");
  const reported = Promise.withResolvers<unknown>();
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    reported.resolve(event.error);
  };
  globalThis.addEventListener("error", onError);
  try {
    let told = 0;
    using _faulty = log.tail(() => {
      throw fault;
    });
    using _tail = log.tail((events) => told += events.length);
    assertEquals((await log.append([entry()])).length, 1);
    assertEquals(told, 1);
    assertEquals(await reported.promise, fault);
  } finally {
    globalThis.removeEventListener("error", onError);
  }
});

/** How many events of each stream a log holds. */
async function counts(
  log: ReturnType<typeof memoryLog>,
  streams: readonly string[],
): Promise<number[]> {
  return await Promise.all(streams.map(async (name) => (await log.state(name)).countAfter));
}

Deno.test("memoryLog lets the oldest events go when all streams are over the limit", async () => {
  await using log = memoryLog({ maxBytes: 10 * ENTRY_BYTES });
  for (const stream of ["a", "b", "c"]) {
    await log.append(Array.from({ length: 4 }, () => entry({ stream })));
  }
  assertEquals(await counts(log, ["a", "b", "c"]), [2, 4, 4]);
  await log.append(Array.from({ length: 5 }, () => entry({ stream: "a" })));
  assertEquals(await counts(log, ["a", "b", "c"]), [5, 1, 4]);
  await log.append(Array.from({ length: 10 }, () => entry({ stream: "d" })));
  assertEquals(await counts(log, ["a", "b", "c", "d"]), [0, 0, 0, 10]);
  assertEquals((await log.state("a")).trimmedThrough, 9);
});

Deno.test("memoryLog forgets ids when their window is long over", async () => {
  const clock = new FakeClock();
  await using log = memoryLog({ clock, idWindowMs: 9_000 });
  const sent = entry();
  await log.append([sent]);
  clock.advance(12_000);
  await log.append([entry()]);
  clock.advance(9_000);
  assertEquals((await log.append([sent]))[0]!.duplicate, false);
});

Deno.test("memoryLog bounds how many ids it remembers: the oldest are forgotten first", async () => {
  await using log = memoryLog({ maxIds: 100 });
  const sent = Array.from({ length: 200 }, () => entry());
  await log.append(sent);
  const newest = await log.append(sent.slice(-75));
  assertEquals(newest.filter(({ duplicate }) => !duplicate).length, 0);
  const oldest = await log.append(sent.slice(0, 10));
  assertEquals(oldest.filter(({ duplicate }) => duplicate).length, 0);
});

Deno.test("memoryLog refuses limits that are none", () => {
  for (const limit of [0, -1, NaN]) {
    assertThrows(() => memoryLog({ maxBytes: limit }), RangeError, "maxBytes");
    assertThrows(() => memoryLog({ maxIds: limit }), RangeError, "maxIds");
  }
});

Deno.test("memoryLog holds no more than its limits after a hundred times as much", async () => {
  await using log = memoryLog({ maxBytesPerStream: 2 ** 20, maxBytes: 2 ** 21, maxIds: 1_000 });
  const body = JSON.stringify({ text: "x".repeat(900) });
  const streams = Array.from({ length: 10 }, (_, at) => `room${at}`);
  for (let round = 0; round < 200; round++) {
    await log.append(Array.from({ length: 1_000 }, (_, at) => {
      return entry({ stream: streams[(round + at) % 10]!, body });
    }));
  }
  const kept = (await counts(log, streams)).reduce((sum, count) => sum + count);
  assertLess(kept * body.length, 2 ** 21);
  assert(kept * body.length > 2 ** 20, `${kept} events are kept`);
});
