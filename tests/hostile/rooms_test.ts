import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ChatServer } from "../../server/chat_server.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { Wire } from "../support/wire.ts";

async function dial(server: ChatServer, name: string, room?: string): Promise<Wire> {
  const wire = await Wire.dial(server.address);
  await wire.send("connect", { protocol: 1, name, ...(room === undefined ? {} : { room }) });
  await wire.next(room === undefined ? "connect_ack" : "joined");
  return wire;
}

/** Requests that no honest client makes, of somebody who owns `den`, and their codes. */
const WRONG: readonly (readonly [string, string, object, string])[] = [
  ["no action", "moderate", { room: "den" }, "invalid_message"],
  ["an action that is none", "moderate", { room: "den", action: "own" }, "invalid_message"],
  ["one of the prototype's", "moderate", { room: "den", action: "constructor" }, "invalid_message"],
  [
    "a name that is a number",
    "moderate",
    { room: "den", action: "ban", name: 7 },
    "invalid_message",
  ],
  [
    "a time of nothing",
    "moderate",
    { room: "den", action: "ban", name: "bob", forMs: 0 },
    "invalid_message",
  ],
  [
    "a time before now",
    "moderate",
    { room: "den", action: "ban", name: "bob", forMs: -1 },
    "invalid_message",
  ],
  [
    "a time without end",
    "moderate",
    { room: "den", action: "ban", name: "bob", forMs: 1e300 },
    "invalid_message",
  ],
  [
    "half a millisecond",
    "moderate",
    { room: "den", action: "mute", name: "bob", forMs: 1000.5 },
    "invalid_message",
  ],
  [
    "a message before the first",
    "moderate",
    { room: "den", action: "delete", seq: -1 },
    "invalid_message",
  ],
  [
    "a message of no number",
    "moderate",
    { room: "den", action: "delete", seq: 0.5 },
    "invalid_message",
  ],
  ["a message of an inbox", "moderate", { room: "@bob", action: "delete", seq: 1 }, "invalid_room"],
  ["an inbox as a room", "create", { room: "@bob" }, "invalid_room"],
  ["an inbox to ask about", "room", { room: "@bob" }, "invalid_room"],
  ["a path as a room", "create", { room: "../registry" }, "invalid_room"],
  [
    "a topic without end",
    "moderate",
    { room: "den", action: "topic", topic: "x".repeat(600) },
    "invalid_message",
  ],
  [
    "a topic that moves cursors",
    "moderate",
    { room: "den", action: "topic", topic: "\u001b[2J" },
    "invalid_text",
  ],
  [
    "a topic of many lines",
    "moderate",
    { room: "den", action: "topic", topic: "a\nb" },
    "invalid_text",
  ],
  [
    "half a character",
    "moderate",
    { room: "den", action: "topic", topic: "\ud800" },
    "invalid_text",
  ],
  ["a reason that moves cursors", "moderate", {
    room: "den",
    action: "kick",
    name: "bob",
    reason: "\r",
  }, "invalid_text"],
  [
    "a secret without end",
    "create",
    { room: "safe", secret: "A".repeat(5_000) },
    "invalid_message",
  ],
  ["a secret that is no base64", "create", { room: "safe", secret: "<script>" }, "invalid_message"],
  ["an empty secret", "create", { room: "safe", secret: "" }, "invalid_message"],
  ["a page of a million", "room", { room: "den", limit: 1_000_000 }, "invalid_message"],
];

Deno.test("requests about rooms that no honest client makes are answered no, and change nothing", async () => {
  await using registry = memoryRegistry();
  await using server = ChatServer.listen({ port: 0, registry, limits: { requestBurst: 0 } });
  using ann = await dial(server, "ann", "den");
  using _bob = await dial(server, "bob", "den");
  const before = (await registry.get("room/den"))!.value;
  for (const [what, type, payload, code] of WRONG) {
    await ann.send(type, { ...payload, ref: what });
    const error = await ann.next("error");
    assertEquals([error.code, error.ref], [code, what]);
  }
  assertEquals((await registry.get("room/den"))!.value, before);
  assertEquals((await registry.list("room/")).length, 1);
});

Deno.test("whatever a stranger asks of a private room, he learns and changes nothing of it", async () => {
  await using registry = memoryRegistry();
  await using server = ChatServer.listen({ port: 0, registry, limits: { requestBurst: 0 } });
  using ann = await dial(server, "ann", "den");
  await ann.send("message", { room: "den", text: "the recipe", id: "m1" });
  await ann.next("ack");
  await ann.send("moderate", { room: "den", action: "topic", topic: "cooking" });
  await ann.next("moderated");
  await ann.send("moderate", { room: "den", action: "private" });
  await ann.next("moderated");
  const before = (await registry.get("room/den"))!.value;
  using eve = await dial(server, "eve");
  const room = fc.constantFrom("den", "DEN", "Den");
  const action = fc.constantFrom(
    ...["kick", "ban", "unban", "mute", "unmute", "invite", "uninvite", "op", "deop", "topic"],
    ...["delete", "private", "public"],
  );
  const requests = fc.oneof(
    fc.record({ type: fc.constant("join"), payload: fc.record({ room, since: fc.constant(0) }) }),
    fc.record({ type: fc.constant("room"), payload: fc.record({ room }) }),
    fc.record({ type: fc.constant("who"), payload: fc.record({ room }) }),
    fc.record({ type: fc.constant("create"), payload: fc.record({ room }) }),
    fc.record({ type: fc.constant("seen"), payload: fc.record({ stream: room, seq: fc.nat() }) }),
    fc.record({ type: fc.constant("history"), payload: fc.record({ stream: room }) }),
    fc.record({
      type: fc.constant("search"),
      payload: fc.record({ query: fc.constant("recipe"), room }),
    }),
    fc.record({
      type: fc.constant("message"),
      payload: fc.record({ room, text: fc.string({ minLength: 1 }), id: fc.uuid() }),
    }),
    fc.record({
      type: fc.constant("moderate"),
      payload: fc.record({
        ...{ room, action, name: fc.constantFrom("ann", "eve"), seq: fc.nat({ max: 3 }) },
        topic: fc.constant("mine"),
      }),
    }),
  );
  let ref = 0;
  await fc.assert(
    fc.asyncProperty(requests, async ({ type, payload }) => {
      await eve.send(type, { ...payload, ref: `${++ref}` });
      const { code, message } = await eve.next("error");
      const isNo = ["invite_only", "forbidden", "not_operator", "room_exists", "invalid_text"]
        .includes(code);
      assertEquals(
        [isNo, /recipe|cooking|\(ann\)/.test(message)],
        [true, false],
        `${type}: ${code} ${message}`,
      );
    }),
    { numRuns: 300 },
  );
  await eve.send("search", { query: "recipe" });
  assertEquals((await eve.next("search")).messages, []);
  await eve.send("rooms", {});
  assertEquals((await eve.next("rooms")).rooms, []);
  assertEquals((await registry.get("room/den"))!.value, before);
  await ann.send("history", { stream: "den" });
  assertEquals((await ann.next("history")).messages.length, 1);
});

Deno.test("a banned name that connects again and again stays out, and so does its program", async () => {
  await using server = ChatServer.listen({ port: 0, limits: { requestBurst: 0 } });
  using ann = await dial(server, "ann", "den");
  const first = await Wire.dial(server.address);
  await first.send("connect", { protocol: 1, name: "eve", room: "den" });
  const { token } = await first.next("connect_ack");
  await first.next("joined");
  await ann.send("moderate", { room: "den", action: "ban", name: "eve" });
  await ann.next("moderated");
  assertEquals((await first.next("left")).code, "banned");
  first[Symbol.dispose]();
  for (let tries = 0; tries < 5; tries++) {
    using again = await Wire.dial(server.address);
    await again.send("connect", {
      protocol: 1,
      name: "EVE",
      token,
      room: "den",
      since: { den: 0 },
    });
    await again.next("connect_ack");
    assertEquals((await again.next("error")).code, "banned");
    await again.send("message", { room: "den", text: "still here", id: `m${tries}` });
    assertEquals((await again.next("error")).code, "forbidden");
  }
});
