import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { DisconnectedError } from "../../client/disconnected.ts";
import type { ChatEvent } from "../../client/events.ts";
import type { ChatClientOptions } from "../../client/options.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { ScriptedServer } from "./scripted_server.ts";

interface Setup {
  readonly server: ScriptedServer;
  readonly clock: FakeClock;
  readonly client: ChatClient;
  /** The next event, which must be of this type. */
  readonly next: <T extends ChatEvent["type"]>(
    type: T,
  ) => Promise<Extract<ChatEvent, { type: T }>["payload"]>;
}

function setUp(options: Partial<ChatClientOptions> = {}): Setup {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", dial: server.dial, clock, ...options });
  const events = client.events[Symbol.asyncIterator]();
  return {
    server,
    clock,
    client,
    async next(type) {
      const { value } = await events.next();
      assertEquals(value?.type, type);
      return value.payload;
    },
  };
}

/** Connected and in `lobby`, both events taken. */
async function setUpInLobby(options: Partial<ChatClientOptions> = {}) {
  const setup = setUp({ room: "lobby", ...options });
  const [side] = await Promise.all([
    setup.server.welcome({ lobby: { seq: 10 } }),
    setup.client.connect(),
  ]);
  await setup.next("connected");
  await setup.next("joined");
  return { ...setup, side };
}

Deno.test("ChatClient chooses a new name's token itself, and shows the same one after a lost answer", async () => {
  const { server, client, clock } = setUp({ keepTrying: true });
  const connecting = client.connect();
  const first = await server.accept();
  const { token } = await first.expect("connect");
  assert(/^[0-9a-f]{64}$/.test(token!));
  assertEquals(client.token, undefined, "it is none before the server says so");
  first.break();
  while (server.dials < 2) await clock.advanceAsync(1_000);
  const second = await server.accept();
  assertEquals((await second.greet()).token, token);
  await connecting;
  client.abort();
  second.break();
});

Deno.test("ChatClient says who it is, joins its rooms, and is online", async () => {
  const { server, client, next, clock } = setUp({ room: "Lobby", token: "t", device: "d" });
  const connecting = client.connect();
  const side = await server.accept();
  const request = await side.greet({ log: "log7", limits: { maxTextBytes: 5 } });
  assertEquals(request, { protocol: 1, name: "ann", device: "d", token: "t" });
  const { room, since } = await side.answerJoin("lobby", { count: 3, seq: 9 });
  assertEquals({ room, since }, { room: "lobby", since: undefined });
  await connecting;
  assertEquals((await next("connected")).log, "log7");
  assertEquals((await next("joined")).count, 3);
  assertEquals(client.token, "secret");
  assertEquals(client.limits, { maxTextBytes: 5 });
  client.abort();
  await client.closed;
  assertEquals(clock.pending, 0);
});

Deno.test("ChatClient has the name that its messages bear, whatever case was asked for", async () => {
  const { server, client } = setUp();
  await Promise.all([server.welcome({}, { name: "ANN" }), client.connect()]);
  assertEquals(client.name, "ANN");
  client.abort();
  const other = setUp();
  const greeted = other.server.welcome({}, { name: "eve" });
  await assertRejects(() => other.client.connect(), ProtocolError, "another name");
  await greeted;
});

Deno.test("ChatClient checks names, rooms and texts before it sends them", async () => {
  assertThrows(() => new ChatClient({ name: "a b" }), ProtocolError, "Cannot use");
  assertThrows(() => new ChatClient({ name: "ann", room: "" }), ProtocolError, "as a room");
  const { client } = await setUpInLobby();
  await assertRejects(() => client.send("lobby", ""), ProtocolError, "empty text");
  await assertRejects(() => client.sendPrivate("b b", "x"), ProtocolError, "as a name");
  client.abort();
});

Deno.test("ChatClient resolves what it sent with the acknowledgement (I2)", async () => {
  const { client, side } = await setUpInLobby();
  const sent = client.send("LOBBY", "hello");
  const request = await side.acknowledge(11);
  assertEquals([request.room, request.text], ["lobby", "hello"]);
  assertEquals((await sent).seq, 11);
  client.abort();
});

Deno.test("ChatClient fails what the server refuses, and goes on", async () => {
  const { client, side, next } = await setUpInLobby();
  const sent = client.send("den", "hello");
  const { id } = await side.expect("message");
  side.send("error", { code: "forbidden", message: "no", id });
  const error = await assertRejects(() => sent, ProtocolError, "no");
  assertEquals(error.code, "forbidden");
  side.send("error", { code: "invalid_text", message: "about nothing" });
  assertEquals((await next("error")).message, "about nothing");
  client.abort();
});

Deno.test("ChatClient asks, page by page, who is in a room and which rooms there are", async () => {
  const { client, side } = await setUpInLobby();
  const who = Array.fromAsync(client.who("lobby"));
  const first = await side.expect("who");
  const ref = (request: { readonly ref?: string }) => ({ ref: request.ref! });
  side.send("who", { room: "lobby", members: ["ann", "bob"], more: true, ...ref(first) });
  const second = await side.expect("who");
  assertEquals(second.after, "bob");
  side.send("who", { room: "lobby", members: ["cyd"], more: false, ...ref(second) });
  assertEquals(await who, ["ann", "bob", "cyd"]);

  const rooms = Array.fromAsync(client.rooms());
  const asked = await side.expect("rooms");
  side.send("rooms", { rooms: [{ room: "lobby", count: 2 }], more: false, ...ref(asked) });
  assertEquals(await rooms, [{ room: "lobby", count: 2 }]);

  const page = client.history("lobby", { before: 5 });
  const history = await side.expect("history");
  assertEquals([history.stream, history.before], ["lobby", 5]);
  side.send("history", { stream: "lobby", messages: [], more: false, ...ref(history) });
  assertEquals((await page).messages, []);
  client.abort();
});

Deno.test("ChatClient searches, and checks where before it asks", async () => {
  const { client, side } = await setUpInLobby();
  const found = client.search('tea "at five"', { room: "LOBBY", from: "Bob", limit: 2 });
  const { ref, ...request } = await side.expect("search");
  assertEquals(request, { query: 'tea "at five"', room: "lobby", from: "Bob", limit: 2 });
  const message = { room: "lobby", sender: "Bob", text: "tea at five", id: "1", seq: 3, at: 5 };
  side.send("search", { messages: [message], more: true, ref: ref! });
  const { messages, more } = await found;
  assertEquals([messages, more], [[message], true]);
  await assertRejects(() => client.search("tea", { room: "a b" }), ProtocolError, "as a room");
  await assertRejects(() => client.search("tea", { from: "a b" }), ProtocolError, "as a name");
  client.abort();
});

Deno.test("ChatClient comes back with its cursors and sees each event once (I1)", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.say(11);
  side.say(12);
  assertEquals((await next("message")).seq, 11);
  assertEquals((await next("message")).seq, 12);
  await side.end();
  const { retryInMs } = await next("disconnected");
  assert(retryInMs >= 250 && retryInMs <= 500);
  await clock.advanceAsync(retryInMs);

  const again = await server.accept();
  const request = await again.greet();
  assertEquals([request.token, request.log, request.since], ["secret", "log1", { "@ann": 0 }]);
  const join = await again.answerJoin("lobby", { seq: 14, missed: 2 });
  assertEquals(join.since, 12);
  for (const seq of [12, 13, 14]) again.say(seq);
  assertEquals((await next("connected")).again, true);
  assertEquals((await next("joined")).missed, 2);
  assertEquals((await next("message")).seq, 13);
  assertEquals((await next("message")).seq, 14);
  client.abort();
});

Deno.test("ChatClient keeps its place in a quiet room, where nothing came since it joined", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.accept();
  await again.greet();
  assertEquals((await again.answerJoin("lobby", { seq: 12, missed: 2 })).since, 10);
  client.abort();
});

Deno.test("ChatClient reads another log from its beginning and says so (I1)", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.accept();
  await again.greet({ log: "log2" });
  assertEquals((await again.answerJoin("lobby", { seq: 1, missed: 1 })).since, 0);
  again.say(1);
  assertEquals((await next("connected")).complete, false);
  assertEquals((await next("joined")).complete, false);
  assertEquals((await next("message")).seq, 1);
  client.abort();
});

Deno.test("ChatClient starts from the end where its cursor is beyond it", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.accept();
  await again.greet();
  await again.answerJoin("lobby", { seq: 3, missed: 1, complete: false });
  again.say(3);
  await next("connected");
  assertEquals((await next("joined")).complete, false);
  assertEquals((await next("message")).seq, 3);
  client.abort();
});

Deno.test("ChatClient goes on where an earlier run stopped", async () => {
  const { client, server } = setUp({
    room: "lobby",
    log: "log1",
    since: { lobby: 4, "@ann": 2 },
  });
  const connecting = client.connect();
  const side = await server.accept();
  const request = await side.greet({ inbox: { seq: 2, missed: 0, complete: true } });
  assertEquals([request.log, request.since], ["log1", { "@ann": 2 }]);
  assertEquals((await side.answerJoin("lobby", { seq: 4 })).since, 4);
  await connecting;
  client.abort();
});

Deno.test("ChatClient sends again in order, with the same ids, what has no answer (I2)", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  const sent = ["one", "two", "three"].map((text) => client.send("lobby", text));
  const first = await side.acknowledge(11);
  const second = await side.expect("message");
  assertEquals((await sent[0]!).id, first.id);
  await side.end();
  const { retryInMs } = await next("disconnected");
  const fourth = client.send("lobby", "four");
  await clock.advanceAsync(retryInMs);

  const again = await server.welcome({ lobby: { seq: 12, missed: 1 } });
  const resent = [await again.acknowledge(12), await again.acknowledge(13)];
  const last = await again.acknowledge(14);
  assertEquals([...resent, last].map(({ text }) => text), ["two", "three", "four"]);
  assertEquals(resent[0]!.id, second.id);
  assertEquals((await sent[1]!).seq, 12);
  assertEquals((await sent[2]!).seq, 13);
  assertEquals((await fourth).seq, 14);
  client.abort();
});

Deno.test("ChatClient asks again what has no answer, and joins again what it had joined", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  const joining = client.join("den");
  const { ref = "" } = await side.expect("join");
  side.send("joined", { room: "den", count: 1, seq: 5, missed: 0, complete: true, ref });
  await joining;
  await next("joined");
  const leaving = client.leave("lobby");
  await side.expect("leave");
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.accept();
  await again.greet();
  await again.answerJoin("lobby", { seq: 10 });
  assertEquals((await again.answerJoin("den", { seq: 5 })).since, 5);
  const leave = await again.expect("leave");
  again.send("left", { room: "lobby", ref: leave.ref! });
  await leaving;
  for (const type of ["connected", "joined", "joined", "left"] as const) await next(type);
  // What one has left is neither shown nor joined any more.
  again.say(11);
  again.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const third = await server.accept();
  await third.greet();
  await third.answerJoin("den");
  client.abort();
});

Deno.test("ChatClient fails what is older than the server remembers ids", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  const sent = client.send("lobby", "old");
  await side.expect("message");
  side.break();
  const { retryInMs } = await next("disconnected");
  const young = client.send("lobby", "young");
  await clock.advanceAsync(retryInMs);
  const again = await server.accept();
  await again.greet({ limits: { idWindowMs: retryInMs } });
  await again.answerJoin("lobby", { seq: 10 });
  // One was sent at the window's far edge, the other a moment later.
  await assertRejects(() => sent, DisconnectedError, "older than the server remembers");
  await assertRejects(() => young, DisconnectedError, "older than the server remembers");
  client.abort();
});

Deno.test("ChatClient does not come back when another session replaced it (I4)", async () => {
  const { client, server, side } = await setUpInLobby();
  const sent = client.send("lobby", "x");
  const failed = assertRejects(() => sent, ProtocolError, "elsewhere");
  side.send("error", { code: "replaced", message: "connected elsewhere" });
  const error = await assertRejects(() => client.closed, ProtocolError, "elsewhere");
  assertEquals(error.code, "replaced");
  await failed;
  await assertRejects(() => Array.fromAsync(client.events), ProtocolError, "elsewhere");
  await client.close();
  assertEquals(server.dials, 1);
});

Deno.test("ChatClient comes back after a refusal that time mends, when the server says", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.send("error", { code: "server_full", message: "full", retryAfterMs: 40_000 });
  assertEquals(await next("disconnected"), { reason: "full", retryInMs: 40_000 });
  await clock.advanceAsync(40_000);
  await server.welcome({ lobby: { seq: 10 } });
  await next("connected");
  client.abort();
});

Deno.test("ChatClient comes back where its right password is not looked at, since others guess, and not where it is wrong", async () => {
  for (const retryAfterMs of [20_000, 0]) {
    const { client, server, side, next, clock } = await setUpInLobby();
    side.break();
    await clock.advanceAsync((await next("disconnected")).retryInMs);
    const again = await server.accept();
    await again.expect("connect");
    again.send("error", { code: "wrong_password", message: "No", retryAfterMs });
    if (retryAfterMs === 0) await assertRejects(() => client.closed, ProtocolError, "No");
    else assertEquals(await next("disconnected"), { reason: "No", retryInMs: retryAfterMs });
    client.abort();
  }
});

Deno.test("ChatClient rejects connect() when the first attempt fails (I4)", async () => {
  const refused = setUp();
  refused.server.failures.push(new Deno.errors.ConnectionRefused("nobody"));
  await assertRejects(() => refused.client.connect(), Deno.errors.ConnectionRefused);
  await assertRejects(() => refused.client.closed, Deno.errors.ConnectionRefused);
  assertEquals(refused.clock.pending, 0);

  const taken = setUp();
  const connecting = taken.client.connect();
  const side = await taken.server.accept();
  await side.expect("connect");
  side.send("error", { code: "name_taken", message: "taken" });
  assertEquals((await assertRejects(() => connecting, ProtocolError)).code, "name_taken");

  const room = setUp({ room: "lobby" });
  const joining = room.client.connect();
  const host = await room.server.welcome();
  const { ref = "" } = await host.expect("join");
  host.send("error", { code: "invalid_room", message: "no such room", ref });
  assertEquals((await assertRejects(() => joining, ProtocolError)).code, "invalid_room");
  assertEquals(room.client.token, "secret");
});

Deno.test("ChatClient repeats a first attempt where it is asked to, with growing pauses", async () => {
  const { client, server, clock, next } = setUp({ keepTrying: true });
  for (let count = 0; count < 8; count++) server.failures.push(new Error("nobody there"));
  const connecting = client.connect();
  for (const mostMs of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    const { retryInMs, reason } = await next("disconnected");
    assert(retryInMs >= mostMs / 2 && retryInMs <= mostMs);
    assertEquals(reason, "nobody there");
    await clock.advanceAsync(retryInMs);
  }
  await server.welcome();
  await connecting;
  client.abort();
});

Deno.test("ChatClient gives up when it has been offline for too long", async () => {
  const { client, server, side, next, clock } = await setUpInLobby({ giveUpAfterMs: 1_000 });
  for (let count = 0; count < 9; count++) server.failures.push(new Error("nobody there"));
  side.break();
  const failed = assertRejects(() => client.closed, Error, "nobody there");
  for (;;) {
    await clock.advanceAsync((await next("disconnected")).retryInMs);
    if (client.unanswered === 0 && clock.pending === 0) break;
  }
  await failed;
});

Deno.test("ChatClient gives up on a server that does not answer `connect`", async () => {
  const { client, server, clock } = setUp();
  const failed = assertRejects(() => client.connect(), DisconnectedError, "did not answer");
  const side = await server.accept();
  await side.expect("connect");
  await clock.advanceAsync(10_000);
  await failed;
});

Deno.test("ChatClient gives up on a server that greets, pings and never answers `join`", async () => {
  const { client, server, clock } = setUp({ rooms: ["lobby", "den"] });
  const failed = assertRejects(() => client.connect(), DisconnectedError, "did not answer");
  const side = await server.accept();
  await side.greet();
  await side.answerJoin("lobby");
  await side.expect("join");
  for (let seconds = 0; seconds < 20; seconds++) {
    side.send("ping", { t: seconds });
    await clock.advanceAsync(1_000);
  }
  await failed;
});

Deno.test("ChatClient goes on when a server that it came back to does not answer `join`", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const mute = await server.accept();
  await mute.greet();
  await mute.expect("join");
  await clock.advanceAsync(20_000);
  await next("connected");
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  await server.welcome({ lobby: { seq: 10 } });
  await next("connected");
  await next("joined");
  client.abort();
});

Deno.test("ChatClient waits for rooms as long as missed events come", async () => {
  const { client, server, clock } = setUp({ room: "lobby" });
  const connecting = client.connect();
  const side = await server.accept();
  const { name } = await side.greet({ inbox: { seq: 9, missed: 9, complete: true } });
  await side.expect("join");
  for (let seq = 1; seq <= 9; seq++) {
    side.send("private", { from: "bob", to: name, text: "x", id: `${seq}`, seq, at: seq });
    await clock.advanceAsync(9_000);
    // Other than events it says nothing for so long.
    if (seq % 3 === 0) side.send("ping", { t: seq });
  }
  side.send("joined", { room: "lobby", count: 1, seq: 0, missed: 0, complete: true, ref: "1" });
  await connecting;
  client.abort();
});

Deno.test("ChatClient.connect does not wait for itself: more missed events than may wait are read first (I3)", async () => {
  const { client, server, next, clock } = setUp({ room: "lobby", maxQueuedEvents: 4 });
  const connecting = client.connect();
  const side = await server.accept();
  const { name } = await side.greet({ inbox: { seq: 200, missed: 200, complete: true } });
  await side.expect("join");
  for (let seq = 1; seq <= 200; seq++) {
    side.send("private", { from: "bob", to: name, text: "x", id: `${seq}`, seq, at: seq });
  }
  side.send("joined", { room: "lobby", count: 1, seq: 0, missed: 0, complete: true, ref: "1" });
  await connecting;
  assertEquals(client.isOnline, false);
  // Waiting for the application is not the server's silence.
  await clock.advanceAsync(25_000);
  await next("connected");
  for (let seq = 1; seq <= 200; seq++) assertEquals((await next("private")).seq, seq);
  await next("joined");
  assertEquals(client.isOnline, true);
  client.abort();
});

Deno.test("ChatClient asks after 30 s of silence, and after 75 s counts the server as gone", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  await clock.advanceAsync(30_000);
  const { t } = await side.expect("ping");
  side.send("pong", { t });
  await turn();
  await clock.advanceAsync(74_000);
  await side.expect("ping");
  await side.expect("ping");
  await clock.advanceAsync(1_000);
  const { reason, retryInMs } = await next("disconnected");
  assertEquals(reason, "nothing came from the server for 75 s");
  await clock.advanceAsync(retryInMs);
  await server.welcome({ lobby: { seq: 10 } });
  await next("connected");
  client.abort();
});

Deno.test("ChatClient answers pings, and asks for a pong", async () => {
  const { client, side } = await setUpInLobby();
  side.send("ping", { t: 7 });
  assertEquals(await side.expect("pong"), { t: 7 });
  const time = client.ping();
  const { t, ref = "" } = await side.expect("ping");
  side.send("pong", { t, ref });
  assertEquals(await time, 0);
  client.abort();
});

Deno.test("ChatClient pauses reading when events wait, but not while it waits for an answer (I3)", async () => {
  const { client, side, next } = await setUpInLobby({ maxQueuedEvents: 4 });
  for (let seq = 11; seq <= 20; seq++) side.say(seq);
  side.send("ping", { t: 1 });
  await turn();
  // The ping is behind ten events: the fourth one stopped the reading.
  const sent = client.send("lobby", "x");
  const pong = await side.next();
  const request = await side.next();
  assertEquals([pong?.type, request?.type].sort(), ["message", "pong"]);
  const id = [pong, request].map((one) => one?.type === "message" ? one.payload.id : "").join("");
  side.send("ack", { id, room: "lobby", seq: 21, at: 0, stored: "memory" });
  assertEquals((await sent).seq, 21);
  for (let seq = 11; seq <= 20; seq++) assertEquals((await next("message")).seq, seq);
  client.abort();
});

Deno.test("ChatClient can send from within its own event loop (I3)", async () => {
  const { client, side } = await setUpInLobby({ maxQueuedEvents: 2 });
  const echo = (async () => {
    let echoed = 0;
    for await (const event of client.events) {
      if (event.type !== "message") continue;
      await client.send("lobby", event.payload.text);
      if (++echoed === 6) return;
    }
  })();
  for (let seq = 11; seq <= 16; seq++) side.say(seq);
  for (let seq = 17; seq <= 22; seq++) await side.acknowledge(seq);
  await echo;
  client.abort();
});

Deno.test("ChatClient.close waits for every answer, then takes leave", async () => {
  const { client, side, next } = await setUpInLobby();
  const sent = client.send("lobby", "last");
  const closing = client.close();
  assertEquals(client.close(), closing);
  await assertRejects(() => client.send("lobby", "too late"), DisconnectedError, "is closed");
  const { id } = await side.acknowledge(11);
  side.send("message", { room: "lobby", sender: "ann", text: "last", id, seq: 11, at: 0 });
  await side.expect("quit");
  await side.end();
  await Promise.all([closing, sent, client.closed]);
  // What came before the end can still be read.
  assertEquals((await next("message")).text, "last");
  assertEquals(await Array.fromAsync(client.events), []);
});

Deno.test("ChatClient.close waits over a reconnect", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  const sent = client.send("lobby", "kept");
  await side.expect("message");
  const closing = client.close();
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.welcome({ lobby: { seq: 10 } });
  await again.acknowledge(11);
  await again.expect("quit");
  await again.end();
  assertEquals((await sent).seq, 11);
  await closing;
});

Deno.test("ChatClient.close ends a client that is not connected", async () => {
  const never = new ChatClient({ name: "ann" });
  await never.close();
  await assertRejects(() => never.connect(), TypeError, "Cannot connect twice");

  const { client, side, next, clock } = await setUpInLobby();
  side.break();
  await next("disconnected");
  await client.close();
  assertEquals(clock.pending, 0);
});

Deno.test("ChatClient.close does not wait for ever for a server that does not end", async () => {
  const { client, side, clock } = await setUpInLobby();
  const closing = client.close();
  await side.expect("quit");
  await clock.advanceAsync(5_000);
  await closing;
  assertEquals(clock.pending, 0);
});

Deno.test("ChatClient.abort fails what has no answer", async () => {
  const controller = new AbortController();
  const { client, side } = await setUpInLobby({ signal: controller.signal });
  const sent = client.send("lobby", "x");
  await side.expect("message");
  controller.abort(new Error("enough"));
  await assertRejects(() => sent, Error, "enough");
  await client.closed;
  assertEquals(await Array.fromAsync(client.events), []);
});

Deno.test("ChatClient shows a private message and a gap, and counts on from them", async () => {
  const { client, server, side, next, clock } = await setUpInLobby();
  side.send("private", { from: "bob", to: "ann", text: "psst", id: "p1", seq: 3, at: 0 });
  side.send("gap", { stream: "lobby", after: 10, through: 14 });
  side.say(14, "late");
  side.say(15);
  assertEquals((await next("private")).text, "psst");
  assertEquals((await next("gap")).through, 14);
  assertEquals((await next("message")).seq, 15);
  side.break();
  await clock.advanceAsync((await next("disconnected")).retryInMs);
  const again = await server.accept();
  assertEquals((await again.greet()).since, { "@ann": 3 });
  assertEquals((await again.answerJoin("lobby")).since, 15);
  client.abort();
});
