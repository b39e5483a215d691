import { assert, assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import type { ChatEvent } from "../../client/events.ts";
import type { EventLog } from "../../log/event_log.ts";
import { memoryLog } from "../../log/memory.ts";
import type { Connection } from "../../net/connection.ts";
import { memoryPair } from "../../net/memory.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { serveChat } from "../../server/chat_session.ts";
import { Hub } from "../../chat/hub.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

/** A log restored from a backup: another id, and only the first `count` events of each stream. */
async function restored(
  log: EventLog,
  count: number,
  streams: readonly string[],
  clock: FakeClock,
): Promise<EventLog> {
  const backup = memoryLog({ clock });
  for (const stream of streams) {
    await backup.append((await log.read(stream, { after: 0, limit: count, maxBytes: 1e9 })).events);
  }
  return backup;
}

async function say(peer: ChatPeer, texts: readonly string[]): Promise<void> {
  const before = peer.all("ack").length;
  for (const text of texts) {
    await peer.ask("message", { room: "lobby", text, id: crypto.randomUUID() });
  }
  await peer.next("ack", before + texts.length);
}

Deno.test("who comes back to a restored log hears that it is incomplete, and skips nothing whose number was used before", async () => {
  const clock = new FakeClock();
  const registry = memoryRegistry({ clock });
  const before = memoryLog({ clock });
  const ann = await ChatPeer.connect(new Hub({ log: before, registry, clock }), "ann", {
    room: "lobby",
  });
  const { token, log: oldLog } = await ann.next("connect_ack");
  await say(ann, ["1", "2", "3", "4", "5"]);
  const last = (await ann.next("message", 5)).seq;
  const log = await restored(before, 2, ["lobby"], clock);
  await using house = openHouse({ clock, registry, log });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await say(bob, ["new 3", "new 4", "new 5", "new 6"]);
  // The new events have the numbers of those that were lost, and one more.
  assert((await bob.next("message", 4)).seq > last);
  const back = await ChatPeer.connect(house.hub, "ann", {
    token,
    log: oldLog,
    since: { lobby: last },
    room: "lobby",
  });
  const joined = await back.next("joined");
  assertEquals([joined.complete, joined.missed], [false, 6]);
  await back.next("message", 6);
  assertEquals(back.texts(), ["1", "2", "new 3", "new 4", "new 5", "new 6"]);
  await ann.member.abort("over");
  await before.close();
});

Deno.test("a `join` that is sent before the answer to `connect` is read counts in the log that `connect` named", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await say(ann, ["1", "2", "3", "4"]);
  const bob = await ChatPeer.connect(house.hub, "bob", { log: "another" });
  await bob.ask("join", { room: "lobby", since: 2 });
  const joined = await bob.next("joined");
  assertEquals([joined.complete, joined.missed], [false, 4]);
  await bob.next("message", 4);
  // By now it counts in this log.
  await bob.ask("leave", { room: "lobby" });
  await say(ann, ["5"]);
  await bob.ask("join", { room: "lobby", since: (await bob.next("message", 4)).seq });
  const again = await bob.next("joined", 2);
  assertEquals([again.complete, again.missed], [true, 1]);
  await bob.next("message", 5);
  assertEquals(bob.texts(), ["1", "2", "3", "4", "5"]);
});

/** A server behind a door: the log behind it can be exchanged. */
class Server {
  readonly clock = new FakeClock();
  readonly registry = memoryRegistry({ clock: this.clock });
  log: EventLog = memoryLog({ clock: this.clock });
  hub = this.#open();
  #serving: Promise<void>[] = [];

  readonly dial = (): Promise<Connection> => {
    const [ours, theirs] = memoryPair();
    this.#serving.push(serveChat(this.hub, theirs, this.clock));
    return Promise.resolve(ours);
  };

  async restart(log: EventLog): Promise<void> {
    this.hub.abort("killed");
    await this.log.close();
    this.log = log;
    this.hub = this.#open();
  }

  async close(): Promise<void> {
    this.hub.abort("test over");
    await Promise.all(this.#serving);
    await this.log.close();
    await this.registry.close();
  }

  #open(): Hub {
    const { log, registry, clock } = this;
    return new Hub({ log, registry, clock, limits: { requestBurst: 0 } });
  }
}

Deno.test("ChatClient reads a restored log anew: rooms and inbox are incomplete, and no new event is skipped (I1)", async () => {
  const server = new Server();
  const { clock } = server;
  const client = new ChatClient({ name: "ann", room: "lobby", dial: server.dial, clock });
  const seen: ChatEvent[] = [];
  const reading = (async () => {
    for await (const event of client.events) seen.push(event);
  })();
  await client.connect();
  for (const text of ["1", "2", "3", "4", "5"]) {
    await client.send("lobby", text);
    await client.sendPrivate("ann", `to me ${text}`);
  }
  const backup = await restored(server.log, 2, ["lobby", "@ann"], clock);
  await server.restart(backup);
  const bob = await ChatPeer.connect(server.hub, "bob", { room: "lobby" });
  await say(bob, ["new 3", "new 4", "new 5", "new 6"]);
  await bob.ask("private", { to: "ann", text: "new to you", id: "p" });
  await bob.next("ack", 5);
  seen.length = 0;
  // A client that waits for the wrong numbers would wait for ever.
  const isThere = () =>
    client.isOnline && seen.filter(({ type }) => type === "message").length === 6;
  for (let steps = 0; steps < 100 && !isThere(); steps++) await clock.advanceAsync(500);
  const told = seen.filter(({ type }) => type === "connected" || type === "joined")
    .map(({ type, payload }) => [type, (payload as { complete?: boolean }).complete]);
  assertEquals(told, [["connected", false], ["joined", false]]);
  const texts = (wanted: string) =>
    seen.filter(({ type }) => type === wanted)
      .map(({ payload }) => (payload as { text?: string }).text);
  assertEquals(texts("message"), ["1", "2", "new 3", "new 4", "new 5", "new 6"]);
  assertEquals(texts("private"), ["to me 1", "to me 2", "new to you"]);
  // From here on it counts in the new log.
  await say(bob, ["live"]);
  while (!texts("message").includes("live")) await turn();
  client.abort();
  await reading;
  await server.close();
});

Deno.test("when the clock is set back the order holds: numbers rise, whatever the times say", async () => {
  await using house = openHouse({ limits: { maxFeedBytes: 2_048 } });
  const { clock } = house;
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  bob.stall();
  for (let at = 0; at < 300; at++) {
    if (at % 50 === 25) clock.set(clock.now() - 3_600_000);
    await say(ann, [`${at}`]);
  }
  bob.resume();
  await bob.until(() => bob.texts().length === 300);
  for (const peer of [ann, bob]) {
    assertEquals(peer.texts(), Array.from({ length: 300 }, (_, at) => `${at}`));
    const seqs = peer.all("message").map(({ seq }) => seq);
    assertEquals(seqs, seqs.toSorted((one, other) => one - other));
  }
  const cid = await ChatPeer.connect(house.hub, "cid");
  await cid.ask("join", { room: "lobby", since: 0 });
  await cid.until(() => cid.texts().length === 300);
  assertEquals(cid.texts(), ann.texts());
});
