import { assertEquals } from "@std/assert";
import { memoryLog } from "../../log/memory.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

const STEP_MS = 1_000;

/** Says some texts in the lobby, a second apart. */
async function say(
  house: { readonly clock: FakeClock },
  peer: ChatPeer,
  ...texts: readonly string[]
) {
  for (const text of texts) {
    house.clock.advance(STEP_MS);
    const acks = peer.all("ack").length;
    await peer.ask("message", { room: "lobby", text, id: `id-${text}` });
    await peer.next("ack", acks + 1);
  }
}

Deno.test("an id that was used for another recipient is a conflict, and the new recipient gets nothing", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const bob = await ChatPeer.connect(house.hub, "bob");
  const cid = await ChatPeer.connect(house.hub, "cid");
  await ann.ask("private", { to: "bob", text: "for bob", id: "m1" });
  await ann.next("ack");
  await ann.ask("private", { to: "cid", text: "for bob", id: "m1" });
  assertEquals((await ann.next("error")).code, "id_conflict");
  // The id is still that of the first, and free between ann and cid under no other.
  await ann.ask("private", { to: "bob", text: "for bob", id: "m1" });
  assertEquals((await ann.next("ack", 2)).duplicate, true);
  await ann.ask("private", { to: "cid", text: "for cid", id: "m2" });
  await ann.next("ack", 3);
  assertEquals((await cid.next("private")).text, "for cid");
  await cid.ask("history", { stream: "@cid" });
  assertEquals((await cid.next("history")).messages.map(({ text }) => text), ["for cid"]);
  assertEquals(bob.all("private").length, 1);
});

Deno.test("a repeat of a private message completes the copy that retention of ids has lost", async () => {
  const clock = new FakeClock();
  await using log = memoryLog({ clock });
  await using house = openHouse({ clock, log });
  const ann = await ChatPeer.connect(house.hub, "ann");
  await ChatPeer.connect(house.hub, "bob");
  const body = '{"to":"bob","text":"half"}';
  await log.append([{ stream: "@bob", sender: "ann", id: "m1", at: clock.now(), body }]);
  await ann.ask("private", { to: "bob", text: "half", id: "m1" });
  assertEquals((await ann.next("ack")).duplicate, undefined);
  assertEquals((await ann.next("private")).text, "half");
  assertEquals((await log.state("@bob")).last, 1);
});

Deno.test("what was missed is told with the time since when, where it is counted from the stored position", async () => {
  await using house = openHouse();
  const start = house.clock.now();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const { token } = await bob.next("connect_ack");
  await say(house, ann, "1", "2");
  house.clock.advance(STEP_MS);
  await bob.ask("seen", { stream: "lobby", seq: 2 });
  house.clock.advance(STEP_MS);
  // Saying it again moves nothing but the time.
  await bob.ask("seen", { stream: "lobby", seq: 2 });
  house.clock.advance(STEP_MS);
  await bob.ask("seen", { stream: "lobby", seq: 1 });
  await bob.ask("quit", {});
  await say(house, ann, "3", "4", "5");
  const back = await ChatPeer.connect(house.hub, "bob", { token, room: "lobby" });
  const joined = await back.next("joined");
  assertEquals([joined.missed, joined.missedSince], [3, start + 4 * STEP_MS]);
  await back.next("message", 3);
  assertEquals(back.texts(), ["3", "4", "5"]);

  const { log } = await back.next("connect_ack");
  const cursor = await ChatPeer.connect(house.hub, "bob", {
    token,
    log,
    since: { lobby: 1 },
    room: "lobby",
  });
  const brought = await cursor.next("joined");
  assertEquals([brought.missed, brought.missedSince], [4, undefined]);
});

Deno.test("what an inbox missed is told with the time since when; what was never read, without", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann");
  const bob = await ChatPeer.connect(house.hub, "bob");
  const { token } = await bob.next("connect_ack");
  const write = async (id: string) => {
    house.clock.advance(STEP_MS);
    const acks = ann.all("ack").length;
    await ann.ask("private", { to: "bob", text: id, id });
    await ann.next("ack", acks + 1);
  };
  await write("1");
  const second = await ChatPeer.connect(house.hub, "bob", { token });
  const { inbox } = await second.next("connect_ack");
  assertEquals(inbox, { seq: 1, missed: 1, complete: true });
  const seenAt = house.clock.now();
  await second.ask("seen", { stream: "@bob", seq: 1 });
  await write("2");
  await write("3");
  const third = await ChatPeer.connect(house.hub, "bob", { token });
  assertEquals((await third.next("connect_ack")).inbox, {
    seq: 3,
    missed: 2,
    missedSince: seenAt,
    complete: true,
  });
});

Deno.test("only seen moves the stored position: what is written to a connection does not", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const { token } = await bob.next("connect_ack");
  await say(house, ann, "1");
  await bob.next("message");
  await bob.ask("seen", { stream: "lobby", seq: 1 });
  await say(house, ann, "2", "3");
  await bob.next("message", 3);
  await bob.ask("quit", {});
  for (let times = 0; times < 2; times++) {
    const back = await ChatPeer.connect(house.hub, "bob", { token, room: "lobby" });
    assertEquals((await back.next("joined")).missed, 2);
    await back.next("message", 2);
    await turn();
    assertEquals(back.texts(), ["2", "3"]);
    await back.ask("quit", {});
  }
});
