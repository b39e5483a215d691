import { assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import type { RoomLeft } from "../../client/events.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { ChatServer } from "../../server/chat_server.ts";

/** The next time that a client left a room. */
async function nextLeft(client: ChatClient): Promise<RoomLeft> {
  for (;;) {
    const { value, done } = await client.events[Symbol.asyncIterator]().next();
    if (done) throw new Error("The client has ended");
    if (value.type === "left") return value.payload;
  }
}

Deno.test("ChatClient creates rooms, asks about them and moderates them", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await ChatClient.connect({ ...server.address, name: "ann" });
  await using bob = await ChatClient.connect({ ...server.address, name: "bob" });
  await ann.create("Den", { topic: "tea", private: true });
  await assertRejects(() => bob.create("den"), ProtocolError, "there is such a room already");
  const joined = await ann.join("den");
  assertEquals([joined.topic, joined.isPrivate, joined.role], ["tea", true, "owner"]);
  await assertRejects(() => bob.join("den"), ProtocolError, "private");
  const { action, name } = await ann.moderate("den", "invite", { name: "BOB" });
  assertEquals([action, name], ["invite", "bob"]);
  await bob.join("den");
  const { seq } = await bob.send("den", "an advertisement");
  await ann.moderate("den", "delete", { seq });
  const { messages } = await bob.history("den");
  assertEquals(messages.map(({ text }) => text), ["", ""]);
  const { until } = await ann.moderate("den", "mute", { name: "bob", forMs: 60_000 });
  await assertRejects(() => bob.send("den", "hello"), ProtocolError, "muted there until");
  const info = await ann.roomInfo("den");
  assertEquals([info.owner, info.invited, info.muted], ["ann", ["bob"], [{
    name: "bob",
    until: until!,
  }]]);
  await assertRejects(
    () => bob.moderate("den", "topic", { topic: "ads" }),
    ProtocolError,
    "only its owner",
  );
});

Deno.test("ChatClient tells why it was made to leave a room, and does not come back by itself", async () => {
  await using server = ChatServer.listen({ port: 0 });
  await using ann = await ChatClient.connect({ ...server.address, name: "ann", room: "den" });
  await using bob = await ChatClient.connect({ ...server.address, name: "bob", room: "den" });
  await ann.moderate("den", "kick", { name: "bob", reason: "too loud" });
  const { room, error } = await nextLeft(bob);
  assertEquals([room, error?.code], ["den", "kicked"]);
  assertEquals(await Array.fromAsync(ann.who("den")), ["ann"]);
  await assertRejects(() => bob.send("den", "hello"), ProtocolError, "You are not in");
  await bob.join("den");
  await ann.moderate("den", "ban", { name: "bob" });
  assertEquals((await nextLeft(bob)).error?.code, "banned");
});
