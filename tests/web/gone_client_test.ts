import { assertEquals } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { textAnswer, type WebHandler, WebServer } from "../../web/web_server.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function ask(web: WebServer, text = REQUEST): Promise<Connection> {
  const connection = await dial(web.address);
  await writeAll(connection, new TextEncoder().encode(text));
  return connection;
}

/** Reads to the end, however it ends. */
async function rest(connection: Connection): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let got = "";
  for (;;) {
    const count = await connection.read(buffer).catch(() => null);
    if (count === null) return got;
    got += new TextDecoder().decode(buffer.subarray(0, count));
  }
}

Deno.test("an answer whose client had gone before it was there is given up, and its source told", async () => {
  const asked = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  const handler: WebHandler = async ({ signal }) => {
    const gone = new Promise((resolve) => signal.addEventListener("abort", resolve));
    asked.resolve();
    await gone;
    return new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel: () => cancelled.resolve(),
      }, { highWaterMark: 0 }),
    );
  };
  const routes = { "GET /": handler, "GET /other": () => textAnswer("x") };
  await using web = await WebServer.listen({ port: 0, routes, maxRequests: 1 });
  const connection = await ask(web);
  await asked.promise;
  connection.close();
  await cancelled.promise;
  // Its place is free again.
  const response = await fetch(`${web.url}other`);
  assertEquals([response.status, await response.text()], [200, "x"]);
});

Deno.test("all answers of a client that has gone are given up, those too that wait for others", async () => {
  let opened = 0;
  const cancelled = Promise.withResolvers<void>();
  const handler: WebHandler = () =>
    new Response(
      new ReadableStream({
        start: () => void opened++,
        pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
        cancel() {
          if (--opened === 0) cancelled.resolve();
        },
      }, { highWaterMark: 0 }),
    );
  await using web = await WebServer.listen({ port: 0, routes: { "GET /": handler } });
  const connection = await ask(web, REQUEST.repeat(3));
  await connection.read(new Uint8Array(1_000));
  assertEquals(opened, 3);
  connection.close();
  await cancelled.promise;
});

Deno.test("an answer that breaks off while its client reads nothing ends the connection", async () => {
  const stalled = Promise.withResolvers<void>();
  let made = 0;
  const handler: WebHandler = () =>
    new Response(
      new ReadableStream({
        start: (controller) =>
          void stalled.promise.then(() =>
            controller.error(new Deno.errors.ConnectionAborted("It was cut off"))
          ),
        pull(controller) {
          made++;
          controller.enqueue(new Uint8Array(1_048_576));
        },
      }, { highWaterMark: 0 }),
    );
  const routes = { "GET /": handler, "GET /other": () => textAnswer("x") };
  await using web = await WebServer.listen({ port: 0, routes });
  const connection = await ask(web);
  // It goes on until the system's buffers are full.
  for (let before = -1; made !== before;) {
    before = made;
    for (let at = 0; at < 20; at++) await (await fetch(`${web.url}other`)).text();
  }
  stalled.resolve();
  // One is kept for who asks.
  while (web.connections > 1) await (await fetch(`${web.url}other`)).text();
  connection.close();
});

Deno.test("who wanted another protocol and does not hang up is hung up on after the answer", async () => {
  await using web = await WebServer.listen({ port: 0, routes: { "GET /": () => textAnswer("x") } });
  const wants = "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n";
  const connection = await ask(web, REQUEST.replace("\r\n\r\n", `\r\n${wants}`));
  assertEquals((await rest(connection)).slice(-5), "\r\n\r\nx");
  // The client's half stays open.
  while (web.connections > 0) await new Promise((resolve) => setTimeout(resolve));
  connection.close();
});
