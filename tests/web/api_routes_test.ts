import { assert, assertEquals, assertRejects } from "@std/assert";
import { formatBearer } from "../../protocol/bearer.ts";
import { memoryRegistry } from "../../registry/memory.ts";
import { EventReader } from "../support/event_source.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";

/** A program with a name and its token, which is not connected. */
class Bot {
  private constructor(readonly house: WebHouse, readonly bearer: string) {}

  static async of(house: WebHouse, name = "bot"): Promise<Bot> {
    const peer = await WebPeer.open(house.url);
    peer.send("connect", { protocol: 1, name });
    const { token } = await peer.next("connect_ack");
    peer.send("quit", {});
    await peer.closed;
    return new Bot(house, formatBearer({ name, token }));
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${this.bearer}`, ...init.headers };
    return fetch(this.house.url + path, { ...init, headers });
  }

  async get(path: string): Promise<[number, Answer]> {
    const response = await this.fetch(path);
    return [response.status, await response.json()];
  }

  async post(path: string, body: unknown, headers: HeadersInit = {}): Promise<[number, Answer]> {
    const response = await this.fetch(path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers as Record<string, string> },
    });
    return [response.status, await response.json()];
  }

  async events(path: string, headers: Record<string, string> = {}): Promise<EventReader> {
    const response = await this.fetch(path, { headers });
    assertEquals(response.status, 200);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    return new EventReader(response);
  }
}

// deno-lint-ignore no-explicit-any -- a test knows what it asked for
type Answer = any;

const LOBBY = "api/rooms/lobby/messages";
const EVENTS = "api/rooms/lobby/events";

Deno.test("a bot says something in a room without joining, and nobody sees it come or go", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  const bot = await Bot.of(house);
  const [status, posted] = await bot.post("api/rooms/Lobby/messages", {
    text: "hi\nü😀",
    id: "b1",
  });
  assertEquals(status, 201);
  const { at, ...rest } = posted;
  assertEquals(rest, { id: "b1", room: "lobby", seq: 1, stored: "memory" });
  const message = await ann.next("message");
  assertEquals(message, { room: "lobby", sender: "bot", text: "hi\nü😀", id: "b1", seq: 1, at });
  assertEquals(ann.received.filter(({ type }) => type === "notification"), []);
  assertEquals(house.server.statistics.roomMessages, 1);
});

Deno.test("the same id is stored once, and another text under it is a conflict", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  const [, first] = await bot.post(LOBBY, { text: "once", id: "b1" });
  const [status, again] = await bot.post(LOBBY, { text: "once", id: "b1" });
  assertEquals([status, again], [201, { ...first, duplicate: true }]);
  const [conflict, { code }] = await bot.post(LOBBY, { text: "other", id: "b1" });
  assertEquals([conflict, code], [409, "id_conflict"]);
  const [, { messages }] = await bot.get(LOBBY);
  assertEquals(messages.length, 1);
});

Deno.test("a post without an id gets one of its own", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  const ids = new Set();
  for (let at = 0; at < 3; at++) ids.add((await bot.post(LOBBY, { text: "same" }))[1].id);
  assertEquals(ids.size, 3);
});

Deno.test("a bot writes to a person, in both inboxes", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "Ann");
  const bot = await Bot.of(house);
  const [status, posted] = await bot.post("api/people/ann/messages", { text: "psst", id: "p1" });
  assertEquals([status, posted.to, posted.seq, posted.delivered], [201, "Ann", 1, "live"]);
  assertEquals((await ann.next("private")).text, "psst");
  assertEquals(posted.away, undefined);
  ann.send("away", { away: true, text: "lunch" });
  assertEquals((await ann.next("away")).away?.text, "lunch");
  const [, again] = await bot.post("api/people/ann/messages", { text: "psst", id: "p1" });
  assertEquals([again.duplicate, again.away.text], [true, "lunch"]);
  const [, { messages, more }] = await bot.get("api/inbox/messages");
  assertEquals([messages[0].from, messages[0].to, more], ["bot", "Ann", false]);
  const [unknown, { code }] = await bot.post("api/people/nobody/messages", { text: "x" });
  assertEquals([unknown, code], [404, "unknown_name"]);
});

Deno.test("a bot reads a room by pages, from either end", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  for (let at = 1; at <= 10; at++) await bot.post(LOBBY, { text: `${at}` });
  const texts = async (query: string) => {
    const [status, { messages, more }] = await bot.get(`${LOBBY}?${query}`);
    assertEquals(status, 200);
    return [messages.map(({ text }: Answer) => text).join(), more];
  };
  assertEquals(await texts(""), ["1,2,3,4,5,6,7,8,9,10", false]);
  assertEquals(await texts("limit=2"), ["9,10", true]);
  assertEquals(await texts("after=3&limit=2"), ["4,5", true]);
  assertEquals(await texts("before=3"), ["1,2", false]);
  for (const query of ["limit=0", "limit=1001", "after=-1", "after=x", "before=1e3", "limit="]) {
    const [status, { code }] = await bot.get(`${LOBBY}?${query}`);
    assertEquals([status, code], [400, "invalid_message"], query);
  }
});

Deno.test("what was written to an earlier holder of a name is not read by the next one", async () => {
  const clock = new FakeClock();
  const registry = memoryRegistry({ clock });
  await using house = await openWebHouse({ clock, registry, limits: { nameLeaseMs: 10_000 } });
  const old = await Bot.of(house);
  await using ann = await WebPeer.connect(house.url, "ann");
  ann.send("private", { to: "bot", text: "for the old one", id: "p1" });
  await ann.next("ack");
  assertEquals((await old.get("api/inbox/messages"))[1].messages.length, 1);
  clock.advance(11_000);
  const next = await Bot.of(house);
  assertEquals((await old.get("api/inbox/messages"))[0], 401);
  assertEquals((await next.get("api/inbox/messages"))[1], { messages: [], more: false });
  assertEquals((await next.get("api/inbox/messages?after=0"))[1].messages, []);
  await using events = await next.events("api/inbox/events?after=0");
  ann.send("private", { to: "bot", text: "for the new one", id: "p2" });
  assertEquals((await events.take(1, "private"))[0]!.data.text, "for the new one");
});

Deno.test("a bot that only posts keeps its name", async () => {
  const clock = new FakeClock();
  const registry = memoryRegistry({ clock });
  await using house = await openWebHouse({ clock, registry, limits: { nameLeaseMs: 10_000 } });
  const bot = await Bot.of(house);
  for (let at = 0; at < 5; at++) {
    clock.advance(6_000);
    assertEquals((await bot.post(LOBBY, { text: "x" }))[0], 201);
  }
});

for (
  const [what, authorization] of [
    ["no token", undefined],
    ["no bearer", "Basic YW5uOjEyMw=="],
    ["what is no token", "Bearer x"],
    ["another's token", `Bearer ${formatBearer({ name: "bot", token: "0".repeat(64) })}`],
    ["a name that nobody has", `Bearer ${formatBearer({ name: "zed", token: "0".repeat(64) })}`],
  ] as const
) {
  Deno.test(`who shows ${what} may do nothing, on any route`, async () => {
    await using house = await openWebHouse();
    await Bot.of(house);
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    for (
      const [method, path] of [
        ["POST", LOBBY],
        ["GET", LOBBY],
        ["GET", EVENTS],
        ["POST", "api/people/bot/messages"],
        ["GET", "api/inbox/messages"],
        ["GET", "api/inbox/events"],
      ] as const
    ) {
      const response = await fetch(house.url + path, { method, headers });
      const { code, message } = await response.json();
      assertEquals([response.status, code], [401, "unauthorized"], path);
      assertEquals(response.headers.get("www-authenticate"), "Bearer");
      assert(!message.includes("0000"), "a secret is not told");
    }
  });
}

Deno.test("a body that is wrong is told what is wrong", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  const long = JSON.stringify({ text: "x".repeat(70_000) });
  const cases: [unknown, number, string][] = [
    ["", 400, "invalid_json"],
    ["{", 400, "invalid_json"],
    [[], 400, "invalid_message"],
    [{}, 400, "invalid_message"],
    [{ text: 1 }, 400, "invalid_message"],
    [{ text: "x", id: "a b" }, 400, "invalid_message"],
    [{ text: "" }, 400, "invalid_text"],
    [{ text: "\u0007" }, 400, "invalid_text"],
    [{ text: "x".repeat(16_385) }, 400, "invalid_text"],
    [{ text: "", files: [{ id: "0".repeat(32) }] }, 404, "files_not_offered"],
    [long, 413, "too_large"],
  ];
  for (const [body, status, code] of cases) {
    const [got, answer] = await bot.post(LOBBY, body);
    assertEquals([got, answer.code], [status, code], JSON.stringify(body).slice(0, 80));
  }
  assertEquals((await bot.post("api/rooms/a%20b/messages", { text: "x" }))[1].code, "invalid_room");
  const [status] = await bot.post(LOBBY, { text: "x" }, { "content-type": "text/plain" });
  assertEquals(status, 415);
});

Deno.test("a bot that asks too much is told when to try again; others are not", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({
    clock,
    limits: { requestBurst: 3, requestsPerSecond: 1 },
  });
  const [bot, other] = [await Bot.of(house), await Bot.of(house, "other")];
  for (let at = 0; at < 3; at++) assertEquals((await bot.post(LOBBY, { text: "x" }))[0], 201);
  const response = await bot.fetch(LOBBY);
  const { code, retryAfterMs } = await response.json();
  assertEquals([response.status, code, retryAfterMs], [429, "rate_limited", 1_000]);
  assertEquals(response.headers.get("retry-after"), "1");
  assertEquals((await other.post(LOBBY, { text: "x" }))[0], 201);
  clock.advance(1_000);
  assertEquals((await bot.post(LOBBY, { text: "x" }))[0], 201);
});

Deno.test("a bot that brings too many bytes is told so too", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({
    clock,
    limits: { requestBurst: 100, byteBurst: 10_000 },
  });
  const bot = await Bot.of(house);
  assertEquals((await bot.post(LOBBY, { text: "x".repeat(9_000) }))[0], 201);
  assertEquals((await bot.post(LOBBY, { text: "x".repeat(9_000) }))[0], 429);
});

Deno.test("a bot follows a room: all that is said comes, each with its seq", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  await bot.post(LOBBY, { text: "before" });
  await using events = await bot.events(EVENTS);
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  ann.send("message", { room: "lobby", text: 'a\nb ","seq":99,"at":1}', id: "a1" });
  const [joined] = await events.take(1, "notification");
  assertEquals([joined!.data.kind, joined!.data.name, joined!.id], ["join", "ann", undefined]);
  const [said] = await events.take(1);
  assertEquals([said!.id, said!.data.text], ["2", 'a\nb ","seq":99,"at":1}']);
  ann.send("who", { room: "lobby" });
  assertEquals((await ann.next("who")).members, ["ann"]);
});

Deno.test("a bot that comes back says where it was, and misses and repeats nothing", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  const posting = (async () => {
    for (let at = 1; at <= 200; at++) await bot.post(LOBBY, { text: `${at}` });
  })();
  const got: string[] = [];
  let last = "0";
  while (got.length < 200) {
    await using events = await bot.events(EVENTS, { "last-event-id": last });
    for (const { id, data } of await events.take(Math.min(23, 200 - got.length))) {
      got.push(data.text);
      last = id!;
    }
  }
  await posting;
  assertEquals(got, Array.from({ length: 200 }, (_, at) => `${at + 1}`));
  await using all = await bot.events(`${EVENTS}?after=150`);
  assertEquals((await all.take(50))[0]!.id, "151");
  await using header = await bot.events(`${EVENTS}?after=0`, { "last-event-id": "199" });
  assertEquals((await header.take(1))[0]!.id, "200");
  const response = await bot.fetch(EVENTS, { headers: { "last-event-id": "x" } });
  assertEquals([response.status, (await response.json()).code], [400, "invalid_message"]);
});

Deno.test("a position that the log never gave begins with the oldest", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  await bot.post(LOBBY, { text: "x" });
  await using events = await bot.events(`${EVENTS}?after=1000`);
  assertEquals((await events.take(1))[0]!.id, "1");
});

Deno.test("a bot follows its own inbox", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann");
  const bot = await Bot.of(house);
  await using events = await bot.events("api/inbox/events?after=0");
  ann.send("private", { to: "bot", text: "do it", id: "p1" });
  const [told] = await events.take(1, "private");
  assertEquals([told!.id, told!.data.from, told!.data.text], ["1", "ann", "do it"]);
});

Deno.test("a quiet stream has a sign of life now and then", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({ clock });
  const bot = await Bot.of(house);
  await using events = await bot.events(EVENTS);
  for (let second = 0; second < 40; second++) await clock.advanceAsync(1_000);
  await bot.post(LOBBY, { text: "x" });
  await events.take(1);
  assertEquals(events.comments, 2);
});

Deno.test("a bot that does not read is cut off after ten seconds, and the others are not delayed", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({ clock });
  const bot = await Bot.of(house);
  const response = await bot.fetch(EVENTS);
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  // More than sockets hold: what is over stays in the log.
  const text = "x".repeat(16_000);
  for (let at = 0; at < 1_000; at++) {
    await bot.house.server.hub.program(bot.bearer, "memory:1")
      .then((program) => program.post({ room: "lobby", text, id: `${at}` }));
  }
  await ann.until(() => ann.texts().length === 1_000);
  assert(house.server.hub.heldBytes.outboxes < 1_000_000);
  for (let second = 0; second < 12; second++) await clock.advanceAsync(1_000);
  assertEquals(house.server.statistics.ended.get("slow_consumer"), 1);
  await assertRejects(() => response.text(), Error);
});

Deno.test("a stream counts like a connection, and one name has so many at once", async () => {
  await using house = await openWebHouse({ limits: { maxSessionsPerName: 2 } });
  const bot = await Bot.of(house);
  while (house.server.connections > 0) await turn();
  const first = await bot.events(EVENTS);
  await using _second = await bot.events(EVENTS);
  assertEquals(house.server.connections, 2);
  const [status, { code }] = await bot.get(EVENTS);
  assertEquals([status, code, house.server.connections], [429, "too_many_sessions", 2]);
  await first[Symbol.asyncDispose]();
  while (house.server.connections > 1) await turn();
  await using _third = await bot.events(EVENTS);
});

Deno.test("a stream that there is no place for is told so", async () => {
  await using house = await openWebHouse({ maxConnections: 1 });
  const bot = await Bot.of(house);
  while (house.server.connections > 0) await turn();
  await using _first = await bot.events(EVENTS);
  const response = await bot.fetch(EVENTS);
  assertEquals([response.status, response.headers.get("retry-after")], [503, "30"]);
  assertEquals((await response.json()).code, "server_full");
});

Deno.test("HEAD of a stream leaves none open", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  while (house.server.connections > 0) await turn();
  const response = await bot.fetch(EVENTS, { method: "HEAD" });
  assertEquals(response.status, 200);
  while (house.server.connections > 0) await turn();
});

Deno.test("a server that stops ends its streams when all is told", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  await using events = await bot.events(EVENTS);
  for (let at = 0; at < 5; at++) await bot.post(LOBBY, { text: `${at}` });
  const closing = house.server.close();
  await events.take(5);
  assertEquals(await events.next(), undefined);
  await closing;
});

Deno.test("another site's page cannot use the API, whatever it knows", async () => {
  await using house = await openWebHouse();
  const bot = await Bot.of(house);
  const response = await bot.fetch(LOBBY, { headers: { origin: "http://evil.example" } });
  await response.body?.cancel();
  assertEquals(response.status, 403);
  assertEquals(response.headers.get("access-control-allow-origin"), null);
});
