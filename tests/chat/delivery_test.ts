import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Entry, EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { type ChatHouse, openHouse } from "../support/chat_house.ts";
import { diskLog } from "../support/disk_storage.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

/** Feeds so small that a few hundred bytes behind means reading the log. */
const TINY_FEEDS = { maxFeedBytes: 2_048 };

async function say(peer: ChatPeer, texts: readonly string[], room = "lobby"): Promise<void> {
  const before = peer.all("ack").length;
  for (const text of texts) await peer.ask("message", { room, text, id: crypto.randomUUID() });
  await peer.next("ack", before + texts.length);
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => `${from + at}`);
}

Deno.test("a stalled member holds up nobody, and gets everything in order when it reads again", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  bob.stall();
  await say(ann, numbers(0, 500));
  assertEquals(ann.texts(), numbers(0, 500));
  assertEquals(bob.texts(), []);
  assert(house.hub.heldBytes.feeds < 3 * 2_048, "the feed stays small");
  assert(house.hub.heldBytes.outboxes === 0, "a stalled member holds a position, no bytes");
  bob.resume();
  await bob.until(() => bob.texts().length === 500);
  await say(ann, numbers(500, 510));
  await bob.until(() => bob.texts().length === 510);
  assertEquals(bob.texts(), numbers(0, 510));
});

Deno.test("who was too far behind is told once that presence was missed", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  bob.stall();
  await say(ann, ["first"]);
  await ChatPeer.connect(house.hub, "cid", { room: "lobby" });
  // More than one page of the log.
  await say(ann, numbers(0, 1_300));
  bob.resume();
  await bob.until(() => bob.texts().length === 1_301);
  await say(ann, ["live again"]);
  await bob.until(() => bob.texts().includes("live again"));
  const resyncs = bob.all("notification").filter(({ kind }) => kind === "resync");
  assertEquals(resyncs.map(({ room, count }) => [room, count]), [["lobby", 3]]);
});

Deno.test("small pieces are gathered: a burst costs a member few writes", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const before = bob.writes;
  bob.stall();
  await say(ann, numbers(0, 1_000));
  bob.resume();
  await bob.until(() => bob.texts().length === 1_000);
  assert(bob.writes - before < 30, `${bob.writes - before} writes`);
});

Deno.test("missed messages are gathered too where joins and leaves of that time lie between them", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob");
  for (const [at, text] of numbers(0, 1_000).entries()) {
    await bob.ask(at % 2 === 0 ? "join" : "leave", { room: "lobby" });
    await ann.ask("message", { room: "lobby", text: text.repeat(1 + at % 7), id: text });
  }
  await ann.next("ack", 1_000);
  const cid = await ChatPeer.connect(house.hub, "cid");
  const before = cid.writes;
  await cid.ask("join", { room: "lobby", since: 0 });
  await cid.until(() => cid.texts().length === 1_000);
  assertEquals(cid.texts(), ann.texts());
  assertEquals(cid.all("notification"), []);
  assert(cid.writes - before < 30, `${cid.writes - before} writes`);
});

/** Logs that keep less of a room than a reader can be behind. */
const TRIMMED_LOGS = {
  "in memory": (clock: FakeClock) => memoryLog({ clock, maxBytesPerStream: 4_096 }),
  "on disk": (clock: FakeClock) => diskLog({ clock, keep: { maxBytes: 4_096 } }),
};

for (const [where, open] of Object.entries(TRIMMED_LOGS)) {
  Deno.test(`what retention took before it could be sent is told by gap: a log ${where}`, async () => {
    const clock = new FakeClock();
    const log = await open(clock);
    await using house = openHouse({ clock, log, limits: TINY_FEEDS });
    const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
    const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
    await say(ann, ["start"]);
    await bob.next("message");
    bob.stall();
    await say(ann, numbers(0, 2_000));
    bob.resume();
    await bob.until(() => bob.texts().includes("1999"));
    // A log on disk takes old events while new ones are stored: there may be more than one gap.
    assert(bob.all("gap").length > 0);
    let last = 0;
    for (const { type, payload } of bob.received) {
      if (type === "message") assertEquals(payload.seq, ++last);
      if (type !== "gap") continue;
      assertEquals([payload.stream, payload.after], ["lobby", last]);
      assert(payload.through > last);
      last = payload.through;
    }
    assertEquals(last, 2_001);
  });
}

Deno.test("a member who was away longer than the log remembers hears that it is incomplete", async () => {
  const clock = new FakeClock();
  const log = memoryLog({ clock, maxBytesPerStream: 4_096 });
  await using house = openHouse({ clock, log });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await say(ann, numbers(0, 2_000));
  const bob = await ChatPeer.connect(house.hub, "bob");
  await bob.ask("join", { room: "lobby", since: 1 });
  const joined = await bob.next("joined");
  assertEquals(joined.complete, false);
  await bob.until(() => bob.texts().includes("1999"));
  assertEquals(bob.texts().length, joined.missed);
});

Deno.test("streams are served in turns: a busy room does not starve a quiet one", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "busy" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "busy" }, { maxWriteBytes: 4_096 });
  for (const peer of [ann, bob]) await peer.ask("join", { room: "quiet" });
  await bob.next("joined", 2);
  bob.stall();
  const long = "x".repeat(10_000);
  await say(ann, Array.from({ length: 60 }, () => long), "busy");
  await say(ann, ["psst"], "quiet");
  bob.resume();
  await bob.until(() => bob.texts("quiet").length === 1);
  assert(bob.texts("busy").length < 60, "the quiet room did not wait for all of the busy one");
  await bob.until(() => bob.texts("busy").length === 60);
});

Deno.test("a member who is behind in many rooms reads one page of the log at a time (Outbox I4)", async () => {
  const clock = new FakeClock();
  const log = memoryLog({ clock });
  let reads = 0;
  const read: EventLog["read"] = (stream, options) => {
    reads++;
    return inner(stream, options);
  };
  const inner = log.read.bind(log);
  await using house = openHouse({ clock, log: Object.assign(log, { read }) });
  const rooms = numbers(0, 30);
  const ann = await ChatPeer.connect(house.hub, "ann");
  for (const room of rooms) {
    await ann.ask("join", { room });
    await say(ann, [`in ${room}`], room);
    await ann.ask("leave", { room });
  }
  const bob = await ChatPeer.connect(house.hub, "bob");
  bob.stall();
  for (const room of rooms) await bob.ask("join", { room, since: 0 });
  // The first answer goes out, the rest of them and what is behind them waits.
  bob.resume();
  bob.stall();
  for (let turns = 0; turns < 50; turns++) await turn();
  assert(reads <= 2, `${reads} pages were read for a member who takes nothing`);
  bob.resume();
  await bob.until(() => rooms.every((room) => bob.texts(room).length === 1));
});

Deno.test("all feeds together keep to their bound: the ones written longest ago give way", async () => {
  await using house = openHouse({ limits: { maxFeedBytes: 8_192, maxFeedBytesInAll: 20_000 } });
  const ann = await ChatPeer.connect(house.hub, "ann");
  for (const room of numbers(0, 20)) {
    await ann.ask("join", { room });
    await say(ann, [`${room} `.repeat(1_000)], room);
  }
  assert(house.hub.heldBytes.feeds <= 30_000, `${house.hub.heldBytes.feeds} bytes`);
  const bob = await ChatPeer.connect(house.hub, "bob");
  for (const room of numbers(0, 20)) {
    await bob.ask("join", { room, since: 0 });
    await bob.until(() => bob.texts(room).length === 1);
  }
});

Deno.test("while its outbox is full a member's requests are not read, and no answer is dropped", async () => {
  await using house = openHouse({ limits: { maxOutboxBytes: 10_000 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  ann.stall();
  let answered = 0;
  const asking = (async () => {
    for (let at = 0; at < 1_000; at++) {
      await ann.ask("ping", { t: at });
      answered++;
    }
  })();
  await turn();
  assert(answered < 500, `${answered} were read`);
  assert(house.hub.heldBytes.outboxes < 20_000);
  ann.resume();
  await asking;
  await ann.next("pong", 1_000);
  assertEquals(ann.all("pong").map(({ t }) => t), Array.from({ length: 1_000 }, (_, at) => at));
});

Deno.test("when all outboxes together hold too much, nobody for whom something waits is read", async () => {
  await using house = openHouse({ limits: { maxOutboxBytesInAll: 5_000 } });
  const peers = [];
  for (const name of ["ann", "bob", "cid"]) peers.push(await ChatPeer.connect(house.hub, name));
  const eve = await ChatPeer.connect(house.hub, "eve");
  for (const peer of peers) peer.stall();
  const asking = peers.map(async (peer) => {
    for (let at = 0; at < 300; at++) await peer.ask("ping", { t: at });
  });
  await turn();
  assert(house.hub.heldBytes.outboxes < 6_000);
  await eve.ask("ping", { t: 1 });
  await eve.next("pong");
  for (const peer of peers) peer.resume();
  await Promise.all(asking);
  for (const peer of peers) await peer.next("pong", 300);
});

Deno.test("what a stalled write holds of the answers counts until it is written", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  ann.stall();
  for (let at = 0; at < 100; at++) await ann.ask("ping", { t: at });
  // The first pong is being written: when it is, the others follow in one write, which stalls.
  ann.resume();
  ann.stall();
  await ann.next("pong");
  await turn();
  assert(house.hub.heldBytes.outboxes > 99 * 20, `${house.hub.heldBytes.outboxes} bytes`);
  ann.resume();
  await ann.next("pong", 100);
  await turn();
  assertEquals(house.hub.heldBytes.outboxes, 0);
});

Deno.test("while the log is behind nobody is read", async () => {
  const clock = new FakeClock();
  const inner = memoryLog({ clock });
  const gate = Promise.withResolvers<void>();
  const slow: EventLog = Object.assign(Object.create(inner), {
    append: async (entries: readonly Entry[]) => {
      await gate.promise;
      return await inner.append(entries);
    },
    state: inner.state.bind(inner),
    tail: inner.tail.bind(inner),
    close: inner.close.bind(inner),
  });
  await using house = openHouse({ clock, log: slow, limits: { maxUnacknowledged: 10 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob");
  let handed = 0;
  const saying = (async () => {
    for (; handed < 50; handed++) {
      await ann.ask("message", { room: "lobby", text: `${handed}`, id: `m${handed}` });
    }
  })();
  const pinging = bob.ask("ping", { t: 1 });
  await turn();
  assertEquals(handed, 10, "the eleventh waits");
  gate.resolve();
  await Promise.all([saying, pinging]);
  await ann.next("ack", 50);
});

Deno.test("an event that the log tells before its tail does is not given again after joined", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob");
  // In one turn: it is stored, and its tail has not run yet when the room's state is read.
  const saying = ann.ask("message", { room: "lobby", text: "before", id: "m1" });
  const early = await house.log.state("lobby");
  await bob.ask("join", { room: "lobby" });
  await saying;
  await say(ann, ["after"]);
  await bob.until(() => bob.texts().includes("after"));
  const { seq } = await bob.next("joined");
  assert(early.last > 0);
  assert(bob.all("message").every((message) => message.seq > seq));
});

// --- Exactly once, in order, under random interleavings (Hub I2) ---

type Step =
  | { readonly do: "say" | "stall" | "resume" | "rejoin" | "reconnect"; readonly who: number }
  | { readonly do: "turn" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("say" as const), who: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "stall" as const,
        "resume" as const,
        "rejoin" as const,
        "reconnect" as const,
      ),
      who: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("turn" as const) }) },
);

/** A member over all its connections: it keeps a cursor as a client does. */
class Reader {
  readonly name: string;
  peer!: ChatPeer;
  token: string | undefined;
  log: string | undefined;
  readonly got: { readonly seq: number; readonly text: string }[] = [];
  /** How many acks of the present connection were counted. */
  sent = 0;

  constructor(name: string) {
    this.name = name;
  }

  async connect(house: ChatHouse): Promise<void> {
    const since = this.cursor;
    this.peer = await ChatPeer.connect(house.hub, this.name, {
      room: "lobby",
      ...(this.token === undefined ? {} : { token: this.token, log: this.log! }),
      ...(since === undefined ? {} : { since: { lobby: since } }),
    }, { maxWriteBytes: 700 });
    const ack = await this.peer.next("connect_ack");
    this.token = ack.token;
    this.log = ack.log;
    this.sent = 0;
  }

  get cursor(): number | undefined {
    return this.got.at(-1)?.seq;
  }

  /** Notes what came on this connection. */
  collect(): void {
    for (const { seq, text } of this.peer.all("message").slice(this.#taken())) {
      this.got.push({ seq, text });
    }
  }

  #counted = new WeakMap<ChatPeer, number>();
  #taken(): number {
    const before = this.#counted.get(this.peer) ?? 0;
    this.#counted.set(this.peer, this.peer.all("message").length);
    return before;
  }
}

Deno.test("each member gets each event once, in order, without gap, under random interleavings (I2)", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 120 }),
      fc.constantFrom(600, 2_048, 1_048_576),
      async (steps, maxFeedBytes) => {
        await using house = openHouse({ limits: { maxFeedBytes } });
        const readers = ["ann", "bob", "cid", "dan"].map((name) => new Reader(name));
        for (const reader of readers) await reader.connect(house);
        // Everybody's cursor is on the same first event, so that all owe the same list.
        await say(readers[0]!.peer, ["first"]);
        for (const reader of readers) {
          await reader.peer.until(() => reader.peer.texts().length === 1);
          reader.collect();
        }
        let said = 0;
        for (const next of steps) {
          if (next.do === "turn") {
            await turn();
            continue;
          }
          const reader = readers[next.who]!;
          if (next.do === "say") {
            const text = `${said++} ${"x".repeat((said * 37) % 300)}`;
            await reader.peer.ask("message", { room: "lobby", text, id: crypto.randomUUID() });
          } else if (next.do === "stall") reader.peer.stall();
          else if (next.do === "resume") reader.peer.resume();
          else if (next.do === "rejoin") {
            reader.peer.resume();
            const joined = reader.peer.all("joined").length;
            await reader.peer.ask("leave", { room: "lobby" });
            await reader.peer.until(() =>
              reader.peer.all("left").length === reader.peer.all("joined").length
            );
            reader.collect();
            await reader.peer.ask("join", { room: "lobby", since: reader.cursor! });
            await reader.peer.next("joined", joined + 1);
          } else {
            reader.collect();
            reader.peer.member.abort("gone");
            await reader.connect(house);
          }
        }
        for (const reader of readers) reader.peer.resume();
        const events = (await house.log.read("lobby", { after: 0, limit: 10_000, maxBytes: 1e9 }))
          .events.map(({ seq, body }) => ({ seq, text: JSON.parse(body).text as string }));
        for (const reader of readers) {
          const last = events.at(-1)!.seq;
          await reader.peer.until(() => {
            reader.collect();
            return reader.cursor === last;
          });
          assertEquals(reader.got, events);
        }
      },
    ),
    { numRuns: 60 },
  );
});
