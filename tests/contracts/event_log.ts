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

/** The body of what is said in a room. */
function textBody(text: string): string {
  return JSON.stringify({ text });
}

/** Says something, one text after the other. */
async function say(log: EventLog, stream: string, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await log.append([entry({ stream, body: textBody(text) })]);
}

/** The texts that a search finds; an ellipsis at the end says that there are more. */
async function found(
  log: EventLog,
  query: string,
  options: {
    readonly streams?: readonly string[] | ReadonlyMap<string, number>;
    readonly sender?: string;
    readonly limit?: number;
    readonly maxBytes?: number;
  } = {},
): Promise<string[]> {
  const { streams = ["lobby"], limit = 50, maxBytes = Infinity, ...rest } = options;
  const within = streams instanceof Map
    ? streams
    : new Map((streams as readonly string[]).map((stream) => [stream, 0]));
  const { events, more } = await log.search({ query, streams: within, limit, maxBytes, ...rest });
  const texts = events.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  return more ? [...texts, "…"] : texts;
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

  test("stores all entries of a call or none: a conflict in one refuses the others (I7)", async (log) => {
    using tail = follow(log);
    const [known, other] = [entry({ stream: "@ann" }), entry({ stream: "@cid" })];
    const [first] = await log.append([known]);
    const [fresh, conflicting] = [
      entry({ stream: "@bob", id: known.id }),
      { ...known, body: '{"text":"other"}' },
    ];
    for (const call of [[fresh, conflicting, other], [other, conflicting, fresh]]) {
      const answers = await log.append(call);
      assertEquals(answers.map(({ conflict }) => conflict), [true, true, true]);
      assertEquals(answers.map(({ duplicate }) => duplicate), [false, false, false]);
      assertEquals(answers[1], { ...first!, conflict: true });
    }
    const [again, refused] = await log.append([known, { ...known, body: '{"text":"other"}' }]);
    assertEquals(again, { ...first!, duplicate: true });
    assertEquals(refused, { ...first!, conflict: true });
    assertEquals([...await all(log, "@bob"), ...await all(log, "@cid")], []);
    // What was refused has used no id and no number.
    const [stored, ...more] = await log.append([fresh, other, known]);
    assertEquals([stored!.duplicate, stored!.conflict], [false, false]);
    assertEquals(more.map(({ duplicate }) => duplicate), [false, true]);
    assertEquals((await log.state("@bob")).last, stored!.seq);
    assertEquals(tail.events.map(({ id }) => id), [known.id, fresh.id, other.id]);
  });

  test("stores nothing of a call whose entries contradict each other (I7)", async (log) => {
    const one = entry();
    const answers = await log.append([one, one, { ...one, body: '{"text":"other"}' }]);
    assertEquals(answers.map(({ conflict }) => conflict), [true, true, true]);
    assertEquals(await all(log), []);
    assertEquals((await log.append([one]))[0]!.duplicate, false);
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

  test("finds what has all words, in any order, and as it was stored", async (log) => {
    await say(log, "lobby", "tea at five", "coffee at six", "at FIVE, tea!", "teas at five");
    assertEquals(await found(log, "tea five"), ["at FIVE, tea!", "tea at five"]);
    assertEquals(await found(log, "five six"), []);
    assertEquals(await found(log, "nothing"), []);
    const [sent] = [entry({ body: textBody('a "quoted"\n\u2028 text \\ 🐢') })];
    const [answer] = await log.append([sent]);
    const { events, more } = await log.search({
      query: "quoted text",
      streams: new Map([["lobby", 0]]),
      limit: 10,
      maxBytes: Infinity,
    });
    assertEquals({ events, more }, { events: [{ ...sent, seq: answer!.seq }], more: false });
  });

  test("finds phrases and beginnings of words", async (log) => {
    await say(log, "lobby", "one two three", "two one", "onetwo", "one, two; three!", "twofold");
    assertEquals(await found(log, '"one two"'), ["one, two; three!", "one two three"]);
    assertEquals(await found(log, '"two three" one'), ["one, two; three!", "one two three"]);
    assertEquals(await found(log, '"one two'), ["one, two; three!", "one two three"]);
    assertEquals(await found(log, "one-two"), ["one, two; three!", "one two three"]);
    assertEquals(await found(log, "twof*"), ["twofold"]);
    assertEquals(await found(log, "one*"), [
      "one, two; three!",
      "onetwo",
      "two one",
      "one two three",
    ]);
    assertEquals(await found(log, '"two th"*'), ["one, two; three!", "one two three"]);
    assertEquals(await found(log, "two*"), [
      "twofold",
      "one, two; three!",
      "two one",
      "one two three",
    ]);
    assertEquals(await found(log, "two th"), []);
  });

  test("finds words whatever their case and accents, of any script", async (log) => {
    await say(log, "lobby", "Caf\u00e9 STRASSE", "cafe\u0301 straße", "\u0401лка и чай", "ΟΔΟΣ ά");
    const [cafe, decomposed, tree, road] = [
      "Café STRASSE",
      "cafe\u0301 straße",
      "Ёлка и чай",
      "ΟΔΟΣ ά",
    ];
    assertEquals(await found(log, "CAFÉ"), [decomposed, cafe]);
    assertEquals(await found(log, "cafe straße"), [decomposed, cafe]);
    assertEquals(await found(log, "елка чай"), [tree]);
    assertEquals(await found(log, "е\u0308лка"), [tree]);
    assertEquals(await found(log, "οδος α"), [road]);
    await say(log, "tea", "ﬁne ４２", "我们明天喝茶", "हिन्दी");
    assertEquals(await found(log, "fine 42", { streams: ["tea"] }), ["ﬁne ４２"]);
    assertEquals(await found(log, "喝茶", { streams: ["tea"] }), ["我们明天喝茶"]);
    assertEquals(await found(log, "茶喝 明天", { streams: ["tea"] }), []);
    assertEquals(await found(log, "हिन्दी", { streams: ["tea"] }), ["हिन्दी"]);
  });

  test("finds nothing outside the streams that it was given, nor at or below their floor", async (log) => {
    await say(log, "lobby", "tea 1", "tea 2", "tea 3");
    await say(log, "@ann", "tea 4");
    await say(log, "@bob", "tea 5");
    const events = await all(log);
    assertEquals(await found(log, "tea"), ["tea 3", "tea 2", "tea 1"]);
    assertEquals(await found(log, "tea", { streams: ["@ann", "nowhere"] }), ["tea 4"]);
    assertEquals(await found(log, "tea", { streams: [] }), []);
    const floored = { streams: new Map([["lobby", events[1]!.seq], ["@bob", 0]]) };
    assertEquals(await found(log, "tea", floored), ["tea 5", "tea 3"]);
    // What a stream or a sender is called is no part of what was said.
    assertEquals(await found(log, "lobby"), []);
    assertEquals(await found(log, "ann"), []);
    assertEquals(await found(log, "text"), []);
  });

  test("finds what one sender said", async (log) => {
    await log.append([
      entry({ body: textBody("tea"), sender: "ann" }),
      entry({ body: textBody("more tea"), sender: "annie" }),
      entry({ body: textBody("no tea"), sender: "Ann" }),
      entry({ body: textBody("tea for us"), sender: "ann" }),
      entry({ body: textBody("tea for ann"), sender: 'a"nn' }),
    ]);
    assertEquals(await found(log, "tea", { sender: "ann" }), ["tea for us", "tea"]);
    assertEquals(await found(log, "tea", { sender: 'a"nn' }), ["tea for ann"]);
    assertEquals(await found(log, "tea", { sender: "bob" }), []);
  });

  test("gives the newest matches first across streams, and says whether there are more", async (log) => {
    for (let at = 1; at <= 9; at++) await say(log, `room${at % 3}`, `tea ${at}`);
    const streams = ["room0", "room1", "room2"];
    const newest = ["tea 9", "tea 8", "tea 7", "tea 6", "tea 5"];
    assertEquals(await found(log, "tea", { streams, limit: 5 }), [...newest, "…"]);
    assertEquals((await found(log, "tea", { streams, limit: 9 })).length, 9);
    assertEquals((await found(log, "tea", { streams, limit: 8 })).at(-1), "…");
    assertEquals(await found(log, "tea", { streams: ["room1"], limit: 2 }), [
      "tea 7",
      "tea 4",
      "…",
    ]);
  });

  test("stops a search at its bytes, but gives one event however large it is", async (log) => {
    const large = `tea ${"x".repeat(5_000)}`;
    await say(log, "lobby", "tea 1", "tea 2", large);
    const bytes = textBody("tea 1").length;
    assertEquals(await found(log, "tea", { maxBytes: 1 }), [large, "…"]);
    assertEquals(await found(log, "tea", { maxBytes: 5_100 + bytes }), [large, "tea 2", "tea 1"]);
    assertEquals(await found(log, "tea NOTHING", { maxBytes: 1 }), []);
    await say(log, "lobby", "tea 4");
    assertEquals(await found(log, "tea", { maxBytes: bytes }), ["tea 4", "…"]);
  });

  test("finds what append has just answered, and what tail has just yielded (I5)", async (log) => {
    const inTail = Promise.withResolvers<readonly string[]>();
    using _tail = log.tail(() => found(log, "tea").then(inTail.resolve, inTail.reject));
    for (let at = 1; at <= 20; at++) {
      await say(log, "lobby", `tea ${at}`);
      assertEquals((await found(log, "tea"))[0], `tea ${at}`);
    }
    assertEquals((await inTail.promise).includes("tea 1"), true);
  });

  test("finds nothing in events without a text", async (log) => {
    await log.append(
      ['{"to":"tea"}', '{"text":5,"to":"tea"}', '{"text":null}', '{"text":["tea"]}', '{"tea":"x"}']
        .map((body) => entry({ body })),
    );
    await log.append([entry({ body: '{"to":"bob","text":"tea"}' })]);
    assertEquals(await found(log, "tea"), ["tea"]);
    assertEquals(await found(log, "bob"), []);
    assertEquals(await found(log, "null"), []);
  });

  test("answers a query without a word with nothing, and no query with an error", async (log) => {
    await say(log, "lobby", "a or b", "near", "not c", "text");
    const none = [
      "",
      " ",
      '"',
      '""',
      "*",
      '"*"',
      "()",
      '"" ""',
      "🐢",
      "\u0000",
      "\u0301",
      "- + ^ :",
    ];
    for (const query of none) assertEquals(await found(log, query), [], query);
    const hostile: [string, string[]][] = [
      ["a OR b", ["a or b"]],
      ["NEAR(", ["near"]],
      ["NOT", ["not c"]],
      ["NOT c)", ["not c"]],
      ["a AND b", []],
      ["text:near", []],
      ["{text stream}: near", []],
      ["near^2", []],
      ["^near", ["near"]],
      ["ne*ar", []],
      ["near\u0000not", []],
      ["'near' --", ["near"]],
      ['near"', ["near"]],
      ['near"" *', ["near"]],
      ["\ud83d near \udc00", ["near"]],
    ];
    for (const [query, texts] of hostile) assertEquals(await found(log, query), texts, query);
    for (const part of ['"', "*", "(", "a ", '"a" ', "a* ", "a-", "é", "\u0000", "漢", "\u0301"]) {
      await found(log, part.repeat(16_384 / part.length));
    }
    await fc.assert(fc.asyncProperty(fc.string({ unit: "binary" }), async (query) => {
      await found(log, query);
    }));
  });

  Deno.test(`${subject.name} finds nothing that retention took`, async () => {
    await using log = await subject.openTrimmed(new FakeClock(), 10);
    const sent = Array.from({ length: 40 }, () => entry());
    for (const one of sent) await log.append([one]);
    const kept = (await all(log)).map(({ body }) => (JSON.parse(body) as { text: string }).text);
    assertEquals(await found(log, "text", { limit: 100 }), kept.toReversed());
    assertEquals(await found(log, sent[0]!.body.slice(9, -2)), []);
  });

  /** Takes the body of an event out. */
  const redact = (log: EventLog, seq: number, body = '{"text":"","removed":true}') => {
    const { stream, ...notice } = entry({ sender: "op", body: JSON.stringify({ removes: seq }) });
    return log.redact({ stream, seq, body, notice });
  };

  test("takes a body out and appends a notice, which tail tells with what it redacts (I8)", async (log) => {
    const [first, second, third] = [entry(), entry(), entry()];
    const { seq } = (await log.append([first, second, third]))[1]!;
    using tail = follow(log);
    const appended = await redact(log, seq);
    const events = await all(log);
    assertEquals(appended?.seq, events.at(-1)!.seq);
    assertEquals(events.map(({ body }) => body), [
      first.body,
      '{"text":"","removed":true}',
      third.body,
      `{"removes":${seq}}`,
    ]);
    const { body: _, ...kept } = second;
    const { body: __, ...there } = events[1]!;
    assertEquals(there, { ...kept, seq });
    assertEquals(tail.events, [{ ...events.at(-1)!, redacts: seq }]);
    assertEquals((await log.state("lobby")).last, appended!.seq);
    assertEquals(events.every((event) => !("redacts" in event)), true);
  });

  test("takes a body out once, and none that is not there (I8)", async (log) => {
    const { seq } = (await log.append([entry()]))[0]!;
    assertEquals(await redact(log, seq + 1), undefined);
    assertEquals(await redact(log, 0), undefined);
    assertEquals(await redact(log, 2 ** 40), undefined);
    const two = await Promise.all([redact(log, seq), redact(log, seq)]);
    assertEquals(two.map((one) => one !== undefined), [true, false]);
    assertEquals((await all(log)).length, 2);
    // Of a stream that nobody ever appended to.
    const notice = { sender: "op", id: "n1", at: 5, body: "{}" };
    assertEquals(await log.redact({ stream: "den", seq: 1, body: "{}", notice }), undefined);
  });

  test("calls a repeat of what was taken out a duplicate, whatever it says (I8)", async (log) => {
    const one = entry();
    const { seq } = (await log.append([one]))[0]!;
    await redact(log, seq);
    for (const body of [one.body, textBody("something else")]) {
      const [again] = await log.append([{ ...one, body }]);
      assertEquals(again, {
        seq,
        at: one.at,
        stored: again!.stored,
        duplicate: true,
        conflict: false,
      });
      const both = await log.append([entry({ stream: "@bob" }), { ...one, body }]);
      assertEquals(both.map(({ duplicate }) => duplicate), [false, true]);
    }
    assertEquals((await all(log)).map(({ body }) => body).join().includes(one.body), false);
    assertEquals((await all(log)).length, 2);
  });

  test("finds nothing of what was taken out, indexed before or not (I8)", async (log) => {
    await say(log, "lobby", "green tea", "green salad", "green grass");
    const events = await all(log);
    assertEquals(await found(log, "green"), ["green grass", "green salad", "green tea"]);
    await redact(log, events[1]!.seq);
    assertEquals(await found(log, "green"), ["green grass", "green tea"]);
    assertEquals(await found(log, "salad"), []);
    await say(log, "lobby", "green hills");
    await redact(log, (await all(log)).at(-1)!.seq);
    assertEquals(await found(log, "hills"), []);
    assertEquals(await found(log, "green"), ["green grass", "green tea"]);
  });

  test("takes out bodies of any length and script, and leaves their neighbours as they are (I8)", async (log) => {
    const texts = ["x", "é", "漢字".repeat(2_000), "y".repeat(16_000), "z".repeat(53), "~", " "];
    const sent = texts.map((text) => entry({ body: textBody(text) }));
    await log.append(sent);
    const before = await all(log);
    for (const { seq } of before.filter((_, at) => at % 2 === 0)) await redact(log, seq);
    const after = await all(log);
    const bodies = before.map(({ body }, at) => at % 2 === 0 ? '{"text":"","removed":true}' : body);
    assertEquals(after.slice(0, 7).map(({ body }) => body), bodies);
  });

  Deno.test(`${subject.name} redacts nothing that retention took, and lets retention take what is left`, async () => {
    await using log = await subject.openTrimmed(new FakeClock(), 10);
    const sent = Array.from({ length: 10 }, () => entry());
    for (const one of sent) await log.append([one]);
    const [oldest] = await all(log);
    await redact(log, oldest!.seq);
    for (let count = 0; count < 20; count++) await log.append([entry()]);
    assertEquals((await all(log)).some(({ seq }) => seq <= oldest!.seq), false);
    assertEquals(await redact(log, oldest!.seq), undefined);
    const [again] = await log.append([sent[0]!]);
    assertEquals([again!.duplicate, again!.seq], [true, oldest!.seq]);
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
    await assertRejects(() => redact(log, 1), Error, "closed");
    await assertRejects(() => found(log, "text"), Error, "closed");
    await log.close();
  });
}
