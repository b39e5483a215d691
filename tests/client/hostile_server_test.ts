import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { ScriptedServer, type ServerSide } from "./scripted_server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const frame = (text: string) => encodeFrame("json", bytes(text));

/** A client in `lobby` that is not to reconnect, and the server's side of it. */
async function inLobby(): Promise<{ client: ChatClient; side: ServerSide; clock: FakeClock }> {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const { dial } = server;
  const client = new ChatClient({ name: "ann", room: "lobby", dial, clock, reconnect: false });
  const [side] = await Promise.all([server.welcome({ lobby: { seq: 10 } }), client.connect()]);
  return { client, side, clock };
}

for (
  const [what, sent, code] of [
    ["bytes that are no frame", bytes("HTTP/1.1 502 Bad Gateway\r\n"), "bad_frame"],
    ["a frame over the limit", new Uint8Array([0, 0xff, 0xff, 0xff, 1]), "frame_too_large"],
    ["a frame of file data", encodeFrame("data", bytes("x")), "unexpected_data"],
    ["text that is no JSON", frame("{"), "invalid_json"],
    ["JSON that is no object", frame("[1]"), "invalid_json"],
    ["a message without its fields", frame('{"type":"message","payload":{}}'), "invalid_message"],
    [
      "a number that is none",
      frame('{"type":"gap","payload":{"stream":"lobby","after":-1,"through":1e400}}'),
      "invalid_message",
    ],
    [
      "a join that nobody asked for",
      frame(
        '{"type":"joined","payload":{"room":"x","count":1,"seq":1,"missed":0,"complete":true}}',
      ),
      "unexpected_message",
    ],
  ] as const
) {
  Deno.test(`ChatClient disconnects from a server that sends ${what}`, async () => {
    const { client, side, clock } = await inLobby();
    await side.sendRaw(sent);
    const error = await assertRejects(() => client.closed, ProtocolError);
    assertEquals(error.code, code);
    assertEquals(clock.pending, 0);
  });
}

Deno.test("ChatClient disconnects from a server that answers with another type", async () => {
  const { client, side } = await inLobby();
  const asked = client.history("lobby");
  const { ref = "" } = await side.expect("history");
  side.send("who", { room: "lobby", members: [], more: false, ref });
  const error = await assertRejects(() => client.closed, ProtocolError);
  assertEquals(error.code, "unexpected_message");
  await assertRejects(() => asked, ProtocolError);
});

Deno.test("ChatClient disconnects from a server that greets twice", async () => {
  const { client, side } = await inLobby();
  await side.sendRaw(frame(JSON.stringify({
    type: "connect_ack",
    payload: {
      message: "",
      protocol: 1,
      name: "ann",
      token: "t",
      log: "l",
      resumed: false,
      limits: {},
      inbox: { seq: 0, missed: 0, complete: true },
    },
  })));
  const error = await assertRejects(() => client.closed, ProtocolError);
  assertEquals(error.code, "unexpected_message");
});

Deno.test("ChatClient passes over types that it does not know: the wire may grow", async () => {
  const { client, side } = await inLobby();
  await side.sendRaw(frame('{"type":"reaction","payload":{"emoji":"x"}}'));
  const time = client.ping();
  const { t, ref = "" } = await side.expect("ping");
  side.send("pong", { t, ref });
  await time;
  client.abort();
});

Deno.test("ChatClient shows nothing of rooms that it is not in, and keeps no cursor of them", async () => {
  const { client, side } = await inLobby();
  side.say(1, "spam", "elsewhere");
  side.send("gap", { stream: "@bob", after: 0, through: 9 });
  side.say(11);
  const seen: string[] = [];
  for await (const { type, payload } of client.events) {
    if (type === "message") {
      seen.push(payload.room);
      break;
    }
    assert(type === "connected" || type === "joined");
  }
  assertEquals(seen, ["lobby"]);
  client.abort();
});

Deno.test("ChatClient goes on after an error whose code it does not know, unless the end follows", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock });
  const [side] = await Promise.all([server.welcome(), client.connect()]);
  side.send("error", { code: "from_the_future", message: "hm" });
  side.send("ping", { t: 1 });
  await side.expect("pong");
  side.send("notification", { kind: "news", message: "still here" });
  side.send("error", { code: "banned_in_the_future", message: "go" });
  await side.end();
  const error = await assertRejects(() => client.closed, ProtocolError, "go");
  assertEquals(error.code, "banned_in_the_future");
  assertEquals(server.dials, 1);
});

Deno.test("ChatClient does not follow a list that never gets on", async () => {
  const { client, side } = await inLobby();
  const names = Array.fromAsync(client.who("lobby"));
  for (let page = 0; page < 2; page++) {
    const { ref = "" } = await side.expect("who");
    side.send("who", { room: "lobby", members: ["zoe"], more: true, ref });
  }
  assertEquals(await names, ["zoe", "zoe"]);
  client.abort();
});

Deno.test("ChatClient holds no more than 16 times its queue, whatever the server sends (I3)", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  let taken = 0;
  const client = new ChatClient({
    name: "ann",
    room: "lobby",
    dial: server.dial,
    clock,
    maxQueuedEvents: 4,
    onMessage: ({ type }) => taken += type === "message" ? 1 : 0,
  });
  const [side] = await Promise.all([server.welcome({ lobby: {} }), client.connect()]);
  // A request that the server never answers.
  const asked = client.history("lobby");
  const failed = assertRejects(() => asked, Error, "enough");
  for (let seq = 1; seq <= 500; seq++) side.say(seq);
  for (let count = 0; count < 20; count++) await turn();
  // Two more events than messages wait: `connected` and `joined`.
  assertEquals(taken, 4 * 16 - 2);
  client.abort(new Error("enough"));
  await failed;
});
