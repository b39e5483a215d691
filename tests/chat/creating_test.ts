import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Joined } from "../../protocol/chat.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { ask, join, openRoomHouse, recordOf, say } from "../support/room_house.ts";

Deno.test("who creates a room owns it, with what he said of it, and is not in it yet", async () => {
  await using house = await openRoomHouse();
  const { member, outsider } = house.people;
  assertEquals(
    await ask(member, "create", { room: "Attic", topic: "old things", private: true }),
    undefined,
  );
  assertEquals(member.all("created").at(-1)!.room, "attic");
  assertEquals(await say(member, "hi", "attic"), "forbidden");
  assertEquals(await join(outsider, "attic"), "invite_only");
  const { topic, isPrivate, role } = await join(member, "attic") as Joined;
  assertEquals([topic, isPrivate, role], ["old things", true, "owner"]);
});

Deno.test("a secret room's file is told to who joins, and only what is sealed is said there", async () => {
  await using house = await openRoomHouse();
  const { member, outsider, owner } = house.people;
  const secret = "YWdlLWVuY3J5cHRpb24ub3JnL3Yx";
  assertEquals(await ask(member, "create", { room: "safe", secret }), undefined);
  assertEquals((await join(member, "safe") as Joined).secret, secret);
  assertEquals((await join(outsider, "safe") as Joined).secret, secret);
  assertEquals(await say(member, "in the open", "safe"), "sealed_only");
  assertEquals(await say(outsider, "in the open", "safe"), "sealed_only");
  assertMatch(outsider.all("error").at(-1)!.message, /secret/);
  assertEquals((await house.log.state("safe")).last, 0);
  assertEquals(await ask(owner, "room", { room: "safe" }), undefined);
  assertEquals(owner.all("room").at(-1)!.isSecret, true);
  assertEquals(JSON.stringify(owner.all("room")).includes(secret), false);
});

Deno.test("a room is created once, and none where somebody is, or was", async () => {
  await using house = await openRoomHouse();
  const { member, outsider, guest } = house.people;
  assertEquals(await ask(member, "create", { room: "den" }), "room_exists");
  assertEquals(await ask(member, "create", { room: "lobby" }), "room_exists");
  assertMatch(member.all("error").at(-1)!.message, /everybody's/);
  await house.log.append([{ stream: "old", sender: "x", id: "1", at: 1, body: '{"text":"x"}' }]);
  assertEquals(await ask(member, "create", { room: "old", secret: "YWdl" }), "room_exists");
  // Nobody becomes the owner of a room that others are in.
  await join(guest, "camp");
  assertEquals(await ask(member, "create", { room: "camp", private: true }), "room_exists");
  const both = await Promise.all([
    ask(member, "create", { room: "new", topic: "mine" }),
    ask(outsider, "create", { room: "new", topic: "ours" }),
  ]);
  assertEquals(both.filter((code) => code === undefined).length, 1);
  assertEquals(both.filter((code) => code === "room_exists").length, 1);
  assert(await recordOf(house, "new") !== undefined);
});

Deno.test("guests create nothing, and nothing wrong is kept", async () => {
  await using house = await openRoomHouse();
  const { guest, member } = house.people;
  assertEquals(await ask(guest, "create", { room: "camp" }), "guests_own_nothing");
  assertEquals(await ask(member, "create", { room: "a b" }), "invalid_room");
  assertEquals(await ask(member, "create", { room: "camp", topic: "\u001b[2J" }), "invalid_text");
  assertEquals(await ask(member, "create", { room: "camp", topic: "two\nlines" }), "invalid_text");
  assertEquals(await recordOf(house, "camp"), undefined);
});

Deno.test("one makes so many rooms and no more, one's address four times as many; joining goes on", async () => {
  const limits = { newRoomBurst: 3, newRoomsPerHour: 3_600 };
  await using house = await openRoomHouse({ limits });
  const peers = await Promise.all(Array.from({ length: 6 }, async (_, at) => {
    const peer = new ChatPeer(house.hub, { origin: "192.0.2.1" });
    await peer.ask("connect", { protocol: 1, name: `p${at}` });
    return peer;
  }));
  const [first] = peers as [ChatPeer];
  for (let at = 0; at < 3; at++) {
    assertEquals(await ask(first, "create", { room: `a${at}` }), undefined);
  }
  assertEquals(await ask(first, "create", { room: "a3" }), "too_many_new_rooms");
  assertEquals(first.all("error").at(-1)!.retryAfterMs, 1_000);
  const joined = await join(first, "a3") as Joined;
  assertEquals([joined.role, await recordOf(house, "a3")], [undefined, undefined]);
  const codes: (string | undefined)[] = [];
  for (const [at, peer] of peers.entries()) {
    if (at === 0) continue;
    for (let count = 0; count < 3; count++) {
      codes.push(await ask(peer, "create", { room: `b${at}-${count}` }));
    }
  }
  assertEquals(codes.filter((code) => code === undefined).length, 9);
  assertEquals(codes.filter((code) => code === "too_many_new_rooms").length, 6);
  house.clock.advance(1_000);
  assertEquals(await ask(first, "create", { room: "a4" }), undefined);
});

Deno.test("a registry that takes nothing keeps nobody out of a new room, and creates none", async () => {
  await using house = await openRoomHouse();
  const { member } = house.people;
  const put = house.registry.put.bind(house.registry);
  house.registry.put = (key, ...rest) =>
    key.startsWith("room/") ? Promise.reject(new Error("disk is full")) : put(key, ...rest);
  assertEquals((await join(member, "camp") as Joined).role, undefined);
  assertEquals(await say(member, "still here", "camp"), undefined);
  assertEquals(await ask(member, "create", { room: "other" }), "storage_failed");
});
