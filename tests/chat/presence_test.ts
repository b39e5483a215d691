import { assert, assertEquals } from "@std/assert";
import { memoryRegistry } from "../../registry/memory.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

Deno.test("joins and leaves are told to the others, with the count, not to oneself", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  assertEquals((await bob.next("joined")).count, 2);
  await bob.ask("leave", { room: "lobby" });
  assertEquals(await bob.next("left"), { room: "lobby" });
  await ann.next("notification", 2);
  assertEquals(
    ann.all("notification").map(({ room, kind, name, count }) => [room, kind, name, count]),
    [["lobby", "join", "bob", 2], ["lobby", "leave", "bob", 1]],
  );
  assertEquals(bob.all("notification"), []);
});

Deno.test("a broken connection is told as a leave", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  bob.member.abort("gone");
  assertEquals((await ann.next("notification", 2)).kind, "leave");
});

Deno.test("a leave is told after what the one who left had said", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  ann.stall();
  await bob.ask("message", { room: "lobby", text: "bye", id: "m" });
  await bob.next("ack");
  await bob.ask("quit", {});
  ann.resume();
  await ann.next("notification", 2);
  const order = ann.received.map(({ type }) => type);
  assert(order.lastIndexOf("message") < order.lastIndexOf("notification"));
});

Deno.test("missed messages come without the joins and leaves of that time", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "1", id: "m1" });
  const { seq } = await ann.next("message");
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "2", id: "m2" });
  await bob.ask("leave", { room: "lobby" });
  const cid = await ChatPeer.connect(house.hub, "cid");
  await cid.ask("join", { room: "lobby", since: seq });
  await cid.until(() => cid.texts().length === 1);
  await ChatPeer.connect(house.hub, "dan", { room: "lobby" });
  await cid.next("notification");
  assertEquals(cid.all("notification").map(({ name }) => name), ["dan"]);
});

Deno.test("in a room of more than 16 the joins of half a second are told in few writes", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const names = Array.from({ length: 60 }, (_, at) => `m${at}`);
  for (const name of names) await ChatPeer.connect(house.hub, name, { room: "lobby" });
  await turn();
  assertEquals(ann.all("notification").map(({ name }) => name), names.slice(0, 15));
  const before = ann.writes;
  house.clock.advance(500);
  await ann.next("notification", 60);
  assertEquals(ann.all("notification").map(({ name }) => name), names);
  assert(ann.writes - before <= 4, `${ann.writes - before} writes for 45 joins`);
});

Deno.test("what is said in a rush of joins is told at once, after the joins before it", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const peers: ChatPeer[] = [];
  for (let at = 0; at < 30; at++) {
    peers.push(await ChatPeer.connect(house.hub, `m${at}`, { room: "lobby" }));
  }
  await peers[29]!.ask("message", { room: "lobby", text: "hello", id: "m" });
  await ann.next("message");
  assertEquals(ann.all("notification").length, 30);
  assertEquals(ann.received.at(-1)!.type, "message");
});

Deno.test("in a room of more than 100 the joins and leaves of one second are one notification each", async () => {
  await using house = openHouse({ limits: { crowdMembers: 10 } });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const peers = [];
  for (let at = 0; at < 30; at++) {
    peers.push(await ChatPeer.connect(house.hub, `n${at}`, { room: "lobby" }));
  }
  await turn();
  const alone = ann.all("notification").length;
  assertEquals(alone, 9);
  for (const peer of peers.slice(0, 5)) await peer.ask("quit", {});
  house.clock.advance(1_000);
  await ann.next("notification", alone + 2);
  const [joins, leaves] = ann.all("notification").slice(alone);
  assertEquals([joins!.kind, joins!.count, joins!.name], ["join", 26, undefined]);
  assertEquals([leaves!.kind, leaves!.count, leaves!.name], ["leave", 26, undefined]);
  assertEquals(joins!.message, "21 members joined lobby: 26 members are here");
});

Deno.test("in a crowd the last word on a member is how it is: who comes back in the same second is there", async () => {
  await using house = openHouse({ limits: { crowdMembers: 2 } });
  const peers: ChatPeer[] = [];
  for (const name of ["ann", "bob", "cid", "dan"]) {
    peers.push(await ChatPeer.connect(house.hub, name, { room: "lobby" }));
  }
  await house.clock.advanceAsync(1_000);
  const [ann, , , dan] = peers;
  const before = ann!.all("notification").length;
  await dan!.ask("away", { away: true });
  await dan!.ask("leave", { room: "lobby" });
  await dan!.ask("away", { away: false });
  await dan!.ask("join", { room: "lobby" });
  await house.clock.advanceAsync(1_000);
  await ann!.next("notification", before + 1);
  const told = ann!.all("notification").slice(before).map(({ kind, name, count }) =>
    [kind, name, count] as const
  );
  assertEquals(told, [["join", "dan", 4]]);
});

Deno.test("a room that everybody left has no timer and no memory", async () => {
  const registry = memoryRegistry({ clock: new FakeClock() });
  await using house = openHouse({ registry, limits: { crowdMembers: 1 } });
  const peers = [];
  for (const name of ["a", "b", "c"]) {
    peers.push(await ChatPeer.connect(house.hub, name, { room: "lobby" }));
  }
  for (const peer of peers) await peer.ask("quit", {});
  await Promise.all(peers.map((peer) => peer.ended));
  await turn();
  assertEquals(house.clock.pending, 0);
  assertEquals(house.hub.heldBytes.feeds, 0);
});

Deno.test("a room of 5,000 who all come in one second is told of in a hundred notices, not in millions", async () => {
  await using house = openHouse();
  const peers: ChatPeer[] = [];
  for (let at = 0; at < 5_000; at++) {
    peers.push(await ChatPeer.connect(house.hub, `n${at}`, { room: "lobby" }));
  }
  await house.clock.advanceAsync(1_000);
  const [first] = peers;
  await first!.until(() => first!.all("notification").at(-1)?.count === 5_000);
  // Those up to the hundredth one by one, then all others at once.
  assertEquals(first!.all("notification").length, 100);
  const told = peers.reduce((sum, peer) => sum + peer.all("notification").length, 0);
  assertEquals(told, 99 * 100 / 2 + 5_000);
  for (const peer of peers.slice(1)) peer.member.abort("gone");
  await house.clock.advanceAsync(1_000);
  const last = await first!.next("notification", 101);
  assertEquals([last.kind, last.count, last.name], ["leave", 1, undefined]);
  assertEquals(first!.all("notification").length, 101);
});

Deno.test("of two sessions of one device the one that was opened later stays, whichever `connect` comes first", async () => {
  await using house = openHouse();
  const first = await ChatPeer.connect(house.hub, "ann", { room: "lobby", device: "laptop" });
  const { token } = await first.next("connect_ack");
  first.member.abort("gone");
  // Its client gave this connection up and made another one before the server read its `connect`.
  const late = new ChatPeer(house.hub);
  const present = await ChatPeer.connect(house.hub, "ann", { device: "laptop", token });
  await late.ask("connect", { protocol: 1, name: "ann", device: "laptop", token });
  assertEquals(await late.ended, "replaced");
  await present.ask("ping", { t: 1 });
  await present.next("pong");
  assertEquals(present.outcome, "open");
});
