import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { DisconnectedError } from "../../client/disconnected.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { type DeviceKey, verifySignature } from "../../identity/device_key.ts";
import { type Connection } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { formatBearer } from "../../protocol/bearer.ts";
import { endorsementText, proofText } from "../../protocol/signed_texts.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { newKey } from "../support/key_peer.ts";
import { ScriptedServer } from "./scripted_server.ts";

const NONCE = "1".repeat(64);

Deno.test("a client with a key owns its name, and comes back without a token", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const key = await newKey();
  const connections: Connection[] = [];
  const tapped = async (options: Parameters<typeof dial>[0]) => {
    connections.push(await dial(options));
    return connections.at(-1)!;
  };
  const options = { ...server.address, name: "ann", key };
  await using ann = await ChatClient.connect({ ...options, dial: tapped });
  const first = ann.token;
  connections[0]!.close();
  for await (const { type } of ann.events) if (type === "disconnected") break;
  for await (const { type } of ann.events) if (type === "connected") break;
  assert(ann.token !== first);
  const { keys } = await ann.keys("ANN");
  assertEquals(keys.map(({ key }) => key), [key.publicKey]);
  const refused = { ...server.address, name: "ann", token: ann.token! };
  const { code } = await assertRejects(() => ChatClient.connect(refused), ProtocolError);
  assertEquals(code, "name_taken");
});

Deno.test("a client signs the server's nonce for whom its connection shows, and the token once", async () => {
  const server = new ScriptedServer();
  const key = await newKey();
  const client = new ChatClient({ name: "Ann", key, token: "old", dial: server.dial });
  const connected = client.connect();
  const side = await server.accept();
  const connect = await side.expect("connect");
  assertEquals([connect.key, connect.token], [key.publicKey, "old"]);
  side.send("challenge", { nonce: NONCE });
  const { signature } = await side.expect("prove");
  const proof = { server: "plain:0", nonce: NONCE, name: "Ann", key: key.publicKey };
  assert(await verifySignature(key.publicKey, proofText(proof), signature));
  side.send("connect_ack", ACK);
  await connected;
  side.break();
  const next = await (await server.accept()).expect("connect");
  assertEquals([next.key, next.token, next.link], [key.publicKey, undefined, undefined]);
  client.abort();
});

const ACK = {
  message: "Welcome",
  protocol: 1,
  name: "ann",
  token: "secret",
  log: "log1",
  resumed: false,
  limits: {},
  inbox: { seq: 0, missed: 0, complete: true },
} as const;

Deno.test("a challenge that nobody asked for, a second one, one too late, and none are errors of the server's", async () => {
  const { publicKey, sign } = await newKey();
  // What was begun to be signed is done before the test is.
  const signed: Promise<string>[] = [];
  const key: DeviceKey = {
    publicKey,
    sign(text) {
      const signing = sign(text);
      signed.push(signing);
      return signing;
    },
  };
  const stories: [string, { key?: DeviceKey }, (side: Side) => Promise<void> | void][] = [
    ["without a key", {}, (side) => side.send("challenge", { nonce: NONCE })],
    ["twice", { key }, (side) => {
      side.send("challenge", { nonce: NONCE });
      side.send("challenge", { nonce: "2".repeat(64) });
    }],
    ["none", { key }, (side) => side.send("connect_ack", ACK)],
  ];
  for (const [story, options, play] of stories) {
    const server = new ScriptedServer();
    const client = new ChatClient({ name: "ann", dial: server.dial, ...options });
    const connected = client.connect();
    const side = await server.accept();
    await side.expect("connect");
    await play(side);
    const { code } = await assertRejects(() => connected, ProtocolError, undefined, story);
    assertEquals([story, code], [story, "unexpected_message"]);
    side.break();
  }
  assertEquals((await Promise.all(signed)).length, 1);
});

type Side = Awaited<ReturnType<ScriptedServer["accept"]>>;

Deno.test("a challenge after connect_ack is answered with nothing but the end of the connection", async () => {
  const server = new ScriptedServer();
  const key = await newKey();
  const client = new ChatClient({ name: "ann", key, dial: server.dial, reconnect: false });
  const connected = client.connect();
  const side = await server.accept();
  await side.expect("connect");
  side.send("challenge", { nonce: NONCE });
  await side.expect("prove");
  side.send("connect_ack", ACK);
  await connected;
  side.send("challenge", { nonce: "2".repeat(64) });
  await assertRejects(() => client.closed, ProtocolError, "Cannot take");
  assertEquals(await side.next(), undefined);
  side.break();
});

Deno.test("a second device is taken in by the code that the first one shows", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const [phone, laptop] = [await newKey(), await newKey()];
  const options = { ...server.address, name: "ann" };
  await using first = await ChatClient.connect({ ...options, key: phone });
  const { code, linked } = await first.link();
  const typed = code.toLowerCase().replaceAll("-", " ");
  await using second = await ChatClient.connect({ ...options, key: laptop, linkCode: typed });
  assertEquals(await linked, laptop.publicKey);
  const { keys: [older, newer] } = await second.keys("ann");
  assertEquals([older?.key, newer?.key], [phone.publicKey, laptop.publicKey]);
  assertEquals(newer?.endorsedBy, phone.publicKey);
  const text = endorsementText("ann", laptop.publicKey, phone.publicKey);
  assert(await verifySignature(phone.publicKey, text, newer!.endorsement!));
  await using _again = await ChatClient.connect({ ...options, key: laptop });
});

Deno.test("a wrong code takes in nobody, and three of them end the right one", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const options = { ...server.address, name: "ann" };
  await using first = await ChatClient.connect({ ...options, key: await newKey() });
  const { code, linked } = await first.link();
  const wrong = code.slice(0, 4) + (code.endsWith("0000-0000-0000") ? "111" : "000") +
    "0-0000-0000";
  const mistyped = wrong.length === 16 ? wrong : `${code.slice(0, 4)}-0000-0000-0000`;
  for (let tries = 0; tries < 3; tries++) {
    const other = { ...options, key: await newKey(), linkCode: mistyped };
    const { code } = await assertRejects(() => ChatClient.connect(other), ProtocolError);
    assertEquals(code, "link_refused");
  }
  await assertRejects(() => linked, ProtocolError, "mistyped three times");
  const late = { ...options, key: await newKey(), linkCode: code };
  const error = await assertRejects(() => ChatClient.connect(late), ProtocolError);
  assertEquals(error.code, "unknown_link");
});

Deno.test("a key that was revoked is over at once, and the last one stays", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const [phone, laptop] = [await newKey(), await newKey()];
  const options = { ...server.address, name: "ann" };
  await using first = await ChatClient.connect({ ...options, key: phone });
  const { code } = await first.link();
  await using second = await ChatClient.connect({ ...options, key: laptop, linkCode: code });
  await first.revoke(laptop.publicKey);
  const { code: why } = await assertRejects(() => second.closed, ProtocolError);
  assertEquals(why, "key_revoked");
  const again = { ...options, key: laptop };
  await assertRejects(() => ChatClient.connect(again), ProtocolError, "belongs to somebody else");
  const last = await assertRejects(() => first.revoke(phone.publicKey), ProtocolError);
  assertEquals(last.code, "forbidden");
  const nobodys = await assertRejects(() => first.revoke(laptop.publicKey), ProtocolError);
  assertEquals(nobodys.code, "unknown_key");
});

Deno.test("tokens for programs last until logout, which ends the session and every token", async () => {
  await using server = ChatServer.listen({ port: 0 });
  const options = { ...server.address, name: "ann" };
  const client = await ChatClient.connect({ ...options, key: await newKey() });
  const tokens = [client.token!, await client.createToken(), await client.createToken()];
  await using bot = await ChatClient.connect({ ...options, token: tokens[1]!, reconnect: false });
  const bearers = tokens.map((token) => formatBearer({ name: "ann", token }));
  for (const bearer of bearers) assertEquals(await server.hub.authenticate(bearer), "ann");
  await assertRejects(() => bot.createToken(), ProtocolError, "one of the name's keys");
  await client.logout();
  await assertRejects(() => bot.closed, ProtocolError, "ended by another session");
  for (const bearer of bearers) {
    await assertRejects(() => server.hub.authenticate(bearer), ProtocolError, "not that of");
  }
  await assertRejects(() => client.logout(), DisconnectedError);
});

Deno.test("a recipient or a link's code needs a key, and a code is checked before it is dialled", async () => {
  assertThrows(() => new ChatClient({ name: "ann", linkCode: "ABCD-EFGH-JKLM-NPQR" }), TypeError);
  const recipient = { recipient: "age1x", signature: "" };
  assertThrows(() => new ChatClient({ name: "ann", recipient }), TypeError);
  const key = await newKey();
  const error = assertThrows(() => new ChatClient({ name: "ann", key, linkCode: "geheim" }));
  assert(error instanceof TypeError && !error.message.includes("geheim"));
});

Deno.test("a password is not sent over a plain connection that is not this machine's own", async () => {
  const server = new ScriptedServer();
  const far = async () => ({ ...await server.dial(), peer: "192.0.2.1:12345" });
  const options = { name: "ann", password: "geheim", keepTrying: true, clock: new FakeClock() };
  const { code, message } = await assertRejects(
    () => ChatClient.connect({ ...options, dial: far }),
    ProtocolError,
  );
  assertEquals([code, message.includes("geheim")], ["plain_connection", false]);
  assertEquals(await (await server.accept()).next(), undefined);
  const tls = async () => ({ ...await far(), servedAs: ["tls:" + "0".repeat(64)] });
  const client = new ChatClient({ ...options, dial: tls });
  const connected = client.connect();
  assertEquals((await (await server.accept()).greet()).password, "geheim");
  await connected;
  client.abort();
});
