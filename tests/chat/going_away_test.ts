import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { AWAY_BURST } from "../../chat/away.ts";
import type { ChatRequest, Notification } from "../../protocol/chat.ts";
import { MAX_AWAY_CHARS } from "../../protocol/text.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { turn } from "../support/fake_clock.ts";
import { ask, moderate, openRoomHouse } from "../support/room_house.ts";
import type { PayloadOf } from "../support/wire.ts";

/** Goes away; gives the code of the error that is the answer, undefined where it is none. */
async function away(peer: ChatPeer, text?: string): Promise<string | undefined> {
  return await ask(peer, "away", { away: true, ...(text === undefined ? {} : { text }) });
}

async function back(peer: ChatPeer): Promise<string | undefined> {
  return await ask(peer, "away", { away: false });
}

/** What a peer was told of who is away and back. */
function told(peer: ChatPeer): Notification[] {
  return peer.all("notification").filter(({ kind }) => kind === "away" || kind === "back");
}

/** Waits until so many were told, and gives the last one. */
async function nextTold(peer: ChatPeer, count = 1): Promise<Notification> {
  await peer.until(() => told(peer).length >= count);
  return told(peer)[count - 1]!;
}

Deno.test("who goes away is told to the rooms that it is in, with its text, and when it is back", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const cid = await ChatPeer.connect(house.hub, "cid", { room: "den" });
  const since = house.clock.now();
  assertEquals(await away(ann, "lunch"), undefined);
  assertEquals(ann.all("away").at(-1)?.away, { text: "lunch", since });
  assertEquals(await nextTold(bob), {
    room: "lobby",
    kind: "away",
    name: "ann",
    away: { text: "lunch", since },
    count: 2,
    message: "ann is away: lunch",
  });
  assertEquals(await back(ann), undefined);
  assertEquals(ann.all("away").at(-1)?.away, undefined);
  const { kind, name, message, ...rest } = await nextTold(bob, 2);
  assertEquals([kind, name, message, rest.away], ["back", "ann", "ann is back", undefined]);
  assertEquals(told(cid), [], "who shares no room is told nothing");
  const page = await house.log.read("lobby", { after: 0, limit: 10, maxBytes: 1e6 });
  assertEquals(page.events, [], "it is not in the log");
});

Deno.test("who says again what holds already is answered, and nobody is told again", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const since = house.clock.now();
  await away(ann, "lunch");
  house.clock.advance(1_000);
  for (let times = 0; times < 3 * AWAY_BURST; times++) {
    assertEquals(await away(ann, "lunch"), undefined);
  }
  assertEquals(ann.all("away").at(-1)?.away, { text: "lunch", since }, "the time is kept");
  await away(ann, "");
  assertEquals((await nextTold(bob, 2)).message, "ann is away");
  assertEquals(told(bob).length, 2);
});

Deno.test("a flood of away and back is refused, over all connections of a name and over new ones", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const token = "5".repeat(64);
  const connect = () => ChatPeer.connect(house.hub, "eve", { room: "lobby", token });
  const eves = [await connect(), await connect()];
  const codes: (string | undefined)[] = [];
  for (let times = 0; times < 50; times++) codes.push(await away(eves[times % 2]!, `${times}`));
  assertEquals(codes.filter((code) => code === undefined).length, AWAY_BURST);
  assertEquals(new Set(codes.slice(AWAY_BURST)), new Set(["rate_limited"]));
  const { retryAfterMs } = eves[0]!.all("error").at(-1)!;
  assertEquals(retryAfterMs, 10_000);
  assertEquals(eves[0]!.outcome, "open");
  for (const eve of eves) eve.member.abort("gone");
  const again = await connect();
  assertEquals(await away(again, "new connection"), "rate_limited");
  await turn();
  assertEquals(told(bob).length, AWAY_BURST);
  house.clock.advance(10_000);
  assertEquals(await away(again, "later"), undefined);
  assertEquals(await away(bob, "another name has its own measure"), undefined);
});

Deno.test("in a crowd those who go away in one second are told in one notification, the last word of each", async () => {
  await using house = openHouse({ limits: { crowdMembers: 10 } });
  const peers: ChatPeer[] = [];
  for (let at = 0; at < 30; at++) {
    peers.push(await ChatPeer.connect(house.hub, `n${at}`, { room: "lobby" }));
  }
  await house.clock.advanceAsync(1_000);
  const [ann, ...others] = peers;
  for (const peer of others) await away(peer, "spam");
  for (const peer of others.slice(0, 4)) await back(peer);
  others[28]!.member.abort("gone");
  await turn();
  assertEquals(told(ann!), []);
  await house.clock.advanceAsync(1_000);
  await nextTold(ann!, 2);
  assertEquals(told(ann!).map(({ kind, name, count }) => [kind, name, count]), [
    ["away", undefined, 29],
    ["back", undefined, 29],
  ]);
  assertEquals(told(ann!)[0]!.message, "24 members are away: 29 members are here");
  await away(others[0]!, "lunch");
  await house.clock.advanceAsync(1_500);
  const { name, message } = await nextTold(ann!, 3);
  assertEquals([name, message], ["n1", "n1 is away: lunch"]);
});

Deno.test("what is said about being away is one line of 200 characters without control characters", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const hostile = ["two\nlines", "a\ttab", "\x1b[2J", "\u009b31m", "\x00", "\ud800", "\r"];
  for (const text of hostile) assertEquals(await away(ann, text), "invalid_text", text);
  assertEquals(await away(ann, "x".repeat(MAX_AWAY_CHARS + 1)), "invalid_text");
  assertEquals(told(ann), []);
  assertEquals(await away(ann, "字".repeat(MAX_AWAY_CHARS)), undefined);
});

Deno.test("nobody can say of somebody else that it is away", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const eve = await ChatPeer.connect(house.hub, "eve", { room: "lobby" });
  const forged = { away: true, name: "ann", sender: "ann", text: "gone for good" };
  await ask(eve, "away", forged as PayloadOf<ChatRequest, "away">);
  assertEquals((await nextTold(ann)).name, "eve");
  await ask(eve, "who", { room: "lobby", details: true });
  const { people } = eve.all("who").at(-1)!;
  assertEquals(people!.map(({ name, away }) => [name, away?.text]), [
    ["ann", undefined],
    ["eve", "gone for good"],
  ]);
  const nobody = new ChatPeer(house.hub);
  await nobody.ask("away", { away: true });
  assertEquals((await nobody.next("error")).code, "unexpected_message");
});

Deno.test("being away holds for the name on all its devices: while any is connected, and not longer", async () => {
  await using house = openHouse();
  const token = "6".repeat(64);
  const connect = (device: string) =>
    ChatPeer.connect(house.hub, "ann", { room: "lobby", device, token });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const laptop = await connect("laptop");
  const since = house.clock.now();
  await away(laptop, "lunch");
  const phone = await connect("phone");
  assertEquals((await phone.next("connect_ack")).away, { text: "lunch", since });
  const taken = await connect("laptop");
  assertEquals(await laptop.ended, "replaced");
  assertEquals((await taken.next("connect_ack")).away?.text, "lunch");
  taken.member.abort("gone");
  await ask(phone, "ping", { t: 1 });
  await ask(bob, "private", { to: "ann", text: "are you there?", id: "p1" });
  assertEquals((await bob.next("ack")).away, { text: "lunch", since });
  await phone.ask("quit", {});
  await phone.ended;
  const anew = await connect("phone");
  assertEquals((await anew.next("connect_ack")).away, undefined);
  await bob.ask("private", { to: "ann", text: "and now?", id: "p2" });
  assertEquals((await bob.next("ack", 2)).away, undefined);
});

Deno.test("one's other devices are told, also those in no room", async () => {
  await using house = openHouse();
  const token = "7".repeat(64);
  const laptop = await ChatPeer.connect(house.hub, "ann", { token });
  const phone = await ChatPeer.connect(house.hub, "ann", { token });
  await away(laptop, "lunch");
  const { room, name, away: state } = await nextTold(phone);
  assertEquals([room, name, state?.text], [undefined, "ann", "lunch"]);
  await back(phone);
  assertEquals((await nextTold(laptop)).kind, "back");
  assertEquals(told(phone).length, 1, "whoever says it has its answer");
});

Deno.test("what is said again on a new connection stands behind what another device said since", async () => {
  await using house = openHouse();
  const token = "8".repeat(64);
  const laptop = await ChatPeer.connect(house.hub, "ann", { room: "lobby", token });
  const phone = await ChatPeer.connect(house.hub, "ann", { token });
  const since = house.clock.now();
  await away(laptop, "lunch");
  laptop.member.abort("gone");
  house.clock.advance(1_000);
  await back(phone);
  const again = await ChatPeer.connect(house.hub, "ann", { room: "lobby", token });
  await ask(again, "away", { away: true, text: "lunch", since });
  assertEquals(again.all("away").at(-1)?.away, undefined);
  phone.member.abort("gone");
  again.member.abort("gone");
  const alone = await ChatPeer.connect(house.hub, "ann", { token });
  await ask(alone, "away", { away: true, text: "lunch", since });
  assertEquals(alone.all("away").at(-1)?.away, { text: "lunch", since }, "and keeps its time");
  await ask(alone, "away", { away: true, text: "later", since: 1e15 });
  assertEquals(alone.all("away").at(-1)?.away, { text: "later", since: house.clock.now() });
});

Deno.test("a room is told what was said while the device that is in it connected anew", async () => {
  await using house = openHouse();
  const connect = { device: "laptop", token: "b".repeat(64) };
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await ChatPeer.connect(house.hub, "ann", { room: "lobby", ...connect });
  const phone = await ChatPeer.connect(house.hub, "ann", { ...connect, device: "phone" });
  const laptop = await ChatPeer.connect(house.hub, "ann", connect);
  await away(phone, "lunch");
  await ask(laptop, "join", { room: "lobby" });
  assertEquals((await nextTold(bob)).message, "ann is away: lunch");
  await house.clock.advanceAsync(5_000);
  assertEquals(told(bob).length, 1);
});

Deno.test("who comes into a room and is away already is told so with its coming", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const ann = await ChatPeer.connect(house.hub, "ann");
  await away(ann, "lunch");
  await ask(ann, "join", { room: "lobby" });
  const { kind, name, away: state } = await bob.next("notification");
  assertEquals([kind, name, state?.text], ["join", "ann", "lunch"]);
});

Deno.test("a mute cannot be got round with what one says about being away", async () => {
  await using house = await openRoomHouse();
  const { owner, operator, member, outsider } = house.people;
  assertEquals(await moderate(operator, "mute", { name: "max" }), undefined);
  const since = house.clock.now();
  assertEquals(await away(member, "buy gold"), undefined);
  const notice = await nextTold(owner);
  assertEquals([notice.name, notice.away, notice.message], ["max", { since }, "max is away"]);
  await ask(owner, "who", { room: "den", details: true });
  const max = owner.all("who").at(-1)!.people!.find(({ name }) => name === "max");
  assertEquals(max?.away, { since });
  // In another room, where nobody has anything against it, it is told.
  await ask(outsider, "join", { room: "lobby" });
  await ask(member, "join", { room: "lobby" });
  const joins = outsider.all("notification");
  assertEquals([joins.at(-1)?.kind, joins.at(-1)?.away?.text], ["join", "buy gold"]);
  assertEquals(await away(operator, "lunch"), undefined);
  assertEquals((await nextTold(owner, 2)).message, "olga is away: lunch");
  // Nor by coming in with it.
  await ask(member, "leave", { room: "den" });
  await ask(member, "join", { room: "den" });
  await owner.until(() => owner.all("notification").at(-1)?.kind === "join");
  assertEquals(owner.all("notification").at(-1)!.away, { since });
});

Deno.test("in a secret room nothing is told as a member's that is not sealed", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const bob = await ChatPeer.connect(house.hub, "bob");
  assertEquals(await ask(ann, "create", { room: "vault", secret: "YWdl" }), undefined);
  for (const peer of [ann, bob]) await ask(peer, "join", { room: "vault" });
  const since = house.clock.now();
  await away(ann, "lunch");
  const notice = await nextTold(bob);
  assertEquals([notice.away, notice.message], [{ since }, "ann is away"]);
  await ask(bob, "who", { room: "vault", details: true });
  assertEquals(bob.all("who").at(-1)!.people![0]!.away, { since });
});

Deno.test("a program that writes to somebody away learns it", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  await away(ann, "lunch");
  const bearer = `${btoa("bob").replaceAll("=", "")}.${"9".repeat(64)}`;
  await ChatPeer.connect(house.hub, "bob", { token: "9".repeat(64) });
  const program = await house.hub.program(bearer, "memory:2");
  const ack = await program.postPrivate({ to: "ann", text: "hello", id: "p1" });
  assertEquals([ack.delivered, ack.away?.text], ["live", "lunch"]);
});

Deno.test("whatever devices say in whatever order, everybody who is in the room knows how it stands", async () => {
  const step = fc.record({
    device: fc.nat(2),
    do: fc.constantFrom("away", "back", "again", "abort"),
    text: fc.constantFrom(undefined, "a", "b"),
    ms: fc.constantFrom(0, 10_000, 30_000),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const limits = { idleTimeoutMs: 1e12, pingAfterMs: 1e12 };
      await using house = openHouse({ limits });
      const token = "a".repeat(64);
      const connect = () => ChatPeer.connect(house.hub, "ann", { room: "lobby", token });
      const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
      const devices = [await connect(), await connect(), await connect()];
      const gone = new Set<number>();
      for (const { device, do: what, text, ms } of steps) {
        await house.clock.advanceAsync(ms);
        const peer = devices[device]!;
        if (what === "again") {
          if (gone.delete(device)) devices[device] = await connect();
        } else if (gone.has(device)) continue;
        else if (what === "away") await away(peer, text);
        else if (what === "back") await back(peer);
        else {
          peer.member.abort("gone");
          gone.add(device);
        }
      }
      await house.clock.advanceAsync(1_000);
      await ask(bob, "who", { room: "lobby", details: true });
      const ann = bob.all("who").at(-1)!.people!.find(({ name }) => name === "ann");
      // What somebody believes who keeps what notifications tell.
      let believed: { text?: string; since: number } | undefined;
      for (const { kind, name, away } of bob.all("notification")) {
        if (name !== "ann") continue;
        believed = kind === "away" || kind === "join" ? away : undefined;
      }
      assertEquals(believed, ann?.away);
      for (const [at, peer] of devices.entries()) {
        if (gone.has(at)) continue;
        await ask(peer, "who", { room: "lobby", details: true });
        assertEquals(peer.all("who").at(-1)!.people![0]!.away, ann?.away);
      }
      assert(!bob.received.some(({ type }) => type === "error"));
    }),
    { numRuns: 40 },
  );
});
