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

for (
  const [what, pages] of [
    ["repeats its last name", [["zoe"], ["zoe"]]],
    ["goes in circles", [["a"], ["b"], ["a"]]],
    ["falls on a page", [["b", "a"]]],
    ["is said to go on, and does not", [["a"], []]],
    ["goes on with names that are none", [["a"], ["b\u200b", "c "]]],
  ] as const
) {
  Deno.test(`ChatClient does not follow a list that ${what}`, async () => {
    const { client, side } = await inLobby();
    const lists = {
      who: () => Array.fromAsync(client.who("lobby")),
      people: () => Array.fromAsync(client.whoDetails("lobby")),
      rooms: () => Array.fromAsync(client.rooms()),
    };
    for (const [kind, list] of Object.entries(lists)) {
      const listed = assertRejects(list, ProtocolError, "answer to what was asked");
      for (const names of pages) {
        const type = kind === "rooms" ? "rooms" : "who";
        const { ref = "" } = await side.expect(type);
        const members = [...names];
        const people = members.map((name) => ({ name, since: 0, devices: 1 }));
        if (type === "who") side.send("who", { room: "lobby", members, people, more: true, ref });
        else {
          const rooms = members.map((room) => ({ room, count: 1 }));
          side.send("rooms", { rooms, more: true, ref });
        }
      }
      assertEquals((await listed).code, "unexpected_message");
    }
    client.abort();
  });
}

Deno.test("ChatClient follows no list whose people are others than its names", async () => {
  const { client, side } = await inLobby();
  const listed = assertRejects(() => Array.fromAsync(client.whoDetails("lobby")), ProtocolError);
  const { ref = "" } = await side.expect("who");
  const people = ["zoe", "bob"].map((name) => ({ name, since: 0, devices: 1 }));
  side.send("who", { room: "lobby", members: ["bob", "zoe"], people, more: false, ref });
  assertEquals((await listed).code, "unexpected_message");
  client.abort();
});

Deno.test("ChatClient leaves out of lists what nobody and no room can be called", async () => {
  const { client, side } = await inLobby();
  const names = ["ann", "ann\u200b", "b c"];
  const people = Array.fromAsync(client.whoDetails("lobby"));
  const whoRef = (await side.expect("who")).ref!;
  const told = names.map((name) => ({ name, since: 0, devices: 1 }));
  side.send("who", { room: "lobby", members: names, people: told, more: false, ref: whoRef });
  assertEquals((await people).map(({ name }) => name), ["ann"]);
  const rooms = Array.fromAsync(client.rooms());
  const { ref = "" } = await side.expect("rooms");
  const listed = [...names, "Tea"].map((room) => ({ room, count: 1 }));
  side.send("rooms", { rooms: listed, more: false, ref });
  assertEquals(await rooms, [{ room: "ann", count: 1 }]);
  client.abort();
});

Deno.test("ChatClient takes no message that is of a room and private", async () => {
  const { client, side } = await inLobby();
  const both = { ...said(1), from: "bob", to: "ann" };
  // By its fields it is a private one, whose room is nothing that a room can be.
  const { sender: _sender, ...odd } = { ...both, seq: 2 };
  const asked = client.history("lobby");
  const { ref = "" } = await side.expect("history");
  side.send("history", { stream: "lobby", messages: [both, odd, said(3)], more: false, ref });
  const { messages, refused } = await asked;
  assertEquals([messages.map(({ seq }) => seq), refused], [[3], 2]);
  client.abort();
});

Deno.test("ChatClient reads a list on from names that are left out of it", async () => {
  const { client, side } = await inLobby();
  const names = Array.fromAsync(client.who("lobby"));
  const first = await side.expect("who");
  const page = (members: string[], more: boolean, ref = "") =>
    side.send("who", { room: "lobby", members, more, ref });
  page(["ann", "Bob", "bob\u{16fe4}"], true, first.ref);
  const { ref, after } = await side.expect("who");
  assertEquals(after, "bob\u{16fe4}");
  page(["carl"], false, ref);
  assertEquals(await names, ["ann", "Bob", "carl"]);
  client.abort();
});

const IMPOSSIBLE = ["bob\u200b", " bob", "[encrypted] bob", "b\u0308ob\u0301 ", "a\u0308nn", ""];

Deno.test("ChatClient shows no event that names somebody as nobody can be called, says so, and goes on", async () => {
  const { client, side } = await inLobby();
  let seq = 10;
  const at = 1;
  const names = [...IMPOSSIBLE, "ann\u{16fe4}"];
  for (const sender of names) {
    side.send("message", { room: "lobby", sender, text: "x", id: "i", seq: ++seq, at });
  }
  const removed = { by: "bob\u200b", at };
  side.send("message", {
    ...{ room: "lobby", sender: "bob", text: "", id: "i", seq: ++seq, at, removed },
  });
  let inbox = 0;
  for (const name of names) {
    side.send("private", { from: name, to: "ann", text: "x", id: "i", seq: ++inbox, at });
    side.send("private", { from: "ann", to: name, text: "x", id: "i", seq: ++inbox, at });
    side.send("notification", { kind: "join", room: "lobby", name, message: "x" });
  }
  side.send("private", { from: "bob", to: "carl", text: "x", id: "i", seq: ++inbox, at });
  side.send("notification", { kind: "join", room: "Lobby", name: "bob", message: "x" });
  side.send("private", { from: "bob", to: "Ann", text: "fine", id: "i", seq: ++inbox, at });
  side.say(++seq, "fine");
  const gaps: unknown[] = [];
  const others: unknown[] = [];
  for await (const { type, payload } of client.events) {
    if (type === "gap") {
      assertEquals(payload.after, payload.through - 1);
      assert(payload.refused);
      gaps.push([payload.stream, payload.through]);
    } else if (type !== "connected" && type !== "joined") others.push([type, payload]);
    if (type === "message") break;
  }
  const numbers = (from: number, to: number, stream: string) =>
    Array.from({ length: to - from }, (_, at) => [stream, from + at]);
  assertEquals(gaps, [...numbers(11, seq, "lobby"), ...numbers(1, inbox, "@ann")]);
  assertEquals(others.length, 2);
  client.abort();
});

Deno.test("ChatClient comes back behind an event that it refused: no room is closed by it for good", async () => {
  const server = new ScriptedServer();
  const clock = new FakeClock();
  const client = new ChatClient({ name: "ann", room: "lobby", dial: server.dial, clock });
  const [side] = await Promise.all([server.welcome({ lobby: { seq: 10 } }), client.connect()]);
  side.send("message", { room: "lobby", sender: " ", text: "x", id: "i", seq: 11, at: 1 });
  await side.end();
  for await (const { type } of client.events) if (type === "disconnected") break;
  const accepted = server.accept();
  clock.advance(60_000);
  const again = await accepted;
  await again.greet();
  assertEquals((await again.answerJoin("lobby", { seq: 11 })).since, 11);
  client.abort();
});

Deno.test("ChatClient takes no greeting for a name that is written otherwise", async () => {
  const server = new ScriptedServer();
  const client = new ChatClient({ name: "\u00e4nn", dial: server.dial, clock: new FakeClock() });
  const connecting = client.connect();
  const side = await server.accept();
  await side.greet({ name: "a\u0308nn" });
  const error = await assertRejects(() => connecting, ProtocolError);
  assertEquals(error.code, "unexpected_message");
});

/** A message of a page. */
const said = (seq: number, room = "lobby", sender = "bob") => ({
  ...{ room, sender, text: "x", id: "i", seq, at: 1 },
});
const written = (seq: number, from: string, to: string) => ({
  ...{ from, to, text: "x", id: "i", seq, at: 1 },
});
type Messages = (ReturnType<typeof said> | ReturnType<typeof written>)[];

for (
  const [what, stream, answered, messages] of [
    ["another stream", "lobby", "den", []],
    ["a stream that is written otherwise", "lobby", "Lobby", []],
    ["messages of another room", "lobby", "lobby", [said(1), said(2, "encrypted")]],
    ["private messages for a room's", "lobby", "lobby", [written(1, "bob", "ann")]],
    ["a room's messages for private ones", "@Ann", "@ann", [said(1)]],
    ["messages in no order", "lobby", "lobby", [said(2), said(1)]],
    ["messages that are repeated", "lobby", "lobby", [said(1), said(1)]],
    ["messages from before", "lobby", "lobby", [said(0)]],
    ["messages from behind", "lobby", "lobby", [said(9)]],
  ] as const
) {
  Deno.test(`ChatClient takes no page of history with ${what}, and goes on`, async () => {
    const { client, side } = await inLobby();
    const asked = client.history(stream, { after: 0, before: 9 });
    const { ref = "" } = await side.expect("history");
    side.send("history", { stream: answered, messages: [...messages], more: false, ref });
    const error = await assertRejects(() => asked, ProtocolError, "answer to what was asked");
    assertEquals(error.code, "unexpected_message");
    assert(client.isOnline);
    client.abort();
  });
}

Deno.test("ChatClient leaves out of pages what names somebody as nobody can be called, and counts it", async () => {
  const { client, side } = await inLobby();
  const bad = IMPOSSIBLE.map((name, at) => said(at + 2, "lobby", name));
  const history = client.history("LOBBY");
  const asked = await side.expect("history");
  const messages: Messages = [said(1), ...bad, said(50)];
  side.send("history", { stream: "lobby", messages, more: false, ref: asked.ref! });
  const page = await history;
  assertEquals([page.messages.map(({ seq }) => seq), page.refused], [[1, 50], bad.length]);
  const inbox = client.history("@Ann");
  const { ref = "", stream } = await side.expect("history");
  const privates = [written(1, "bob", "ann"), written(2, "bob", "carl"), written(3, "ANN", "bob")];
  side.send("history", { stream, messages: privates, more: false, ref });
  const own = await inbox;
  assertEquals([own.messages.map(({ seq }) => seq), own.refused], [[1, 3], 1]);
  client.abort();
});

Deno.test("ChatClient takes no message from a search that was not looked for there", async () => {
  const { client, side } = await inLobby();
  const search = async (messages: Messages, room?: string) => {
    const asked = client.search("x", room === undefined ? {} : { room });
    asked.catch(() => {});
    const { ref = "" } = await side.expect("search");
    side.send("search", { messages, more: false, ref });
    return await asked;
  };
  const found = await search([said(9), written(3, "bob", "ann"), said(2, "lobby", "bob\u200b")]);
  assertEquals([found.messages.length, found.refused], [2, 1]);
  for (
    const [messages, room] of [[[said(1, "den")]], [[written(1, "bob", "ann")], "Lobby"]] as const
  ) {
    await assertRejects(
      () => search([...messages], room),
      ProtocolError,
      "answer to what was asked",
    );
  }
  client.abort();
});

Deno.test("ChatClient takes no answer that is about another room or name", async () => {
  const { client, side } = await inLobby();
  const refused = async (asked: Promise<unknown>, answer: () => Promise<void>) => {
    const failed = assertRejects(() => asked, ProtocolError, "answer to what was asked");
    await answer();
    assertEquals((await failed).code, "unexpected_message");
  };
  const ack = { seq: 1, at: 1, stored: "disk" as const };
  await refused(client.send("lobby", "x"), async () => {
    side.send("ack", { ...ack, id: (await side.expect("message")).id, room: "den" });
  });
  await refused(client.sendPrivate("bob", "x"), async () => {
    side.send("ack", { ...ack, id: (await side.expect("private")).id, to: "eve" });
  });
  await refused(Array.fromAsync(client.who("lobby")), async () => {
    const { ref = "" } = await side.expect("who");
    side.send("who", { room: "den", members: ["bob"], more: false, ref });
  });
  for (const name of ["eve", "bob\u200b", "bob "]) {
    await refused(client.keys("bob"), async () => {
      side.send("keys", { name, keys: [], ref: (await side.expect("keys")).ref! });
    });
  }
  await refused(client.keys("\u00e4nn"), async () => {
    side.send("keys", { name: "a\u0308nn", keys: [], ref: (await side.expect("keys")).ref! });
  });
  await refused(client.create("tea"), async () => {
    side.send("created", { room: "den", ref: (await side.expect("create")).ref! });
  });
  await refused(client.leave("tea"), async () => {
    side.send("left", { room: "den", ref: (await side.expect("leave")).ref! });
  });
  const done = { room: "lobby", action: "kick" as const, name: "bob" };
  for (const other of [{ room: "den" }, { action: "ban" as const }, { name: "eve" }]) {
    await refused(client.moderate("lobby", "kick", { name: "bob" }), async () => {
      const { ref = "" } = await side.expect("moderate");
      side.send("moderated", { ...done, ...other, ref });
    });
  }
  const info = { room: "lobby", operators: [], isPrivate: false, isSecret: false, more: false };
  for (const other of [{ room: "den" }, { owner: "bob\u200b" }]) {
    await refused(client.roomInfo("lobby"), async () => {
      side.send("room", { ...info, ...other, ref: (await side.expect("room")).ref! });
    });
  }
  const asked = client.roomInfo("lobby");
  const names = ["bob", "bob\u200b"];
  const restricted = names.map((name) => ({ name }));
  const lists = { operators: names, invited: names, banned: restricted, muted: restricted };
  side.send("room", { ...info, ...lists, ref: (await side.expect("room")).ref! });
  const { operators, invited, banned, muted } = await asked;
  assertEquals([operators, invited, banned, muted].map((list) => list?.length), [1, 1, 1, 1]);
  assert(client.isOnline);
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
