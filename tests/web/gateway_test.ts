import { assert, assertEquals, assertRejects } from "@std/assert";
import { dial } from "../../net/tcp.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";
import { openWebHouse, type WebHouse } from "../support/web_house.ts";
import { WebPeer } from "../support/web_peer.ts";
import { Wire } from "../support/wire.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, at) => `${at}`);

async function terminal({ server }: WebHouse, name: string): Promise<Wire> {
  const wire = await Wire.dial(server.address);
  await wire.send("connect", { protocol: 1, name, room: "lobby" });
  await wire.next("joined");
  return wire;
}

Deno.test("a page and a terminal talk: both get what either says, in one order", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  using bob = await terminal(house, "bob");
  assertEquals((await ann.next("notification")).name, "bob");
  ann.send("message", { room: "lobby", text: "a\nb <script>", id: "a1" });
  const said = await bob.next("message");
  assertEquals([said.sender, said.text, said.seq], ["ann", "a\nb <script>", 1]);
  await bob.send("message", { room: "lobby", text: "ü€😀", id: "b1" });
  await ann.until(() => ann.texts().length === 2);
  assertEquals(ann.texts(), ["a\nb <script>", "ü€😀"]);
  assertEquals((await ann.next("ack")).seq, 1);
});

Deno.test("three thousand messages cross a WebSocket in order, both ways", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  const texts = numbers(3_000);
  let acked = 0;
  for (const [at, text] of texts.entries()) {
    ann.send("message", { room: "lobby", text, id: text });
    // As a page does: some are under way, not all.
    if (at % 100 === 99) { for (; acked <= at; acked++) await ann.next("ack"); }
  }
  await ann.until(() => ann.texts().length === texts.length);
  assertEquals(ann.texts(), texts);
});

Deno.test("who comes back is told what was missed, without gap or repeat", async () => {
  await using house = await openWebHouse();
  await using bob = await WebPeer.connect(house.url, "bob", { room: "lobby" });
  for (const text of numbers(500)) bob.send("message", { room: "lobby", text, id: text });
  await bob.until(() => bob.texts().length === 500);
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby", since: { lobby: 0 } });
  await ann.until(() => ann.texts().length === 500);
  assertEquals(ann.texts(), numbers(500));
});

Deno.test("a page that never pongs gets 64 KiB and is closed; the others are not delayed", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({ clock });
  await using slow = await WebPeer.connect(house.url, "slow", { room: "lobby" }, { pongs: false });
  using ann = await terminal(house, "ann");
  await using bob = await WebPeer.connect(house.url, "bob", { room: "lobby" });
  const text = "x".repeat(10_000);
  for (let at = 0; at < 100; at++) {
    await ann.send("message", { room: "lobby", text, id: `${at}` });
    await ann.next("ack");
  }
  await bob.until(() => bob.texts().length === 100);
  assert(slow.receivedChars < 66_000, `${slow.receivedChars}`);
  assert(slow.texts().length >= 4);
  // The outbox's deadline, and what looks at it each second.
  for (let second = 0; second < 12; second++) await clock.advanceAsync(1_000);
  assertEquals(await slow.closed, { code: 1008, reason: "slow_consumer" });
  assert(slow.receivedChars < 66_000, `${slow.receivedChars}`);
  await ann.send("message", { room: "lobby", text: "still here", id: "last" });
  await bob.until(() => bob.texts().at(-1) === "still here");
});

Deno.test("a page that was slow and confirms then gets everything, in order", async () => {
  await using house = await openWebHouse();
  await using slow = await WebPeer.connect(house.url, "slow", { room: "lobby" }, { pongs: false });
  using ann = await terminal(house, "ann");
  for (let at = 0; at < 300; at++) {
    await ann.send("message", { room: "lobby", text: `${at}`.padEnd(8_000), id: `${at}` });
    await ann.next("ack");
  }
  slow.pong();
  await slow.until(() => slow.texts().length === 300);
  assertEquals(slow.texts().map((text) => text.trim()), numbers(300));
});

for (
  const [what, data, code, reason] of [
    ["is no JSON", "no json", 1008, "invalid_json"],
    ["is half of JSON", '{"type":"connect","payload":{', 1008, "invalid_json"],
    ["is an array", "[]", 1008, "invalid_json"],
    ["is binary", new Uint8Array([0, 0, 0, 2, 1, 123, 125]), 1003, "unexpected_data"],
    ["is too long", JSON.stringify("x".repeat(65_535)), 1009, "frame_too_large"],
    ["is too long in bytes", JSON.stringify("€".repeat(22_000)), 1009, "frame_too_large"],
    ["comes before connect", '{"type":"rooms","payload":{}}', 1008, "unexpected_message"],
  ] as const
) {
  Deno.test(`a page whose message ${what} is told so, and closed`, async () => {
    await using house = await openWebHouse();
    await using page = await WebPeer.open(house.url);
    page.socket.send(data);
    assertEquals((await page.next("error")).code, reason);
    assertEquals(await page.closed, { code, reason });
  });
}

Deno.test("a request that is wrong is answered, and the page goes on", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann");
  ann.socket.send('{"type":"join","payload":{"room":1,"ref":"r1"}}');
  const error = await ann.next("error");
  assertEquals([error.code, error.ref], ["invalid_message", "r1"]);
  ann.send("join", { room: "lobby" });
  assertEquals((await ann.next("joined")).room, "lobby");
});

Deno.test("requests that come faster than the pace allows wait, in order, and all are done", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({ clock, limits: { requestBurst: 20 } });
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  for (const text of numbers(60)) ann.send("message", { room: "lobby", text, id: text });
  await ann.until(() => ann.texts().length === 19);
  while (ann.texts().length < 60) await clock.advanceAsync(100);
  assertEquals(ann.texts(), numbers(60));
});

Deno.test("a pong overtakes the requests that wait, so that a page that asks much is not slow", async () => {
  const clock = new FakeClock();
  const limits = { requestBurst: 20, requestsPerSecond: 1 };
  await using house = await openWebHouse({ clock, limits });
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  using bob = await terminal(house, "bob");
  for (const t of numbers(200)) ann.send("ping", { t: Number(t) });
  for (let at = 0; at < 15; at++) {
    await bob.send("message", { room: "lobby", text: "x".repeat(16_000), id: `${at}` });
    await clock.advanceAsync(1_000);
    await ann.until(() => ann.texts().length === at + 1);
  }
});

Deno.test("confirming what was read takes nothing of a page's pace", async () => {
  const clock = new FakeClock();
  const limits = { requestBurst: 30, requestsPerSecond: 1, byteBurst: 10_000_000 };
  await using house = await openWebHouse({ clock, limits });
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  using bob = await terminal(house, "bob");
  for (const id of numbers(25)) {
    await bob.send("message", { room: "lobby", text: "x".repeat(16_384), id });
  }
  await ann.until(() => ann.texts().length === 25);
  assert(ann.pings.length >= 20);
  for (let asked = 0; asked < 20; asked++) ann.send("who", { room: "lobby" });
  for (let answered = 0; answered < 20; answered++) await ann.next("who");
});

for (
  const [what, count, size] of [
    ["three hundred requests", 300, 10],
    ["a quarter of a megabyte of requests", 16, 16_000],
  ] as const
) {
  Deno.test(`a page that lets ${what} wait is closed`, async () => {
    const clock = new FakeClock();
    await using house = await openWebHouse({ clock, limits: { requestBurst: 1 } });
    await using ann = await WebPeer.connect(house.url, "ann");
    for (let at = 0; at < count; at++) {
      ann.send("private", { to: "ann", text: "x".repeat(size), id: `${at}` });
    }
    await ann.next("error");
    assertEquals(await ann.closed, { code: 1008, reason: "too_many_requests" });
  });
}

Deno.test("a page that says something and closes at once has said it, also what had to wait", async () => {
  const clock = new FakeClock();
  await using house = await openWebHouse({ clock, limits: { requestBurst: 20 } });
  using bob = await terminal(house, "bob");
  const ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  for (const text of numbers(50)) ann.send("message", { room: "lobby", text, id: text });
  ann.socket.close();
  await ann.closed;
  for (const text of numbers(50)) {
    assertEquals((await bob.next("message")).text, text);
    await clock.advanceAsync(100);
  }
  for (;;) if ((await bob.next("notification")).kind === "leave") break;
});

Deno.test("quit is answered by everything that was asked, and a normal close", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  for (const text of numbers(20)) ann.send("message", { room: "lobby", text, id: text });
  ann.send("quit", {});
  assertEquals(await ann.closed, { code: 1000, reason: "quit" });
  assertEquals(ann.received.filter(({ type }) => type === "ack").length, 20);
  assertEquals(ann.texts().length, 20);
});

Deno.test("a server that stops tells its pages, flushes what they are to get, and goes away", async () => {
  await using house = await openWebHouse();
  await using ann = await WebPeer.connect(house.url, "ann", { room: "lobby" });
  for (const text of numbers(200)) ann.send("message", { room: "lobby", text, id: text });
  await ann.next("message");
  const closing = house.server.close();
  assertEquals(await ann.closed, { code: 1001, reason: "shutdown" });
  const { kind } = await ann.next("notification");
  assertEquals(kind, "shutdown");
  const acks = ann.received.filter(({ type }) => type === "ack").length;
  assertEquals(ann.texts(), numbers(acks), "what was acknowledged was told");
  await closing;
});

Deno.test("a page counts like any connection, and is told politely where there is no place", async () => {
  await using house = await openWebHouse({ maxConnections: 1 });
  const ann = await WebPeer.connect(house.url, "ann");
  assertEquals(house.server.connections, 1);
  await using bob = await WebPeer.open(house.url);
  const error = await bob.next("error");
  assertEquals([error.code, error.retryAfterMs], ["server_full", 30_000]);
  assertEquals((await bob.closed).code, 1013);
  await ann[Symbol.asyncDispose]();
  while (house.server.connections > 0) await turn();
  await using cid = await WebPeer.connect(house.url, "cid");
  const { accepted, refused, receivedBytes, sentBytes } = house.server.statistics;
  assertEquals([accepted, refused.get("server_full")], [2, 1]);
  assert(receivedBytes >= 2 * JSON.stringify({ protocol: 1, name: "ann" }).length);
  assert(sentBytes >= cid.receivedChars);
});

Deno.test("a client that breaks off in the middle gives its place and its room back", async () => {
  await using house = await openWebHouse();
  await using bob = await WebPeer.connect(house.url, "bob", { room: "lobby" });
  const connection = await dial(house.web.address);
  const text = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n" +
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  await connection.write(new TextEncoder().encode(text));
  await connection.read(new Uint8Array(1_024));
  assertEquals(house.server.connections, 2);
  const payload = JSON.stringify({
    type: "connect",
    payload: { protocol: 1, name: "ann", room: "lobby" },
  });
  await connection.write(frame(payload));
  assertEquals((await bob.next("notification")).kind, "join");
  // Half of a frame, and then nothing more.
  await connection.write(frame(payload).subarray(0, 40));
  connection.close();
  assertEquals((await bob.next("notification")).kind, "leave");
  while (house.server.connections > 1) await turn();
});

/** A masked text frame; the mask is 0. */
function frame(text: string): Uint8Array<ArrayBuffer> {
  const payload = new TextEncoder().encode(text);
  assert(payload.length < 126);
  return new Uint8Array([0x81, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
}

Deno.test("another site's page cannot connect, nor can one by another site's name", async () => {
  await using house = await openWebHouse({ origins: ["https://chat.example"] });
  const { host } = new URL(house.url);
  for (const origin of ["http://evil.example", "null", `http://${host}.evil.example`]) {
    await assertRejects(() => WebPeer.open(house.url, { headers: { origin } }), Error, "", origin);
  }
  assertEquals(house.server.connections, 0);
  for (const origin of [`http://${host}`, "https://chat.example"]) {
    await using _page = await WebPeer.open(house.url, { headers: { origin } });
  }
});

Deno.test("what is no WebSocket is told that here is one", async () => {
  await using house = await openWebHouse();
  const response = await fetch(`${house.url}ws`);
  assertEquals([response.status, response.headers.get("upgrade")], [426, "websocket"]);
  await response.body?.cancel();
});
