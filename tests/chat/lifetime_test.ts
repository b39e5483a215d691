import { assertEquals, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

Deno.test("quit answers everything that was asked, flushes it, and ends (I2)", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (let at = 0; at < 50; at++) {
    ann.ask("message", { room: "lobby", text: `${at}`, id: `m${at}` });
  }
  await ann.ask("quit", {});
  assertEquals(await ann.ended, "quit");
  assertEquals(ann.outcome, "ended");
  assertEquals(ann.all("ack").length, 50);
  assertEquals(ann.texts().length, 50);
  assertEquals(house.hub.size, 0);
});

Deno.test("who quits is not given what is said after that, so a busy room holds nobody", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  ann.stall();
  await bob.ask("message", { room: "lobby", text: "before", id: "m1" });
  await bob.next("ack");
  const quitting = ann.ask("quit", {});
  await turn();
  await bob.ask("message", { room: "lobby", text: "after", id: "m2" });
  await bob.next("ack", 2);
  ann.resume();
  await quitting;
  assertEquals(ann.texts(), ["before"]);
});

Deno.test("after a fatal error nothing more is given: it is the last word", async () => {
  await using house = openHouse({ limits: { maxFeedBytes: 2_048 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  ann.stall();
  for (let at = 0; at < 50; at++) {
    await bob.ask("message", { room: "lobby", text: "x".repeat(200), id: `m${at}` });
  }
  await bob.next("ack", 50);
  ann.member.replace();
  ann.resume();
  assertEquals(await ann.ended, "replaced");
  assertEquals(ann.received.at(-1)!.type, "error");
  assertEquals(ann.texts().length < 50, true);
});

Deno.test("the end of a member leaves nothing: no room, no feed, no timer (I3)", async () => {
  await using house = openHouse({ registry: memoryRegistry({ clock: new FakeClock() }) });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "x", id: "m" });
  await ann.next("message");
  await ann.ask("quit", {});
  await ann.ended;
  await turn();
  assertEquals(house.hub.heldBytes, { feeds: 0, outboxes: 0, writes: 0 });
  assertEquals(house.clock.pending, 0);
});

Deno.test("a request before connect is told and ends the session", async () => {
  await using house = openHouse();
  const peer = new ChatPeer(house.hub);
  await peer.ask("join", { room: "lobby" });
  assertEquals((await peer.next("error")).code, "unexpected_message");
  assertEquals(await peer.ended, "unexpected_message");
  assertEquals(peer.outcome, "ended");
});

Deno.test("another version of the protocol is told and ends the session", async () => {
  await using house = openHouse();
  const peer = new ChatPeer(house.hub);
  await peer.ask("connect", { protocol: 2, name: "ann" });
  assertEquals(await peer.ended, "unsupported_protocol");
});

Deno.test("connecting twice is answered no", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("connect", { protocol: 1, name: "bob" });
  assertEquals((await ann.next("error")).code, "already_connected");
  assertEquals(ann.outcome, "open");
});

Deno.test("who does not connect within 10 s is told and ended", async () => {
  await using house = openHouse();
  const peer = new ChatPeer(house.hub);
  house.clock.advance(9_000);
  assertEquals(peer.outcome, "open");
  house.clock.advance(1_000);
  assertEquals(await peer.ended, "handshake_timeout");
  assertEquals((await peer.next("error")).code, "handshake_timeout");
});

Deno.test("a silent member gets a ping after 30 s and is closed after 75 s", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  house.clock.advance(31_000);
  assertEquals((await ann.next("ping")).t <= house.clock.now(), true);
  ann.member.heard();
  await house.clock.advanceAsync(74_000);
  assertEquals(ann.outcome, "open");
  assertEquals(ann.all("ping").length, 2);
  await house.clock.advanceAsync(2_000);
  assertEquals(await ann.ended, "idle_timeout");
});

Deno.test("ping is answered pong with its number", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("ping", { t: 42.5, ref: "p" });
  assertEquals(await ann.next("pong"), { t: 42.5, ref: "p" });
});

Deno.test("a peer that takes no byte for 10 s is closed as slow_consumer", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  ann.stall();
  await ann.ask("ping", { t: 1 });
  house.clock.advance(9_000);
  assertEquals(ann.outcome, "open");
  house.clock.advance(2_000);
  assertEquals(await ann.ended, "slow_consumer");
  assertEquals(ann.outcome, "aborted");
});

Deno.test("a peer that takes a byte now and then is not slow", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", {}, { maxWriteBytes: 1 });
  for (let byte = 0; byte < 20; byte++) {
    ann.stall();
    if (byte === 0) await ann.ask("ping", { t: 1 });
    house.clock.advance(8_000);
    ann.member.heard();
    ann.resume();
    await turn();
  }
  assertEquals(ann.outcome, "open");
});

Deno.test("a peer that says nothing but takes what is written is not idle", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", {}, { maxWriteBytes: 1 });
  ann.stall();
  await ann.ask("ping", { t: 1 });
  for (let byte = 0; byte < 15; byte++) {
    house.clock.advance(8_000);
    // One byte passes the gate before it is shut again.
    ann.resume();
    ann.stall();
    await turn();
  }
  assertEquals(ann.member.ending, false);
  ann.resume();
});

Deno.test("close does not wait for ever for a peer that takes a byte now and then", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" }, { maxWriteBytes: 1 });
  ann.stall();
  const closing = house.hub.close();
  for (let second = 0; second < 10; second++) {
    await house.clock.advanceAsync(1_000);
    ann.resume();
    ann.stall();
  }
  await closing;
  assertEquals(ann.outcome, "aborted");
});

Deno.test("the same device replaces its ghost at once, which is told", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const ghost = await ChatPeer.connect(house.hub, "ann", { room: "lobby", device: "laptop" });
  const { token } = await ghost.next("connect_ack");
  const back = await ChatPeer.connect(house.hub, "ann", { token, device: "laptop", room: "lobby" });
  assertEquals(await ghost.ended, "replaced");
  assertEquals((await ghost.next("error")).code, "replaced");
  house.clock.advance(10_000);
  await back.ask("message", { room: "lobby", text: "still here", id: "m" });
  await bob.next("message");
  assertEquals(
    bob.all("notification").map(({ kind }) => kind),
    ["join"],
    "one presence throughout",
  );
});

Deno.test("a ghost's rooms that its successor does not join are left after 5 s", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const ghost = await ChatPeer.connect(house.hub, "ann", { room: "lobby", device: "laptop" });
  const { token } = await ghost.next("connect_ack");
  await ChatPeer.connect(house.hub, "ann", { token, device: "laptop" });
  await ghost.ended;
  house.clock.advance(5_000);
  assertEquals((await bob.next("notification", 2)).kind, "leave");
});

Deno.test("a name may have 8 sessions, told as one presence", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const first = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const { token } = await first.next("connect_ack");
  const peers = [first];
  for (let at = 1; at < 8; at++) {
    peers.push(await ChatPeer.connect(house.hub, "ann", { token, room: "lobby" }));
  }
  const ninth = new ChatPeer(house.hub);
  await ninth.ask("connect", { protocol: 1, name: "ann", token });
  assertEquals((await ninth.next("error")).code, "too_many_sessions");
  for (const peer of peers) await peer.ask("quit", {});
  await bob.next("notification", 2);
  assertEquals(bob.all("notification").map(({ kind, count }) => [kind, count]), [["join", 2], [
    "leave",
    1,
  ]]);
  await ninth.ask("connect", { protocol: 1, name: "ann", token });
  assertEquals((await ninth.next("connect_ack")).resumed, true);
});

Deno.test("a device takes its own place where a name has as many sessions as it may", async () => {
  await using house = openHouse({ limits: { maxSessionsPerName: 1 } });
  const first = await ChatPeer.connect(house.hub, "ann", { device: "phone" });
  const { token } = await first.next("connect_ack");
  await ChatPeer.connect(house.hub, "ann", { device: "phone", token });
  assertEquals(await first.ended, "replaced");
});

Deno.test("over its pace a member is not read, and nothing is refused or reordered", async () => {
  await using house = openHouse({ limits: { requestBurst: 20 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  let asked = 0;
  const all = (async () => {
    for (let at = 0; at < 40; at++) {
      await ann.ask("message", { room: "lobby", text: `${at}`, id: `m${at}` });
      asked++;
    }
  })();
  await turn();
  assertEquals(asked < 21, true, `${asked} requests passed at once`);
  const before = asked;
  await house.clock.advanceAsync(1_000);
  assertEquals(asked - before >= 9 && asked - before <= 11, true, `${asked - before} in a second`);
  await house.clock.advanceAsync(5_000);
  await all;
  await ann.until(() => ann.texts().length === 40);
  assertEquals(ann.texts(), Array.from({ length: 40 }, (_, at) => `${at}`));
});

Deno.test("a member in its pause can be ended", async () => {
  await using house = openHouse({ limits: { requestBurst: 1 } });
  const ann = await ChatPeer.connect(house.hub, "ann");
  const asked = ann.ask("ping", { t: 1 });
  ann.member.abort("gone");
  await asked;
  assertEquals(await ann.ended, "gone");
});

Deno.test("close tells everybody, flushes, and ends them", async () => {
  await using house = openHouse();
  const peers = [];
  for (const name of ["ann", "bob", "cid"]) {
    peers.push(await ChatPeer.connect(house.hub, name, { room: "lobby" }));
  }
  peers[0]!.ask("message", { room: "lobby", text: "last words", id: "m" });
  await house.hub.close();
  for (const peer of peers) {
    assertEquals(peer.outcome, "ended");
    assertEquals(peer.all("notification").some(({ kind }) => kind === "shutdown"), true);
    assertEquals(peer.texts(), ["last words"]);
  }
  assertEquals(peers[0]!.all("ack").length, 1);
  await house.hub.close();
});

/** A log whose disk is full while `full` says so. */
function fullLog(inner: EventLog, full: () => boolean): EventLog {
  return Object.assign(Object.create(inner), {
    append: (entries: Parameters<EventLog["append"]>[0]) =>
      full() ? Promise.reject(new Error("database or disk is full")) : inner.append(entries),
    read: inner.read.bind(inner),
    state: inner.state.bind(inner),
    tail: inner.tail.bind(inner),
    close: inner.close.bind(inner),
  });
}

/** A log whose `state` waits while the gate is shut. */
function gatedLog(clock: FakeClock) {
  const inner = memoryLog({ clock });
  const state = inner.state.bind(inner);
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  const log: EventLog = Object.assign(inner, {
    state: async (stream: string, after?: number) => {
      await gate.promise;
      return await state(stream, after);
    },
  });
  return { log, shut: () => gate = Promise.withResolvers<void>(), open: () => gate.resolve() };
}

for (const how of ["abort", "end"] as const) {
  Deno.test(`a connection that goes by ${how} while it connects or joins leaves nothing (I3)`, async () => {
    const clock = new FakeClock();
    const { log, shut, open } = gatedLog(clock);
    const left: string[] = [];
    const observer = {
      connected: ({ name }: { readonly name: string | undefined }) => left.push(`+${name}`),
      joined: (_session: unknown, room: string) => left.push(`+${room}`),
    };
    await using house = openHouse({ clock, log, observer });
    const bob = await ChatPeer.connect(house.hub, "bob");
    const cid = await ChatPeer.connect(house.hub, "cid");
    const known = await ChatPeer.connect(house.hub, "dan");
    const { token } = await known.next("connect_ack");
    known.member.abort("gone");
    left.length = 0;
    shut();
    const [ann, dan] = [new ChatPeer(house.hub), new ChatPeer(house.hub)];
    const work = [
      ann.ask("connect", { protocol: 1, name: "ann", room: "lobby" }),
      dan.ask("connect", { protocol: 1, name: "dan", token }),
      cid.ask("join", { room: "lobby" }),
    ];
    // Hashing a token takes other threads a moment.
    for (let turns = 0; turns < 50; turns++) await turn();
    for (const peer of [ann, dan, cid]) peer.member[how]("gone");
    open();
    await Promise.all([...work, ann.ended, dan.ended, cid.ended]);
    assertEquals(left, [], "nobody came");
    await bob.ask("rooms", {});
    assertEquals((await bob.next("rooms")).rooms, []);
    for (const [at, to] of ["cid", "dan"].entries()) {
      await bob.ask("private", { to, text: "away?", id: `m${at}` });
      assertEquals((await bob.next("ack", at + 1)).delivered, "queued");
    }
    assertEquals([house.hub.size, house.hub.heldBytes.outboxes], [1, 0]);
  });
}

Deno.test("a connection that comes when the hub is closing, closed or aborted is ended at once", async () => {
  for (const end of ["close", "abort"] as const) {
    await using house = openHouse();
    const ann = await ChatPeer.connect(house.hub, "ann");
    ann.stall();
    const ending = end === "close" ? house.hub.close() : house.hub.abort("over");
    const late = new ChatPeer(house.hub);
    assertEquals([late.outcome, await late.ended], ["aborted", "shutdown"]);
    ann.resume();
    await ending;
    assertEquals(await new ChatPeer(house.hub).ended, "shutdown");
    assertEquals([house.hub.size, house.clock.pending], [0, 1], "the registry's timer is left");
  }
});

Deno.test("what cannot be stored is answered storage_failed, and the chat goes on", async () => {
  const clock = new FakeClock();
  let full = true;
  const failures: unknown[] = [];
  await using house = openHouse({
    clock,
    log: fullLog(memoryLog({ clock }), () => full),
    observer: { failed: (_session, error) => failures.push(error) },
  });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "lost?", id: "m1" });
  const error = await ann.next("error");
  assertEquals([error.code, error.id], ["storage_failed", "m1"]);
  assertStringIncludes(String(failures[0]), "full");
  full = false;
  await ann.ask("message", { room: "lobby", text: "lost?", id: "m1" });
  assertEquals((await ann.next("ack")).duplicate, undefined);
  assertEquals((await ann.next("message")).text, "lost?");
});

Deno.test("a registry that is full is answered storage_failed, and the chat goes on", async () => {
  const clock = new FakeClock();
  const registry = memoryRegistry({ clock, maxKeys: 1 });
  await using house = openHouse({ clock, registry });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "hi", id: "m1" });
  await ann.next("ack");
  await ann.ask("seen", { stream: "lobby", seq: 1, ref: "r" });
  const { code, ref } = await ann.next("error");
  assertEquals([code, ref], ["storage_failed", "r"]);
  const bob = new ChatPeer(house.hub);
  await bob.ask("connect", { protocol: 1, name: "bob" });
  assertEquals((await bob.next("error")).code, "storage_failed");
  await ann.ask("ping", { t: 1 });
  await ann.next("pong");
});

Deno.test("a ProtocolError of the dialect is told with its details; a fatal one ends", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  ann.member.refuse(new ProtocolError("invalid_message", "no room", { details: { ref: "9" } }));
  assertEquals(await ann.next("error"), { code: "invalid_message", message: "no room", ref: "9" });
  ann.member.refuse(new ProtocolError("frame_too_large", "too large"));
  assertEquals(await ann.ended, "frame_too_large");
  assertEquals(ann.outcome, "ended");
});

Deno.test("over its pace in bytes a member is not read either, and nothing is refused or reordered", async () => {
  const limits = { requestBurst: 1_000, requestsPerSecond: 1_000, byteBurst: 1_000 };
  await using house = openHouse({ limits: { ...limits, bytesPerSecond: 500 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  let asked = 0;
  const all = (async () => {
    // `ChatPeer` says that each is of 100 bytes.
    for (let at = 0; at < 40; at++) {
      await ann.ask("message", { room: "lobby", text: `${at}`, id: `m${at}` });
      asked++;
    }
  })();
  await turn();
  assertEquals(asked >= 8 && asked <= 10, true, `${asked} requests passed at once`);
  const before = asked;
  await house.clock.advanceAsync(2_000);
  assertEquals(asked - before >= 9 && asked - before <= 11, true, `${asked - before} in 2 s`);
  await house.clock.advanceAsync(10_000);
  await all;
  await ann.until(() => ann.texts().length === 40);
  assertEquals(ann.texts(), Array.from({ length: 40 }, (_, at) => `${at}`));
});
