import { assert, assertEquals } from "@std/assert";
import type { EventLog, SearchOptions } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import type { ChatMessage, ChatRequest } from "../../protocol/chat.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { turn } from "../support/fake_clock.ts";
import type { PayloadOf } from "../support/wire.ts";

let ids = 0;

async function say(peer: ChatPeer, room: string, text: string): Promise<void> {
  const acks = peer.all("ack").length;
  await peer.ask("message", { room, text, id: `s${++ids}` });
  await peer.next("ack", acks + 1);
}

async function whisper(peer: ChatPeer, to: string, text: string): Promise<void> {
  const acks = peer.all("ack").length;
  await peer.ask("private", { to, text, id: `s${++ids}` });
  await peer.next("ack", acks + 1);
}

async function search(
  peer: ChatPeer,
  request: PayloadOf<ChatRequest, "search">,
): Promise<PayloadOf<ChatMessage, "search">> {
  const answers = peer.all("search").length;
  await peer.ask("search", request);
  return await peer.next("search", answers + 1);
}

async function texts(
  peer: ChatPeer,
  request: PayloadOf<ChatRequest, "search">,
): Promise<string[]> {
  return (await search(peer, request)).messages.map(({ text }) => text);
}

Deno.test("search finds what was said and written, newest first, as message and private carry it", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "Bob", { room: "lobby" });
  await bob.ask("join", { room: "tea" });
  for (
    const step of [
      () => say(ann, "lobby", "tea at five"),
      () => whisper(bob, "ann", "no tea for me"),
      () => say(bob, "tea", "tea without ann"),
      () => say(bob, "lobby", "coffee"),
      () => say(bob, "lobby", "TEA!"),
    ]
  ) {
    house.clock.advance(1_000);
    await step();
  }
  const { messages, more, ref } = await search(ann, { query: "tea", ref: "r" });
  assertEquals({ more, ref }, { more: false, ref: "r" });
  assertEquals(messages.map(({ text }) => text), ["TEA!", "no tea for me", "tea at five"]);
  assertEquals(messages[0], await ann.next("message", 3));
  assertEquals(messages[1], await ann.next("private"));
  assertEquals(await texts(ann, { query: "tea", room: "LOBBY" }), ["TEA!", "tea at five"]);
  assertEquals(await texts(ann, { query: "tea", from: "BOB" }), ["TEA!", "no tea for me"]);
  assertEquals(await texts(ann, { query: "tea", from: "ann" }), ["tea at five"]);
  assertEquals(await texts(ann, { query: "tea", from: "nobody" }), []);
  assertEquals(await texts(ann, { query: "tea", limit: 1 }), ["TEA!"]);
  assertEquals((await search(ann, { query: "tea", limit: 1 })).more, true);
  assertEquals(await texts(ann, { query: '"' }), []);
});

Deno.test("search gives nothing of a room that one is not in, nor of anybody's inbox but one's own", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await bob.ask("join", { room: "den" });
  await say(bob, "den", "secret tea");
  await whisper(bob, "bob", "my own tea");
  assertEquals(await texts(ann, { query: "tea" }), []);
  for (const room of ["den", "nowhere"]) {
    await ann.ask("search", { query: "tea", room, ref: room });
    const { code, ref } = await ann.next("error", ann.all("error").length);
    assertEquals([code, ref], ["forbidden", room]);
  }
  await ann.ask("search", { query: "tea", room: "@bob" });
  await ann.ask("search", { query: "tea", from: "no name" });
  assertEquals(ann.all("error").map(({ code }) => code).slice(2), ["invalid_room", "invalid_name"]);
  // A room that one has left is one that one is not in.
  await bob.ask("leave", { room: "den" });
  assertEquals(await texts(bob, { query: "tea" }), ["my own tea"]);
});

Deno.test("search gives the next holder of a freed name nothing that was written to the one before", async () => {
  await using house = openHouse({ limits: { nameLeaseMs: 1_000 } });
  const bob = await ChatPeer.connect(house.hub, "bob");
  const first = await ChatPeer.connect(house.hub, "ann");
  await whisper(bob, "ann", "tea for the first");
  first.member.abort("gone");
  house.clock.advance(1_000);
  const second = await ChatPeer.connect(house.hub, "ann");
  await whisper(bob, "ann", "tea for the second");
  assertEquals(await texts(second, { query: "tea" }), ["tea for the second"]);
});

Deno.test("search answers within 60,000 bytes, and says that there is more", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  // Newlines take two bytes in JSON.
  for (let at = 0; at < 10; at++) await say(ann, "lobby", `tea ${at}${"\n".repeat(16_000)}`);
  const { messages, more } = await search(ann, { query: "tea", limit: 100 });
  assert(messages.length >= 1 && messages.length < 10);
  assert(JSON.stringify(messages).length < 60_000);
  assertEquals([messages[0]!.text.slice(0, 5), more], ["tea 9", true]);
});

Deno.test("searches take turns: two at once in the log, and who is gone needs none", async () => {
  await using inner = memoryLog();
  const waiting: (() => void)[] = [];
  const log: EventLog = Object.assign(Object.create(inner), {
    idWindowMs: inner.idWindowMs,
    append: inner.append.bind(inner),
    read: inner.read.bind(inner),
    state: inner.state.bind(inner),
    tail: inner.tail.bind(inner),
    close: inner.close.bind(inner),
    async search(_options: SearchOptions) {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { events: [], more: false };
    },
  });
  await using house = openHouse({ log });
  const peers = [];
  for (const name of ["a", "b", "c", "d", "e"]) peers.push(await ChatPeer.connect(house.hub, name));
  for (const peer of peers) peer.ask("search", { query: "tea" });
  await turn();
  assertEquals(waiting.length, 2);
  peers[2]!.member.abort("gone");
  waiting[0]!();
  await peers[0]!.next("search");
  await turn();
  // The third is gone, so that it is the fourth one's turn.
  assertEquals(waiting.length, 3);
  waiting[2]!();
  await peers[3]!.next("search");
  await turn();
  assertEquals(waiting.length, 4);
  for (const resolve of waiting) resolve();
  for (const at of [1, 4]) await peers[at]!.next("search");
  assertEquals(peers[2]!.all("search"), []);
});

Deno.test("searches count as requests: over its pace a member's are not taken", async () => {
  await using house = openHouse({ limits: { requestBurst: 3, requestsPerSecond: 1 } });
  const ann = await ChatPeer.connect(house.hub, "ann");
  let taken = 0;
  const asking = (async () => {
    for (; taken < 4; taken++) await ann.ask("search", { query: "tea" });
  })();
  await house.clock.advanceAsync(0);
  assertEquals([taken, ann.all("search").length], [2, 3]);
  for (let second = 0; second < 3; second++) await house.clock.advanceAsync(1_000);
  await asking;
  assertEquals(ann.all("search").length, 4);
});
