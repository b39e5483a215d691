import { assert, assertEquals } from "@std/assert";
import type { Hub } from "../../chat/hub.ts";
import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

// DESIGN.md, section 2, "Delivery": what a slow reader costs, and what it gets.

const TINY_FEEDS = { maxFeedBytes: 2_048 };

/** A log that counts how often it is read. */
function countingLog(clock: FakeClock): { log: EventLog; reads: () => number } {
  const inner = memoryLog({ clock });
  const read = inner.read.bind(inner);
  let reads = 0;
  const log = Object.assign(inner, {
    read: (...request: Parameters<EventLog["read"]>) => {
      reads++;
      return read(...request);
    },
  });
  return { log, reads: () => reads };
}

async function say(peer: ChatPeer, texts: readonly string[], room = "lobby"): Promise<void> {
  const before = peer.all("ack").length;
  for (const text of texts) await peer.ask("message", { room, text, id: crypto.randomUUID() });
  await peer.next("ack", before + texts.length);
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => `${from + at}`);
}

async function connectMany(
  hub: Hub,
  count: number,
  options: { maxWriteBytes?: number } = {},
): Promise<ChatPeer[]> {
  return await Promise.all(
    numbers(0, count).map((at) => ChatPeer.connect(hub, `m${at}`, { room: "lobby" }, options)),
  );
}

Deno.test("a stall of all 1,000 members of a busy room recovers to live, each page of the log read once", async () => {
  const clock = new FakeClock();
  const { log, reads } = countingLog(clock);
  await using house = openHouse({ clock, log, limits: TINY_FEEDS });
  const members = await connectMany(house.hub, 1_000);
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (const member of members) member.stall();
  await say(ann, numbers(0, 700));
  assertEquals(ann.texts().length, 700, "nobody else is delayed");
  assertEquals(reads(), 0);
  for (const member of members) member.resume();
  for (const member of members) await member.until(() => member.texts().length === 700);
  // 700 events are two pages; one that has begun to write takes its next page a little earlier.
  assert(reads() <= 4, `${reads()} pages were read`);
  const before = reads();
  await say(ann, ["live again"]);
  for (const member of members) {
    await member.until(() => member.texts().length === 701);
    assertEquals(member.texts(), [...numbers(0, 700), "live again"]);
  }
  assertEquals(reads(), before, "who is live reads no log");
  assert(house.hub.heldBytes.feeds < 3 * 2_048, "no page is kept when nobody is behind");
});

Deno.test("members who stalled at different places share pages too (Pages I1)", async () => {
  const clock = new FakeClock();
  const { log, reads } = countingLog(clock);
  await using house = openHouse({ clock, log, limits: TINY_FEEDS });
  const members = await connectMany(house.hub, 100);
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (const [at, member] of members.entries()) {
    member.stall();
    await say(ann, [`${at}`]);
  }
  await say(ann, numbers(100, 1_000));
  // The last to stall, who is ahead, reads first: the worst order.
  for (const member of members.toReversed()) member.resume();
  for (const member of members) await member.until(() => member.texts().length === 1_000);
  for (const member of members) assertEquals(member.texts(), numbers(0, 1_000));
  assert(reads() <= 10, `${reads()} pages were read for 100 members who share two`);
});

Deno.test("a page is kept while somebody is behind, for those who come to it later (Pages I2)", async () => {
  const clock = new FakeClock();
  const { log, reads } = countingLog(clock);
  await using house = openHouse({ clock, log, limits: TINY_FEEDS });
  const [slowest, ...others] = await connectMany(house.hub, 20);
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (const member of [slowest!, ...others]) member.stall();
  await say(ann, numbers(0, 400));
  slowest!.maxWriteBytes = 100;
  for (const member of [slowest!, ...others]) {
    member.resume();
    if (member === slowest) await member.until(() => member.texts().length > 5);
    else await member.until(() => member.texts().length === 400);
    if (member === slowest) member.stall();
  }
  assert(reads() <= 2, `${reads()} pages were read, one after the other`);
  slowest!.maxWriteBytes = Infinity;
  slowest!.resume();
  await slowest!.until(() => slowest!.texts().length === 400);
});

Deno.test("members who are behind and slow keep the pages that they share within the feeds' bound (Pages I2)", async () => {
  const limits = { maxFeedBytes: 100_000, maxFeedBytesInAll: 150_000 };
  await using house = openHouse({ limits });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const long = "x".repeat(1_000);
  await say(ann, numbers(0, 1_000).map((text) => `${text} ${long}`));
  const slow = await Promise.all(
    numbers(0, 20).map((at) =>
      ChatPeer.connect(house.hub, `m${at}`, {}, { maxWriteBytes: 20_000 + 1_000 * Number(at) })
    ),
  );
  let most = 0;
  await Promise.all(slow.map(async (peer) => {
    await peer.ask("join", { room: "lobby", since: 0 });
    await peer.until(() => {
      most = Math.max(most, house.hub.heldBytes.feeds);
      return peer.texts().length === 1_000;
    });
  }));
  // A page is 128 KiB, and the one that comes may be there beside the one that goes.
  assert(most < 150_000 + 2 * 140_000, `${most} bytes`);
  await turn();
  assert(house.hub.heldBytes.feeds <= 150_000);
});

Deno.test("a reader that takes a little every 9 s for minutes is not closed, and misses nothing", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" }, { maxWriteBytes: 100 });
  bob.stall();
  for (let sips = 0; sips < 40; sips++) {
    await say(ann, numbers(sips * 5, sips * 5 + 5));
    await house.clock.advanceAsync(9_000);
    for (const peer of [ann, bob]) peer.member.heard();
    // One write passes the gate before it is shut again.
    bob.resume();
    bob.stall();
    await turn();
  }
  assertEquals(bob.outcome, "open");
  assert(bob.texts().length < 100, "it is far behind by then");
  bob.resume();
  await bob.until(() => bob.texts().length === 200);
  assertEquals(bob.texts(), numbers(0, 200));
});

Deno.test("who stops in the midst of what it reads from the log is closed after 10 s, and disturbs no other who reads it", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await say(ann, numbers(0, 2_000));
  const [bob, cid] = await Promise.all(
    ["bob", "cid"].map((name) => ChatPeer.connect(house.hub, name, {}, { maxWriteBytes: 5_000 })),
  );
  bob!.stall();
  for (const peer of [bob, cid]) await peer!.ask("join", { room: "lobby", since: 0 });
  await cid!.until(() => cid!.texts().length === 2_000);
  await house.clock.advanceAsync(11_000);
  assertEquals(await bob!.ended, "slow_consumer");
  assertEquals(cid!.outcome, "open");
  assertEquals(house.hub.heldBytes.writes, 0);
});

Deno.test("what writes hold in all is bounded: above it a write holds a few messages, and gives up the rest when it moves (Outbox I5)", async () => {
  const maxOutboxBytesInAll = 100_000;
  await using house = openHouse({ limits: { maxFeedBytes: 40_000, maxOutboxBytesInAll } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const slow: ChatPeer[] = [];
  // Each stalls with another part of the feed in its hands.
  for (let at = 0; at < 100; at++) {
    const peer = await ChatPeer.connect(house.hub, `m${at}`, { room: "lobby" }, {
      maxWriteBytes: 64,
    });
    peer.stall();
    slow.push(peer);
    await say(ann, numbers(at * 50, at * 50 + 50).map((text) => `${text} ${"x".repeat(200)}`));
  }
  // Without a bound it would be 100 times a segment of 10,000 bytes.
  const held = house.hub.heldBytes.writes;
  assert(held < maxOutboxBytesInAll + 100 * 5_000, `${held} bytes`);
  // Each takes 64 bytes and stalls again.
  for (const peer of slow) {
    peer.resume();
    peer.stall();
    await turn();
  }
  const left = house.hub.heldBytes.writes;
  assert(left < maxOutboxBytesInAll + 10_000, `${left} bytes`);
  for (const peer of slow) {
    peer.maxWriteBytes = Infinity;
    peer.resume();
  }
  for (const [at, peer] of slow.entries()) {
    await peer.until(() => peer.texts().length === (100 - at) * 50);
    assertEquals(peer.texts().map((text) => text.split(" ")[0]), numbers(at * 50, 5_000));
  }
  assertEquals(house.hub.heldBytes.writes, 0);
});

Deno.test("joins and leaves alone that are more than the feed holds become one resync", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const cid = await ChatPeer.connect(house.hub, "cid");
  await say(ann, ["before"]);
  await bob.until(() => bob.texts().length === 1);
  bob.stall();
  for (let times = 0; times < 100; times++) {
    await cid.ask("join", { room: "lobby" });
    await cid.ask("leave", { room: "lobby" });
  }
  await cid.ask("join", { room: "lobby" });
  bob.resume();
  await say(ann, ["after"]);
  await bob.until(() => bob.texts().length === 2);
  const last = bob.all("notification").at(-1)!;
  assertEquals([last.kind, last.count], ["resync", 3]);
  const { length } = bob.all("notification").filter(({ kind }) => kind === "resync");
  assertEquals(length, 1);
});

Deno.test("who comes and reads the log is told by one resync who came and went meanwhile", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await say(ann, numbers(0, 1_000));
  const bob = await ChatPeer.connect(house.hub, "bob", {}, { maxWriteBytes: 1_000 });
  await bob.ask("join", { room: "lobby", since: 0 });
  bob.stall();
  await ChatPeer.connect(house.hub, "cid", { room: "lobby" });
  await say(ann, numbers(1_000, 1_100));
  bob.resume();
  await bob.until(() => bob.texts().length === 1_100);
  await ChatPeer.connect(house.hub, "dan", { room: "lobby" });
  await bob.next("notification", 2);
  assertEquals(bob.all("notification").map(({ kind, count }) => [kind, count]), [
    ["resync", 3],
    ["join", 4],
  ]);
});

Deno.test("who missed no join and no leave is told nothing when it is live again", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  bob.stall();
  await say(ann, numbers(0, 1_000));
  bob.resume();
  await bob.until(() => bob.texts().length === 1_000);
  await ChatPeer.connect(house.hub, "cid", { room: "lobby" });
  await bob.next("notification");
  assertEquals(bob.all("notification").map(({ kind }) => kind), ["join"]);
});

Deno.test("who quits while behind gets what was said by then and ends, however busy the room is", async () => {
  await using house = openHouse({ limits: TINY_FEEDS });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" }, { maxWriteBytes: 500 });
  bob.stall();
  await say(ann, numbers(0, 100));
  const quitting = bob.ask("quit", {});
  await turn();
  await say(ann, numbers(100, 1_000));
  bob.resume();
  await quitting;
  assertEquals(await bob.ended, "quit");
  assertEquals(bob.texts(), numbers(0, 100));
});

Deno.test("a log that cannot be read ends who needs it, not who is live", async () => {
  const clock = new FakeClock();
  const log = memoryLog({ clock });
  let fails = false;
  const read = log.read.bind(log);
  Object.assign(log, {
    read: (...request: Parameters<EventLog["read"]>) =>
      fails ? Promise.reject(new Error("disk gone")) : read(...request),
  });
  const failures: unknown[] = [];
  const observer = { failed: (_session: unknown, error: unknown) => failures.push(error) };
  await using house = openHouse({ clock, log, limits: TINY_FEEDS, observer });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const [bob, cid] = await connectMany(house.hub, 2);
  for (const peer of [bob!, cid!]) peer.stall();
  await say(ann, numbers(0, 1_000));
  fails = true;
  for (const peer of [bob!, cid!]) peer.resume();
  assertEquals(await Promise.all([bob!.ended, cid!.ended]), ["internal_error", "internal_error"]);
  assertEquals(failures.length, 2);
  await say(ann, ["still here"]);
  assertEquals(ann.texts().at(-1), "still here");
});
