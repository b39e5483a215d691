import { assert, assertEquals, assertGreater, assertNotEquals, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import type { Entry, EventLog, LogEvent } from "../../log/event_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** What an adapter gives its contract suite. */
export interface EventLogSubject {
  /** The adapter's name, for the tests' names. */
  readonly name: string;
  /** A new, empty log that takes its time from a clock. */
  open(clock: FakeClock): Promise<EventLog>;
  /** A new log that keeps `events` events of a stream, or fewer, if they are like {@link entry}. */
  openTrimmed(clock: FakeClock, events: number): Promise<EventLog>;
  /** A new log, and entries of which it stores the first but not all. */
  openFailing(clock: FakeClock): Promise<{ log: EventLog; entries: readonly Entry[] }>;
}

let entries = 0;

/** An entry that no other is like. */
export function entry(parts: Partial<Entry> = {}): Entry {
  const number = ++entries;
  return {
    stream: "lobby",
    sender: "ann",
    id: `id-${String(number).padStart(8, "0")}`,
    at: 1_700_000_000_000 + number,
    body: JSON.stringify({ text: `text ${String(number).padStart(8, "0")}` }),
    ...parts,
  };
}

/** Everything that a stream holds. */
async function all(log: EventLog, stream = "lobby"): Promise<readonly LogEvent[]> {
  return (await log.read(stream, { after: 0, limit: 1_000_000, maxBytes: Infinity })).events;
}

/** Follows a log. */
function follow(log: EventLog): { readonly events: LogEvent[] } & Disposable {
  const events: LogEvent[] = [];
  const tail = log.tail((committed) => events.push(...committed));
  return { events, [Symbol.dispose]: () => tail[Symbol.dispose]() };
}

/**
 * The contract of `EventLog`: every adapter runs it.
 *
 * @param subject The adapter.
 */
export function testEventLog(subject: EventLogSubject): void {
  const test = (says: string, run: (log: EventLog, clock: FakeClock) => Promise<void>) =>
    Deno.test(`${subject.name} ${says}`, async () => {
      const clock = new FakeClock();
      await using log = await subject.open(clock);
      await run(log, clock);
    });

  test("numbers the events of a stream upwards (I1)", async (log) => {
    const answers = [
      ...await log.append([entry(), entry({ stream: "tea" }), entry()]),
      ...await log.append([entry()]),
    ];
    const [first, , second, third] = answers.map(({ seq }) => seq);
    assertGreater(first!, 0);
    assertGreater(second!, first!);
    assertGreater(third!, second!);
  });

  test("answers each entry, in the entries' order (I2)", async (log) => {
    const sent = Array.from({ length: 50 }, (_, at) => entry({ stream: `room${at % 3}` }));
    const answers = await log.append(sent);
    assertEquals(answers.map(({ at }) => at), sent.map(({ at }) => at));
    for (const [index, { stream, body }] of sent.entries()) {
      const { seq, duplicate, conflict } = answers[index]!;
      assertEquals({ duplicate, conflict }, { duplicate: false, conflict: false });
      const { events } = await log.read(stream, { after: seq - 1, limit: 1, maxBytes: Infinity });
      assertEquals(events[0]?.body, body);
    }
  });

  test("stores the events of one stream in the order of the calls (I2)", async (log) => {
    const sent = Array.from({ length: 20 }, () => entry());
    await Promise.all(sent.map((one) => log.append([one])));
    assertEquals((await all(log)).map(({ id }) => id), sent.map(({ id }) => id));
  });

  test("answers an append of nothing (I2)", async (log) => {
    assertEquals(await log.append([]), []);
  });

  test("gives back what was stored, whatever the text (I2)", async (log) => {
    const sent = entry({
      stream: "@änn",
      body: JSON.stringify({ text: "漢字 🐢 \u0000 \n \u2028" }),
    });
    const [answer] = await log.append([sent]);
    assertEquals(await all(log, "@änn"), [{ ...sent, seq: answer!.seq }]);
  });

  test("stores an id once and answers a repeat like the first time (I3)", async (log) => {
    const sent = entry();
    const [first] = await log.append([sent]);
    const [again] = await log.append([{ ...sent, at: sent.at + 5_000 }]);
    assertEquals(again, { ...first!, duplicate: true });
    assertEquals((await all(log)).length, 1);
  });

  test("stores an id once within one append and one turn (I3)", async (log) => {
    const sent = entry();
    const answers = (await Promise.all([log.append([sent, sent]), log.append([sent])])).flat();
    assertEquals(answers.map(({ duplicate }) => duplicate), [false, true, true]);
    assertEquals(new Set(answers.map(({ seq }) => seq)).size, 1);
    assertEquals((await all(log)).length, 1);
  });

  test("calls an id with another body a conflict and stores nothing (I3)", async (log) => {
    const sent = entry();
    const [first] = await log.append([sent]);
    const [conflict] = await log.append([{ ...sent, body: '{"text":"other"}' }]);
    assertEquals(conflict, { ...first!, duplicate: false, conflict: true });
    assertEquals((await all(log)).map(({ body }) => body), [sent.body]);
  });

  test("keeps the ids of other streams and senders apart (I3)", async (log) => {
    const sent = entry({ stream: "a", sender: "b", id: "c" });
    const answers = await log.append([
      sent,
      { ...sent, stream: "ab" },
      { ...sent, sender: "bc", id: "" },
      { ...sent, sender: "", id: "bc" },
      { ...sent, stream: "", sender: "ab" },
    ]);
    assertEquals(answers.map(({ duplicate, conflict }) => duplicate || conflict), [
      ...Array(5).fill(false),
    ]);
  });

  test("remembers ids to the end of their window (I3)", async (log, clock) => {
    const sent = Array.from({ length: 10 }, () => entry());
    for (const one of sent) {
      await log.append([one]);
      clock.advance(log.idWindowMs / 20);
    }
    clock.advance(log.idWindowMs / 2 - 1);
    await log.append([entry()]);
    const answers = await log.append(sent);
    assertEquals(answers.map(({ duplicate }) => duplicate), Array(10).fill(true));
  });

  test("tails everything once, in each stream's order (I4)", async (log) => {
    using tail = follow(log);
    const sent = Array.from({ length: 100 }, (_, at) => entry({ stream: `room${at % 7}` }));
    await Promise.all([
      log.append(sent.slice(0, 30)),
      log.append(sent.slice(30, 60)),
      log.append([...sent.slice(60), sent[0]!]),
    ]);
    assertEquals(tail.events.length, 100);
    for (let room = 0; room < 7; room++) {
      const stream = `room${room}`;
      assertEquals(tail.events.filter((event) => event.stream === stream), [
        ...await all(log, stream),
      ]);
    }
  });

  test("tails before it answers (I4)", async (log) => {
    using tail = follow(log);
    const sent = entry();
    await log.append([sent]);
    assertEquals(tail.events.map(({ id }) => id), [sent.id]);
    // A repeat within the turn of the first must not be answered before the first is told either.
    const late = entry();
    const [, seen] = await Promise.all([
      log.append([late]),
      log.append([late]).then(() => tail.events.length),
    ]);
    assertEquals(seen, 2);
  });

  test("tails to every follower until it is disposed (I4)", async (log) => {
    const [one, two] = [follow(log), follow(log)];
    await log.append([entry()]);
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    await log.append([entry()]);
    assertEquals([one.events.length, two.events.length], [1, 2]);
    two[Symbol.dispose]();
  });

  test("takes an append out of a tail, and tails that too (I4)", async (log) => {
    const [first, second] = [entry(), entry()];
    const answer = Promise.withResolvers<unknown>();
    using tail = follow(log);
    using _answering = log.tail((events) => {
      if (events.some(({ id }) => id === first.id)) log.append([second]).then(answer.resolve);
    });
    await log.append([first]);
    await answer.promise;
    assertEquals(tail.events.map(({ id }) => id), [first.id, second.id]);
  });

  test("reads what append has answered and what tail has yielded (I5)", async (log) => {
    const read = Promise.withResolvers<readonly LogEvent[]>();
    using _tail = log.tail(() => read.resolve(all(log)));
    const sent = entry();
    const [answer] = await log.append([sent]);
    const expected = [{ ...sent, seq: answer!.seq }];
    assertEquals(await all(log), expected);
    assertEquals(await read.promise, expected);
    assertEquals((await log.state("lobby")).last, answer!.seq);
  });

  Deno.test(`${subject.name} stores nothing of an append that fails (I6)`, async () => {
    const { log, entries } = await subject.openFailing(new FakeClock());
    await using _log = log;
    using tail = follow(log);
    await assertRejects(() => log.append(entries), Error);
    assertEquals(await all(log, entries[0]!.stream), []);
    const [answer] = await log.append([entries[0]!]);
    assertEquals(answer!.duplicate, false);
    assertEquals(tail.events.map(({ id }) => id), [entries[0]!.id]);
  });

  test("answers for a stream that nobody ever appended to", async (log) => {
    assertEquals(await log.read("nowhere", { limit: 10, maxBytes: 1_000 }), {
      events: [],
      more: false,
      trimmedThrough: 0,
    });
    const { log: id, ...state } = await log.state("nowhere", 5);
    assertGreater(id.length, 0);
    assertEquals(state, { trimmedThrough: 0, last: 0, countAfter: 0 });
  });

  test("reads exactly what was asked for, in rising order", async (log) => {
    const sent = Array.from({ length: 12 }, () => entry());
    await log.append(sent);
    const events = await all(log);
    const bounds = fc.option(fc.nat({ max: 14 }), { nil: undefined });
    await fc.assert(fc.asyncProperty(
      fc.record({ after: bounds, before: bounds, limit: fc.integer({ min: 1, max: 14 }) }),
      async ({ after, before, limit }) => {
        // Bounds by place, so that the test knows no more of the numbers than that they rise.
        const seqAt = (place: number) =>
          place === 0 ? 0 : events[place - 1]?.seq ?? events.at(-1)!.seq + place;
        const page = await log.read("lobby", {
          ...(after === undefined ? {} : { after: seqAt(after) }),
          ...(before === undefined ? {} : { before: seqAt(before) }),
          limit,
          maxBytes: Infinity,
        });
        const within = events.slice(
          after ?? 0,
          before === undefined ? 12 : Math.max(0, before - 1),
        );
        assertEquals(
          page.events,
          after === undefined ? within.slice(-limit) : within.slice(0, limit),
        );
        assertEquals(page.more, within.length > limit);
      },
    ));
  });

  test("stops a page at its bytes, but gives one event however large it is", async (log) => {
    const body = (bytes: number) => JSON.stringify({ text: "x".repeat(bytes - 11) });
    const sent = [100, 100, 5_000, 100].map((bytes) => entry({ body: body(bytes) }));
    await log.append(sent);
    const events = await all(log);
    const ids = async (options: { after?: number; before?: number }, maxBytes: number) => {
      const page = await log.read("lobby", { ...options, limit: 10, maxBytes });
      return { ids: page.events.map(({ id }) => id), more: page.more };
    };
    const [a, b, large, d] = sent.map(({ id }) => id);
    assertEquals(await ids({ after: 0 }, 250), { ids: [a, b], more: true });
    assertEquals(await ids({ after: events[1]!.seq }, 250), { ids: [large], more: true });
    assertEquals(await ids({}, 250), { ids: [d], more: true });
    assertEquals(await ids({ before: events[3]!.seq }, 1), { ids: [large], more: true });
    assertEquals(await ids({ before: events[2]!.seq }, 250), { ids: [a, b], more: false });
  });

  test("counts what comes after a position", async (log) => {
    await log.append(Array.from({ length: 5 }, () => entry()));
    const events = await all(log);
    const state = await log.state("lobby");
    assertEquals([state.countAfter, state.last], [5, events[4]!.seq]);
    assertEquals((await log.state("lobby", events[2]!.seq)).countAfter, 2);
    assertEquals((await log.state("lobby", events[4]!.seq + 7)).countAfter, 0);
  });

  Deno.test(`${subject.name} says what retention took, and goes on numbering`, async () => {
    await using log = await subject.openTrimmed(new FakeClock(), 10);
    await log.append(Array.from({ length: 5 }, () => entry({ stream: "quiet" })));
    const answers = [];
    for (let at = 0; at < 40; at++) answers.push(...await log.append([entry()]));
    const page = await log.read("lobby", { after: 0, limit: 100, maxBytes: Infinity });
    const kept = page.events.length;
    assert(kept >= 1 && kept <= 10, `${kept} events are kept`);
    assertEquals(page.events.map(({ seq }) => seq), answers.slice(-kept).map(({ seq }) => seq));
    assertEquals(page.trimmedThrough, answers.at(-kept - 1)!.seq);
    const { log: _id, ...state } = await log.state("lobby");
    assertEquals(state, {
      trimmedThrough: page.trimmedThrough,
      last: answers.at(-1)!.seq,
      countAfter: kept,
    });
    const older = { before: page.events[0]!.seq, limit: 10, maxBytes: Infinity };
    assertEquals(await log.read("lobby", older), {
      events: [],
      more: false,
      trimmedThrough: page.trimmedThrough,
    });
  });

  Deno.test(`${subject.name} remembers the ids of what retention took (I3)`, async () => {
    await using log = await subject.openTrimmed(new FakeClock(), 10);
    const sent = Array.from({ length: 40 }, () => entry());
    const [first] = await log.append([sent[0]!]);
    await log.append(sent.slice(1));
    const [again] = await log.append([sent[0]!]);
    assertEquals(again, { ...first!, duplicate: true });
    const [conflict] = await log.append([{ ...sent[0]!, body: '{"text":"other"}' }]);
    assertEquals(conflict, { ...first!, conflict: true });
  });

  Deno.test(`${subject.name} has an id of its own`, async () => {
    await using one = await subject.open(new FakeClock());
    await using two = await subject.open(new FakeClock());
    const id = (await one.state("lobby")).log;
    assertNotEquals(id, (await two.state("lobby")).log);
    await one.append([entry()]);
    assertEquals((await one.state("lobby")).log, id);
  });

  Deno.test(`${subject.name} finishes what was begun when it is closed, and no more`, async () => {
    const log = await subject.open(new FakeClock());
    using tail = follow(log);
    const begun = log.append([entry()]);
    await Promise.all([log.close(), log.close()]);
    assertEquals((await begun).length, 1);
    assertEquals(tail.events.length, 1);
    await assertRejects(() => log.append([entry()]), Error, "closed");
    await assertRejects(() => log.read("lobby", { limit: 1, maxBytes: 1 }), Error, "closed");
    await assertRejects(() => log.state("lobby"), Error, "closed");
    await log.close();
  });
}
