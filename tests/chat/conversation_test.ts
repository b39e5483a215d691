import { assert, assertEquals, assertMatch, assertNotEquals, assertThrows } from "@std/assert";
import { ChatPeer } from "../support/chat_peer.ts";
import { Hub } from "../../chat/hub.ts";
import { memoryLog } from "../../log/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { openHouse } from "../support/chat_house.ts";

const DAY_MS = 86_400_000;

Deno.test("connect gives the name, its token, the log and the limits", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "Ann");
  const ack = await ann.next("connect_ack");
  assertEquals(ack.name, "Ann");
  assertEquals(ack.protocol, 1);
  assertMatch(ack.token, /^[0-9a-f]{64}$/);
  assertEquals(ack.resumed, false);
  assertEquals(ack.log, (await house.log.state("any")).log);
  assertEquals(ack.inbox, { seq: 0, missed: 0, complete: true });
  assertEquals(ack.limits["maxTextBytes"], 16_384);
  assertEquals(ack.limits["idWindowMs"], 86_400_000);
});

Deno.test("what one member says comes to all in the room, the sender too, with the ack's number", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: 'line "one"\n\tline two ✓', id: "m1", ref: "7" });
  const ack = await ann.next("ack");
  const at = house.clock.now();
  assertEquals(ack, { id: "m1", room: "lobby", seq: ack.seq, at, stored: "memory", ref: "7" });
  const expected = {
    room: "lobby",
    sender: "ann",
    text: 'line "one"\n\tline two ✓',
    id: "m1",
    seq: ack.seq,
    at,
  };
  assertEquals(await bob.next("message"), expected);
  assertEquals(await ann.next("message"), expected);
});

Deno.test("a room is called by its case-folded name, a member as the name was first registered", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "Ann", { room: "Straße" });
  const { token } = await ann.next("connect_ack");
  assertEquals((await ann.next("joined")).room, "strasse");
  const again = await ChatPeer.connect(house.hub, "ANN", { token });
  assertEquals((await again.next("connect_ack")).name, "Ann");
  assertEquals((await again.next("connect_ack")).resumed, true);
  await again.ask("join", { room: "STRASSE" });
  assertEquals((await again.next("joined")).count, 1);
});

Deno.test("a name is its first holder's: without the token it is name_taken, and one may try another", async () => {
  await using house = openHouse();
  await ChatPeer.connect(house.hub, "ann");
  const eve = new ChatPeer(house.hub);
  await eve.ask("connect", { protocol: 1, name: "ANN" });
  assertEquals((await eve.next("error")).code, "name_taken");
  await eve.ask("connect", { protocol: 1, name: "ann", token: "0".repeat(64) });
  assertEquals((await eve.next("error", 2)).code, "name_taken");
  await eve.ask("connect", { protocol: 1, name: "eve" });
  assertEquals((await eve.next("connect_ack")).name, "eve");
  assertEquals(eve.outcome, "open");
});

Deno.test("a new name's token may be the client's own choice, so a lost answer loses no name", async () => {
  await using house = openHouse();
  const token = "ab".repeat(32);
  const lost = new ChatPeer(house.hub);
  await lost.ask("connect", { protocol: 1, name: "ann", token });
  lost.member.abort("gone");
  const ann = await ChatPeer.connect(house.hub, "ann", { token });
  assertEquals((await ann.next("connect_ack")).resumed, true);
  const weak = await ChatPeer.connect(house.hub, "bob", { token: "1234" });
  assertMatch((await weak.next("connect_ack")).token, /^[0-9a-f]{64}$/);
});

Deno.test("of two first claims of a name at once, one wins", async () => {
  await using house = openHouse();
  const [one, two] = [new ChatPeer(house.hub), new ChatPeer(house.hub)];
  await Promise.all([one, two].map((peer) => peer.ask("connect", { protocol: 1, name: "ann" })));
  await Promise.all([one, two].map((peer) => peer.until(() => peer.received.length > 0)));
  assertEquals([one, two].map((peer) => peer.received[0]!.type).sort(), ["connect_ack", "error"]);
});

Deno.test("a name unused for 30 days is free", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("quit", {});
  house.clock.set(house.clock.now() + 30 * DAY_MS + 1);
  const other = await ChatPeer.connect(house.hub, "ann");
  assertEquals((await other.next("connect_ack")).resumed, false);
});

Deno.test("a name is kept by who connects now and then", async () => {
  await using house = openHouse();
  let token: string | undefined;
  for (let time = 0; time < 4; time++) {
    const ann = await ChatPeer.connect(house.hub, "ann", token === undefined ? {} : { token });
    const ack = await ann.next("connect_ack");
    assertEquals(ack.resumed, time > 0);
    token = ack.token;
    ann.member.abort("gone");
    house.clock.set(house.clock.now() + 20 * DAY_MS);
  }
});

Deno.test("a name is not free while its holder is connected, however long", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  for (let day = 0; day < 40; day++) {
    house.clock.set(house.clock.now() + DAY_MS);
    ann.member.heard();
    await house.clock.advanceAsync(1_000);
  }
  const eve = new ChatPeer(house.hub);
  await eve.ask("connect", { protocol: 1, name: "Ann" });
  assertEquals((await eve.next("error")).code, "name_taken");
});

Deno.test("the next holder of a freed name gets nothing that was written to the one before", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob");
  const ann = await ChatPeer.connect(house.hub, "ann");
  await bob.ask("private", { to: "ann", text: "to the first", id: "m1" });
  await bob.next("ack");
  ann.member.abort("gone");
  house.clock.set(house.clock.now() + 31 * DAY_MS);
  const next = await ChatPeer.connect(house.hub, "ann", { since: { "@ann": 0 } });
  const { token, inbox } = await next.next("connect_ack");
  assertEquals(inbox.missed, 0);
  await bob.ask("private", { to: "ann", text: "to the second", id: "m2" });
  await next.next("private");
  for (const range of [{}, { after: 0 }, { before: 9 }]) {
    const pages = next.all("history").length;
    await next.ask("history", { stream: "@ann", ...range });
    const { messages, more } = await next.next("history", pages + 1);
    assertEquals(messages.map(({ text }) => text), ["to the second"]);
    assertEquals(more, false);
  }
  next.member.abort("gone");
  const again = await ChatPeer.connect(house.hub, "ann", {
    token,
    log: "another",
    since: { "@ann": 9 },
  });
  assertEquals((await again.next("connect_ack")).inbox.missed, 1);
  await again.next("private");
  assertEquals(again.all("private").map(({ text }) => text), ["to the second"]);
});

Deno.test("the same id is stored once and acknowledged again as duplicate", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "once", id: "m1" });
  const first = await ann.next("ack");
  house.clock.set(house.clock.now() + 5_000);
  await ann.ask("message", { room: "lobby", text: "once", id: "m1" });
  const second = await ann.next("ack", 2);
  assertEquals(second, { ...first, duplicate: true });
  await ann.ask("message", { room: "lobby", text: "twice", id: "m1", ref: "r" });
  const error = await ann.next("error");
  assertEquals([error.code, error.id, error.ref], ["id_conflict", "m1", "r"]);
  await ann.ask("message", { room: "lobby", text: "last", id: "m2" });
  await ann.until(() => ann.texts().includes("last"));
  assertEquals(ann.texts(), ["once", "last"]);
});

Deno.test("message, who and history need the room; of inboxes only one's own is read", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("message", { room: "lobby", text: "hi", id: "m1" });
  await ann.ask("who", { room: "lobby" });
  await ann.ask("history", { stream: "lobby" });
  await ann.ask("seen", { stream: "lobby", seq: 1 });
  await ann.ask("leave", { room: "lobby" });
  await ann.ask("history", { stream: "@bob" });
  await ann.next("error", 6);
  assertEquals(ann.all("error").map(({ code }) => code), Array(6).fill("forbidden"));
  assertEquals(ann.outcome, "open");
});

Deno.test("a private message comes to both inboxes and the ack gives the sender's number", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const bob = await ChatPeer.connect(house.hub, "Bob");
  const eve = await ChatPeer.connect(house.hub, "eve");
  await bob.ask("private", { to: "ann", text: "first", id: "b1" });
  await ann.next("private");
  await ann.ask("private", { to: "BOB", text: "psst", id: "a1" });
  const ack = await ann.next("ack");
  assertEquals([ack.to, ack.delivered, ack.room], ["Bob", "live", undefined]);
  const own = await ann.next("private", 2);
  assertEquals(ack.seq, own.seq);
  const got = await bob.next("private", 2);
  assertEquals([got.from, got.to, got.text, got.id], ["ann", "Bob", "psst", "a1"]);
  assertEquals(eve.all("private"), []);
});

Deno.test("the ack of a private message counts in the sender's inbox, not in the recipient's", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ChatPeer.connect(house.hub, "bob");
  const cid = await ChatPeer.connect(house.hub, "cid");
  await ann.ask("private", { to: "bob", text: "one", id: "m1" });
  await ann.ask("private", { to: "cid", text: "two", id: "m2" });
  await ann.next("ack", 2);
  await ann.next("private", 2);
  assertEquals(ann.all("ack").map(({ seq }) => seq), ann.all("private").map(({ seq }) => seq));
  assertNotEquals((await cid.next("private")).seq, ann.all("ack")[1]!.seq);
});

Deno.test("a private message to oneself comes once", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("private", { to: "ann", text: "note", id: "a1" });
  assertEquals((await ann.next("ack")).delivered, "live");
  await ann.ask("history", { stream: "@ANN" });
  assertEquals((await ann.next("history")).messages.length, 1);
  assertEquals(ann.all("private").length, 1);
});

Deno.test("a private message to somebody away waits and is told as missed, once, when they come", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob");
  const { token } = await bob.next("connect_ack");
  await bob.ask("quit", {});
  const ann = await ChatPeer.connect(house.hub, "ann");
  for (const [at, text] of ["one", "two"].entries()) {
    await ann.ask("private", { to: "bob", text, id: `a${at}` });
  }
  assertEquals((await ann.next("ack", 2)).delivered, "queued");
  const back = await ChatPeer.connect(house.hub, "bob", { token });
  const { inbox } = await back.next("connect_ack");
  assertEquals([inbox.missed, inbox.complete], [2, true]);
  await back.next("private", 2);
  assertEquals(back.all("private").map(({ text }) => text), ["one", "two"]);
  await back.ask("seen", { stream: "@bob", seq: inbox.seq });
  const later = await ChatPeer.connect(house.hub, "bob", { token });
  assertEquals((await later.next("connect_ack")).inbox.missed, 0);
});

Deno.test("a private message to a name nobody has is unknown_name", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ann.ask("private", { to: "nobody", text: "hi", id: "a1", ref: "x" });
  const error = await ann.next("error");
  assertEquals([error.code, error.id, error.ref], ["unknown_name", "a1", "x"]);
});

Deno.test("join goes on from since and says what was missed; without it from the stored position, else from now", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const say = async (text: string) => {
    await ann.ask("message", { room: "lobby", text, id: crypto.randomUUID() });
    return (await ann.next("ack", ann.all("ack").length + 1)).seq;
  };
  const seqs = [await say("1"), await say("2"), await say("3")];
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  assertEquals((await bob.next("joined")).missed, 0);
  await bob.ask("leave", { room: "lobby" });
  await bob.ask("join", { room: "lobby", since: seqs[0]! });
  const joined = await bob.next("joined", 2);
  assertEquals([joined.missed, joined.complete, joined.seq], [2, true, seqs[2]!]);
  await bob.until(() => bob.texts().length === 2);
  await bob.ask("seen", { stream: "lobby", seq: seqs[1]! });
  await bob.ask("leave", { room: "lobby" });
  await bob.ask("join", { room: "lobby" });
  assertEquals((await bob.next("joined", 3)).missed, 1);
  await bob.until(() => bob.texts().length === 3);
  await say("4");
  await bob.until(() => bob.texts().length === 4);
  assertEquals(bob.texts(), ["2", "3", "3", "4"]);
});

Deno.test("a position of another log, or above the head, is incomplete and starts at the oldest event", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "1", id: "m1" });
  await ann.next("ack");
  const bob = await ChatPeer.connect(house.hub, "bob", {
    log: "another",
    since: { Lobby: 1 },
    room: "lobby",
  });
  const joined = await bob.next("joined");
  assertEquals([joined.missed, joined.complete], [1, false]);
  await bob.until(() => bob.texts().length === 1);
  const eve = await ChatPeer.connect(house.hub, "eve");
  await eve.ask("join", { room: "lobby", since: 99 });
  const above = await eve.next("joined");
  assertEquals([above.missed, above.complete], [1, false]);
  await eve.until(() => eve.texts().length === 1);
});

Deno.test("a cursor that connect brought is used once: who leaves and joins again begins from now", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "hi", id: "m1" });
  await ann.next("ack");
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby", since: { Lobby: 0 } });
  await bob.next("message");
  await bob.ask("leave", { room: "lobby" });
  await bob.ask("join", { room: "lobby" });
  assertEquals((await bob.next("joined", 2)).missed, 0);
});

Deno.test("a stored position of another log is worth nothing", async () => {
  const clock = new FakeClock();
  const registry = memoryRegistry({ clock });
  let token = "";
  for (const run of [1, 2]) {
    await using log = memoryLog({ clock });
    const hub = new Hub({ log, registry, clock, limits: { requestBurst: 0 } });
    const ann = await ChatPeer.connect(hub, "ann", run === 1 ? {} : { token });
    ({ token } = await ann.next("connect_ack"));
    await ann.ask("join", { room: "lobby", since: 0 });
    for (const id of ["m1", "m2"]) await ann.ask("message", { room: "lobby", text: id, id });
    await ann.next("ack", 2);
    await ann.ask("leave", { room: "lobby" });
    if (run === 1) {
      await ann.ask("join", { room: "lobby" });
      await ann.ask("seen", { stream: "lobby", seq: 1 });
    } else {
      await ann.ask("join", { room: "lobby" });
      const { missed, complete } = await ann.next("joined", 2);
      assertEquals([missed, complete], [2, false]);
    }
    hub.abort("over");
  }
  await registry.close();
});

Deno.test("a stored position is not moved back, and not beyond the head", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (const id of ["a", "b", "c"]) await ann.ask("message", { room: "lobby", text: id, id });
  const { seq } = await ann.next("ack", 3);
  await ann.ask("seen", { stream: "lobby", seq: seq + 50 });
  await ann.ask("seen", { stream: "lobby", seq: 1 });
  await ann.ask("message", { room: "lobby", text: "d", id: "d" });
  await ann.next("ack", 4);
  await ann.ask("leave", { room: "lobby" });
  await ann.ask("join", { room: "lobby" });
  assertEquals((await ann.next("joined", 2)).missed, 1);
});

Deno.test("history pages the newest, those before and those after, oldest first, within 60,000 bytes", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const long = "x".repeat(16_000);
  for (let at = 0; at < 10; at++) {
    await ann.ask("message", { room: "lobby", text: `${at}${long}`, id: `m${at}` });
  }
  const acks = (await ann.next("ack", 10), ann.all("ack"));
  const firsts = async (count: number) => {
    const page = await ann.next("history", count);
    assert(JSON.stringify(page).length < 60_000);
    return [page.messages.map(({ text }) => text[0]).join(""), page.more];
  };
  await ann.ask("history", { stream: "lobby" });
  assertEquals(await firsts(1), ["789", true]);
  await ann.ask("history", { stream: "lobby", before: acks[7]!.seq, limit: 2 });
  assertEquals(await firsts(2), ["56", true]);
  await ann.ask("history", { stream: "lobby", after: acks[7]!.seq });
  assertEquals(await firsts(3), ["89", false]);
  await ann.ask("history", { stream: "lobby", before: acks[2]!.seq, ref: "q" });
  assertEquals(await firsts(4), ["01", false]);
  assertEquals(ann.all("history").at(-1)!.ref, "q");
});

Deno.test("who and rooms list in order and page", async () => {
  await using house = openHouse();
  const names = ["cid", "Ann", "bob"];
  const peers = [];
  for (const name of names) peers.push(await ChatPeer.connect(house.hub, name, { room: "lobby" }));
  const [cid] = peers;
  await cid!.ask("join", { room: "attic" });
  await cid!.ask("who", { room: "lobby", limit: 2 });
  assertEquals(await cid!.next("who"), { room: "lobby", members: ["Ann", "bob"], more: true });
  await cid!.ask("who", { room: "lobby", after: "BOB" });
  assertEquals(await cid!.next("who", 2), { room: "lobby", members: ["cid"], more: false });
  await cid!.ask("rooms", { limit: 1 });
  assertEquals(await cid!.next("rooms"), { rooms: [{ room: "attic", count: 1 }], more: true });
  await cid!.ask("rooms", { after: "attic" });
  assertEquals((await cid!.next("rooms", 2)).rooms, [{ room: "lobby", count: 3 }]);
});

Deno.test("who in a room of 5,000 stays within 60,000 bytes and gives everybody in pages", async () => {
  await using house = openHouse();
  const room = (await ChatPeer.connect(house.hub, "watcher", { room: "crowd" })).member.rooms
    .get("crowd")!.room;
  for (let at = 0; at < 5_000; at++) room.join(`member-with-a-long-name-${at}`);
  const eve = await ChatPeer.connect(house.hub, "eve", { room: "crowd" });
  const seen = new Set<string>();
  for (let page = 1, more = true; more; page++) {
    await eve.ask("who", { room: "crowd", ...(page === 1 ? {} : { after: [...seen].at(-1)! }) });
    const answer = await eve.next("who", page);
    assert(JSON.stringify(answer).length < 60_000);
    for (const name of answer.members) seen.add(name);
    more = answer.more;
  }
  assertEquals(seen.size, 5_002);
});

Deno.test("bad names, rooms and texts are answered with their codes and the session goes on", async () => {
  await using house = openHouse();
  const ann = new ChatPeer(house.hub);
  for (const name of ["", "a b", "x".repeat(33), "zero\u200bwidth", "rlo\u202e", "a\u0000"]) {
    await ann.ask("connect", { protocol: 1, name });
  }
  await ann.next("error", 6);
  assertEquals(new Set(ann.all("error").map(({ code }) => code)), new Set(["invalid_name"]));
  await ann.ask("connect", { protocol: 1, name: "ann", room: "no room" });
  assertEquals((await ann.next("error", 7)).code, "invalid_room");
  await ann.ask("join", { room: "lobby" });
  for (const text of ["", "bell\u0007", "x".repeat(16_385), "\ud800", "é".repeat(8_193)]) {
    await ann.ask("message", { room: "lobby", text, id: "m" });
  }
  await ann.next("error", 12);
  assertEquals(
    new Set(ann.all("error").slice(7).map(({ code }) => code)),
    new Set(["invalid_text"]),
  );
  await ann.ask("message", { room: "lobby", text: "x".repeat(16_384), id: "m" });
  assertEquals((await ann.next("ack")).id, "m");
});

Deno.test("the limits that are told are kept, and cannot be wider than the protocol's", async () => {
  const limits = { maxTextBytes: 5, maxNameChars: 3, maxRoomChars: 4 };
  await using house = openHouse({ limits });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "room" });
  await ann.ask("connect", { protocol: 1, name: "anna" });
  const peer = new ChatPeer(house.hub);
  await peer.ask("connect", { protocol: 1, name: "anna" });
  assertEquals((await peer.next("error")).code, "invalid_name");
  await ann.ask("join", { room: "rooms" });
  await ann.ask("message", { room: "room", text: "sixxxx", id: "m1" });
  await ann.ask("private", { to: "ann", text: "ééé", id: "m2" });
  await ann.ask("message", { room: "room", text: "fives", id: "m3" });
  await ann.next("ack");
  assertEquals(ann.all("error").map(({ code }) => code), [
    "already_connected",
    "invalid_room",
    "invalid_text",
    "invalid_text",
  ]);
  assertThrows(() => openHouse({ limits: { maxTextBytes: 16_385 } }), RangeError, "16384");
});

Deno.test("cursors are as many as streams can be followed: more are refused, not kept", async () => {
  await using house = openHouse({ limits: { maxRooms: 2 } });
  await ChatPeer.connect(house.hub, "ann", { since: { "@ann": 1, a: 1, b: 1 } });
  const eve = new ChatPeer(house.hub);
  await eve.ask("connect", { protocol: 1, name: "eve", since: { a: 1, b: 1, c: 1, d: 1 } });
  assertEquals((await eve.next("error")).code, "invalid_message");
  assertEquals(await eve.ended, "invalid_message");
});

Deno.test("a connection may be in 100 rooms", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  for (let at = 0; at < 101; at++) await ann.ask("join", { room: `room-${at}` });
  assertEquals((await ann.next("error")).code, "too_many_rooms");
  assertEquals(ann.all("joined").length, 100);
});

Deno.test("joining a room twice answers and repeats nothing", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "1", id: "m1" });
  const { seq } = await ann.next("ack");
  await ann.ask("join", { room: "lobby", since: 0 });
  const joined = await ann.next("joined", 2);
  assertEquals([joined.seq, joined.missed, joined.count], [seq, 0, 1]);
  await ann.ask("message", { room: "lobby", text: "2", id: "m2" });
  await ann.until(() => ann.texts().includes("2"));
  assertEquals(ann.texts(), ["1", "2"]);
});

Deno.test("tokens are random and only their hash is kept", async () => {
  await using house = openHouse();
  const ann = await (await ChatPeer.connect(house.hub, "ann")).next("connect_ack");
  const bob = await (await ChatPeer.connect(house.hub, "bob")).next("connect_ack");
  assertNotEquals(ann.token, bob.token);
  const kept = await house.registry.get("name/ann");
  assert(!kept!.value.includes(ann.token));
});

Deno.test("every answer, and every no, carries its request's ref back", async () => {
  await using house = openHouse();
  const ann = new ChatPeer(house.hub);
  const ref = (at: number) => ({ ref: `"${at}\\\u001b` });
  await ann.ask("connect", { protocol: 1, name: "ann", ...ref(0) });
  await ann.ask("join", { room: "lobby", ...ref(1) });
  await ann.ask("join", { room: "lobby", ...ref(2) });
  await ann.ask("message", { room: "lobby", text: "hi", id: "m1", ...ref(3) });
  await ann.ask("private", { to: "ann", text: "hi", id: "m2", ...ref(4) });
  await ann.next("ack", 2);
  await ann.ask("history", { stream: "lobby", ...ref(5) });
  await ann.ask("who", { room: "lobby", ...ref(6) });
  await ann.ask("rooms", ref(7));
  await ann.ask("ping", { t: 1, ...ref(8) });
  await ann.ask("leave", { room: "LOBBY", ...ref(9) });
  await ann.ask("who", { room: "lobby", ...ref(10) });
  await ann.ask("seen", { stream: "lobby", seq: 1, ...ref(11) });
  await ann.next("error", 2);
  const answers = ann.received.filter(({ payload }) => "ref" in payload)
    .map(({ payload }) => (payload as { readonly ref?: string }).ref);
  assertEquals(answers, Array.from({ length: 12 }, (_, at) => ref(at).ref));
  assertEquals((await ann.next("left")).room, "lobby");
});
