import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { textAnswer, type WebHandler, WebServer } from "../../web/web_server.ts";

const encoder = new TextEncoder();
const ROUTES = { "GET /": () => textAnswer("hello\n") };

/** A client that has said something. */
async function ask(web: WebServer, text: string): Promise<Connection> {
  const connection = await dial(web.address);
  // It may be hung up on before it has said all.
  await writeAll(connection, encoder.encode(text)).catch(() => {});
  return connection;
}

/** What comes until the end of the connection; it is closed then. */
async function rest(connection: Connection): Promise<string> {
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let got = "";
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) break;
    got += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  connection.close();
  return got;
}

Deno.test("a head of more than 16 KiB is refused, and nobody's handler sees it", async () => {
  await using web = await WebServer.listen({ port: 0, routes: ROUTES });
  const answer = await rest(
    await ask(web, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(20_000)}`),
  );
  assertStringIncludes(answer, "HTTP/1.1 431 ");
});

for (
  const [what, text] of [
    ["is no HTTP", "\0\0\0\x05\x01{}\r\n\r\n"],
    [
      "has two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
    [
      "has a length and pieces",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["has no Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"],
    ["has a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n"],
    ["has a Host with a user", "GET / HTTP/1.1\r\nHost: b@a\r\nConnection: close\r\n\r\n"],
    ["has a Host with a query", "GET /x HTTP/1.1\r\nHost: a?\r\nConnection: close\r\n\r\n"],
    ["has a Host with a fragment", "GET /x HTTP/1.1\r\nHost: a#\r\nConnection: close\r\n\r\n"],
    ["has a Host with a backslash", "GET /x HTTP/1.1\r\nHost: a\\?\r\nConnection: close\r\n\r\n"],
    ["has an empty Host", "GET /x HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n"],
    ["has two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n"],
    ["asks for another server", "GET http://b/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
    ["wants to go through", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  ] as const
) {
  Deno.test(`a request that ${what} is answered 400, or hung up on`, async () => {
    const asked: string[] = [];
    const handler: WebHandler = ({ url }) => {
      asked.push(url);
      return textAnswer("hello\n");
    };
    await using web = await WebServer.listen({
      port: 0,
      routes: { "GET /": handler, "POST /": handler },
    });
    const answer = await rest(await ask(web, text));
    assert(answer === "" || answer.startsWith("HTTP/1.1 400 "), answer);
    assertEquals(asked, []);
  });
}

Deno.test("who asks and asks, and reads nothing, costs no more than sixteen answers", async () => {
  let asked = 0;
  const routes = {
    "GET /": () => {
      asked++;
      return textAnswer("x".repeat(100_000));
    },
  };
  await using web = await WebServer.listen({ port: 0, routes });
  const connection = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5_000));
  await rest(connection);
  assertLess(asked, 100);
});

Deno.test("connections over the limit are hung up on, and taken again when others have gone", async () => {
  await using web = await WebServer.listen({ port: 0, routes: ROUTES, maxConnections: 2 });
  const first = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const second = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  for (const connection of [first, second]) await connection.read(new Uint8Array(1_000));
  assertEquals(await rest(await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), "");
  for (const connection of [first, second]) connection.close();
  let answer = "";
  while (!answer.startsWith("HTTP/1.1 200")) {
    const text = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    answer = await rest(await ask(web, text));
  }
});

Deno.test("a handler hears that its client has gone", async () => {
  const gone = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const handler: WebHandler = ({ signal }) => {
    asked.resolve();
    signal.addEventListener("abort", () => gone.resolve());
    return gone.promise.then(() => textAnswer("too late\n"));
  };
  await using web = await WebServer.listen({ port: 0, routes: { "GET /": handler } });
  const connection = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await asked.promise;
  connection.close();
  await gone.promise;
});

Deno.test("an answer whose client has gone is given up, and its source told", async () => {
  const cancelled = Promise.withResolvers<void>();
  const handler: WebHandler = () =>
    new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => cancelled.resolve(),
      }),
    );
  await using web = await WebServer.listen({ port: 0, routes: { "GET /": handler } });
  const connection = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await connection.read(new Uint8Array(1_000));
  connection.close();
  await cancelled.promise;
});

Deno.test("who does not read an answer holds a piece of it, not all", async () => {
  let made = 0;
  const handler: WebHandler = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          made += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      }, { highWaterMark: 0 }),
    );
  await using web = await WebServer.listen({
    port: 0,
    routes: { "GET /": handler, "GET /other": () => textAnswer("x") },
  });
  const connection = await ask(web, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let before = -1;
  // It goes on until the system's buffers are full.
  while (made !== before) {
    before = made;
    for (let at = 0; at < 20; at++) await (await fetch(`${web.url}other`)).text();
  }
  assertLess(made, 32 * 2 ** 20);
  connection.close();
});
