import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ChatClient } from "../../../client/chat_client.ts";
import { ProtocolError } from "../../../codec/errors.ts";
import { RoomDesk } from "../../../program/chat/room_desk.ts";
import { ChatServer } from "../../../server/chat_server.ts";

/** A desk of ann's, who owns `den`, and what it has told. */
async function openDesk(who = "ann") {
  const server = ChatServer.listen({ port: 0 });
  const ann = await ChatClient.connect({ ...server.address, name: "ann", room: "den" });
  const bob = await ChatClient.connect({ ...server.address, name: "bob", room: "den" });
  const told: string[] = [];
  const desk = new RoomDesk({
    client: who === "ann" ? ann : bob,
    room: () => "den",
    notice: (...lines) => told.push(...lines),
  });
  return {
    ...{ ann, bob, desk, told },
    async [Symbol.asyncDispose]() {
      await ann.close();
      await bob.close();
      await server.close();
    },
  };
}

Deno.test("RoomDesk tells its owner everything about a room", async () => {
  await using house = await openDesk();
  const { desk, told, ann } = house;
  await desk.do({ kind: "topic" });
  await desk.do({ kind: "room" });
  assertEquals(told.splice(0), ["den has no topic", "den is open to everybody; its owner is ann"]);
  await ann.moderate("den", "op", { name: "bob" });
  await desk.do({ kind: "moderate", action: "topic", topic: "tea" });
  await desk.do({ kind: "moderate", action: "private" });
  await desk.do({ kind: "moderate", action: "mute", name: "ann" }).catch(() => {});
  assertEquals(told, []);
  await desk.do({ kind: "topic" });
  await desk.do({ kind: "room" });
  assertEquals(told, [
    "The topic of den: tea",
    "The topic of den: tea",
    "den is private: only who is invited may join; its owner is ann",
    "Operators: bob",
    "Invited: ann, bob",
  ]);
});

Deno.test("RoomDesk says what the room is not told", async () => {
  await using house = await openDesk();
  const { desk, told } = house;
  for (const action of ["invite", "uninvite", "ban", "unban", "kick", "unmute"] as const) {
    await desk.do({ kind: "moderate", action, name: "Bob" });
  }
  assertEquals(told, [
    "bob is invited to den",
    "bob is not invited to den any more",
    "bob may join den again",
  ]);
  told.length = 0;
  await desk.do({ kind: "moderate", action: "ban", name: "bob", forMs: 3_600_000 });
  await desk.do({ kind: "room" });
  assertMatch(told.at(-1)!, /^Banned: bob \(until /);
});

Deno.test("RoomDesk hands the server's no on, and tells others what everybody may know", async () => {
  await using house = await openDesk("bob");
  const { desk, told, ann } = house;
  await ann.moderate("den", "ban", { name: "ann" }).catch(() => {});
  await assertRejects(
    () => desk.do({ kind: "moderate", action: "private" }),
    ProtocolError,
    "owner (ann)",
  );
  await desk.do({ kind: "room" });
  assertEquals(told, ["den is open to everybody; its owner is ann"]);
});
