import { assertEquals, assertMatch } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { textAnswer, type WebHandler, WebServer } from "../../web/web_server.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

/** A server that answers so, on a clock that stands still. */
function serve(clock: FakeClock, handler: WebHandler): Promise<WebServer> {
  return WebServer.listen({ port: 0, routes: { "PUT /": handler, "POST /": handler }, clock });
}

/** Reads until a text has come, or the end. */
async function readUntil(connection: Connection, wanted: string | undefined): Promise<string> {
  const buffer = new Uint8Array(4_096);
  let got = "";
  while (wanted === undefined || !got.includes(wanted)) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    got += new TextDecoder().decode(buffer.subarray(0, count));
  }
  return got;
}

/** The answer's end is held back a turn after the answer has come. */
async function isWaiting(clock: FakeClock): Promise<void> {
  while (clock.pending === 0) await turn();
}

async function sendHalf(address: { host: string; port: number }): Promise<Connection> {
  const connection = await dial(address);
  const text = "PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhello";
  await writeAll(connection, new TextEncoder().encode(text));
  return connection;
}

Deno.test("an answer to a request whose body was read keeps the connection", async () => {
  const clock = new FakeClock();
  await using web = await serve(clock, async (request) => {
    return textAnswer(`${(await request.bytes()).length}\n`);
  });
  for (const size of [0, 5, 5_000_000]) {
    const response = await fetch(web.url, { method: "PUT", body: new Uint8Array(size) });
    assertEquals(await response.text(), `${size}\n`);
    assertEquals(response.headers.get("connection"), "keep-alive");
  }
  assertEquals(clock.pending, 0);
});

Deno.test("who sends a body that is not read gets to read the answer, however long the body is", async () => {
  const clock = new FakeClock();
  await using web = await serve(clock, () => textAnswer("no\n", 401));
  for (const size of [5, 50_000_000]) {
    const response = await fetch(web.url, { method: "POST", body: new Uint8Array(size) });
    assertEquals([response.status, await response.text()], [401, "no\n"]);
  }
});

Deno.test("a body that is given up in the midst is read past", async () => {
  const clock = new FakeClock();
  await using web = await serve(clock, async ({ body }) => {
    const reader = body!.getReader();
    await reader.read();
    await reader.cancel();
    return textAnswer("enough\n", 413);
  });
  const response = await fetch(web.url, { method: "PUT", body: new Uint8Array(50_000_000) });
  assertEquals([response.status, await response.text()], [413, "enough\n"]);
});

for (const answer of [() => textAnswer("no\n", 401), () => new Response(null, { status: 204 })]) {
  Deno.test(`who sends no more of a body that is not read has the answer ${answer().status}, and is hung up on a second later`, async () => {
    const clock = new FakeClock();
    await using web = await serve(clock, answer);
    const connection = await sendHalf(web.address);
    assertMatch(
      await readUntil(connection, "\r\n\r\n"),
      new RegExp(`^HTTP/1.1 ${answer().status} `),
    );
    await isWaiting(clock);
    await clock.advanceAsync(1_000);
    await readUntil(connection, undefined);
    connection.close();
    assertEquals(clock.pending, 0);
  });
}

for (
  const [what, head] of [
    ["GET", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"],
    ["GET in pieces", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"],
    ["request that is refused", "PUT / HTTP/1.1\r\nHost: a/b\r\nContent-Length: 1000\r\n"],
  ] as const
) {
  Deno.test(`the body of a ${what} does not hold a connection, however slowly it comes`, async () => {
    const clock = new FakeClock();
    const routes = { "GET /": () => textAnswer("x\n") };
    await using web = await WebServer.listen({ port: 0, routes, clock });
    const connection = await dial(web.address);
    await writeAll(connection, new TextEncoder().encode(`${head}\r\n1`));
    assertMatch(await readUntil(connection, "\r\n\r\n"), /\nconnection: close\r/i);
    await isWaiting(clock);
    await clock.advanceAsync(1_000);
    await readUntil(connection, undefined);
    connection.close();
  });
}
