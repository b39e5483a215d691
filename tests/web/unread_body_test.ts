import { assertEquals, assertMatch } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { endUnread } from "../../web/unread_body.ts";
import { FakeClock, turn } from "../support/fake_clock.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** A server that answers so, on a clock that stands still. */
function serve(clock: FakeClock, handler: Handler) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError: () => new Response() },
    async (request) => endUnread(request, await handler(request), clock),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  return { url, address: { host: "127.0.0.1", port: server.addr.port }, server };
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

/** The answer's end may be held back a turn after the answer has come. */
async function isWaiting(clock: FakeClock): Promise<void> {
  while (clock.pending === 0) await turn();
}

async function sendHalf(address: { host: string; port: number }): Promise<Connection> {
  const connection = await dial(address);
  const text = "PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhello";
  await writeAll(connection, new TextEncoder().encode(text));
  return connection;
}

Deno.test("an answer to a request without a body, with a small one, or with one that was read, is as it was", async () => {
  const clock = new FakeClock();
  const { url, server } = serve(clock, async (request) => {
    if (request.method === "POST") await request.bytes();
    return new Response("no\n", { status: 401 });
  });
  for (
    const init of [{}, { method: "PUT", body: "small" }, {
      method: "POST",
      body: new Uint8Array(5_000_000),
    }]
  ) {
    const response = await fetch(url, init);
    assertEquals([response.status, await response.text()], [401, "no\n"]);
    assertEquals(response.headers.get("connection"), null);
  }
  assertEquals(clock.pending, 0);
  await server.shutdown();
});

Deno.test("who sends no more of a body that is not read has the answer, and its connection is ended", async () => {
  const clock = new FakeClock();
  const { address, server } = serve(clock, () => new Response("no\n", { status: 401 }));
  const connection = await sendHalf(address);
  assertMatch(await readUntil(connection, "no\n"), /^HTTP\/1.1 401 /);
  await isWaiting(clock);
  await clock.advanceAsync(1_000);
  await readUntil(connection, undefined);
  connection.close();
  assertEquals(clock.pending, 0);
  await server.shutdown();
});

Deno.test("an answer without a body cannot be held back: such a request is refused", async () => {
  const clock = new FakeClock();
  const { address, server } = serve(clock, () => new Response(null, { status: 204 }));
  const connection = await sendHalf(address);
  assertMatch(await readUntil(connection, "\r\n\r\n"), /^HTTP\/1.1 400 /);
  await isWaiting(clock);
  await clock.advanceAsync(1_000);
  await readUntil(connection, undefined);
  connection.close();
  await server.shutdown();
});
