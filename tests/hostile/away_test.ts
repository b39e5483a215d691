import { assert, assertEquals } from "@std/assert";
import { AWAY_BURST } from "../../chat/away.ts";
import { encodeFrame } from "../../codec/encoder.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { Wire } from "../support/wire.ts";

// What somebody can do to others by saying that it is away, over real sockets.

const TOKEN = "e".repeat(64);
const DEVICES = 8;
/** So many words of one device are more than its pace lets through at once, and more than a room is told of. */
const WORDS = 15;

async function connect(server: ChatServer, name: string): Promise<Wire> {
  const wire = await Wire.dial(server.address);
  await wire.send("connect", { protocol: 1, name, token: TOKEN, room: "lobby" });
  await wire.next("joined");
  return wire;
}

/** A request as bytes, with whatever is in it. */
function request(payload: string): Uint8Array<ArrayBuffer> {
  return encodeFrame("json", new TextEncoder().encode(`{"type":"away","payload":${payload}}`));
}

/** What a member is told until something is said in the lobby. */
async function heardUntil(wire: Wire, text: string): Promise<string[]> {
  const heard: string[] = [];
  for (;;) {
    const message = await wire.receive();
    assert(message !== undefined, "the connection has ended");
    if (message.type === "message" && message.payload.text === text) return heard;
    if (message.type === "notification" && message.payload.kind !== "join") {
      heard.push(message.payload.message);
    }
  }
}

Deno.test("who says with eight devices at once that it is away and back tells a room six times, and no more", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using ann = await connect(server, "ann");
  const eves: Wire[] = [];
  for (let device = 0; device < DEVICES; device++) eves.push(await connect(server, "eve"));
  const codes = await Promise.all(eves.map(async (eve, device) => {
    const words = Array.from(
      { length: WORDS },
      (_, at) => `{"away":true,"text":"${device}/${at}"}`,
    );
    for (const word of words) await eve.raw(request(word));
    const answers: string[] = [];
    while (answers.length < WORDS) {
      const message = await eve.receive();
      if (message?.type === "error") answers.push(message.payload.code);
      else if (message?.type === "away") answers.push("told");
    }
    return answers;
  }));
  const all = codes.flat();
  assertEquals(all.filter((code) => code === "told").length, AWAY_BURST);
  assertEquals(new Set(all), new Set(["told", "rate_limited"]));
  await eves[0]!.send("message", { room: "lobby", text: "done", id: "m1" });
  assertEquals((await heardUntil(ann, "done")).length, AWAY_BURST);
  for (const eve of eves) eve[Symbol.dispose]();
});

Deno.test("nothing that says to be away in a wrong or forged way is told to anybody, or ends the connection", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using ann = await connect(server, "ann");
  using eve = await connect(server, "eve");
  const wrong = [
    `{"away":true,"text":"\\u001b[2J\\u001b]0;owned\\u0007"}`,
    `{"away":true,"text":"\\u009b2J"}`,
    `{"away":true,"text":"one\\ntwo"}`,
    `{"away":true,"text":"\\ud800"}`,
    `{"away":true,"text":"${"x".repeat(201)}"}`,
    `{"away":true,"text":"${"x".repeat(60_000)}"}`,
    `{"away":true,"text":{"length":1}}`,
    `{"away":true,"since":-1}`,
    `{"away":true,"since":1e400}`,
    `{"away":"true"}`,
    `{"text":"lunch"}`,
  ];
  for (const payload of wrong) {
    await eve.raw(request(payload));
    const { code } = await eve.next("error");
    assert(["invalid_text", "invalid_message"].includes(code), `${code} of ${payload}`);
  }
  await eve.raw(request(`{"away":true,"name":"ann","room":"den","text":"as ann?"}`));
  await eve.next("away");
  await eve.send("message", { room: "lobby", text: "done", id: "m1" });
  assertEquals(await heardUntil(ann, "done"), ["eve is away: as ann?"]);
  await ann.send("who", { room: "lobby", details: true });
  const { people } = await ann.next("who");
  assertEquals(people!.map(({ name, away }) => [name, away?.text]), [
    ["ann", undefined],
    ["eve", "as ann?"],
  ]);
  using stranger = await Wire.dial(server.address);
  await stranger.raw(request(`{"away":true}`));
  assertEquals(await stranger.next("error").then(({ code }) => code), "unexpected_message");
});
