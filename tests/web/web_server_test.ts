import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { configureSync, resetSync } from "@logtape/logtape";
import { dial } from "../../net/tcp.ts";
import { writeAll } from "../../net/connection.ts";
import { textAnswer, type WebHandler, WebServer } from "../../web/web_server.ts";
import { FakeClock } from "../support/fake_clock.ts";

const encoder = new TextEncoder();
const ROUTES = { "GET /": () => textAnswer("hello\n") };

async function get(web: WebServer, path = "", init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(web.url + path, init);
  return [response.status, await response.text()];
}

/** What comes back until the end of the connection, for bytes as they are. */
async function exchange(web: WebServer, text: string): Promise<string> {
  const connection = await dial(web.address);
  await writeAll(connection, encoder.encode(text));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4_096);
  let got = "";
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) break;
    got += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  connection.close();
  return got;
}

Deno.test("WebServer answers on its paths; what it does not know is 404, other methods are 405", async () => {
  await using web = await WebServer.listen({ port: 0, routes: ROUTES });
  assertEquals(web.url, `http://127.0.0.1:${web.address.port}/`);
  assertEquals(await get(web), [200, "hello\n"]);
  assertEquals(await get(web, "?query"), [200, "hello\n"]);
  assertEquals(await get(web, "", { method: "HEAD" }), [200, ""]);
  for (const path of ["nothing", "%00", "..%2f..%2fetc/passwd", "constructor", "__proto__"]) {
    assertEquals((await get(web, path))[0], 404, path);
    assertEquals((await get(web, path, { method: "POST" }))[0], 404, path);
  }
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const response = await fetch(web.url, { method });
    await response.body?.cancel();
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"], method);
  }
});

Deno.test("every answer of a WebServer says that nothing in it is to be run, sniffed or kept", async () => {
  const own = { "content-security-policy": "default-src 'self'" };
  const routes = { ...ROUTES, "GET /page": () => new Response("", { headers: own }) };
  await using web = await WebServer.listen({ port: 0, routes });
  for (const path of ["", "nothing"]) {
    const response = await fetch(web.url + path);
    await response.body?.cancel();
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    assertEquals(response.headers.get("cache-control"), "no-store");
    assertStringIncludes(response.headers.get("content-security-policy")!, "default-src 'none'");
  }
  const page = await fetch(`${web.url}page`);
  await page.body?.cancel();
  assertEquals(page.headers.get("content-security-policy"), "default-src 'self'");
});

Deno.test("a handler that throws is 500, and only the log says why", async () => {
  const logged: string[] = [];
  configureSync({
    sinks: { memory: ({ message }) => void logged.push(message.join("")) },
    loggers: [
      { category: "parley", lowestLevel: "error", sinks: ["memory"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["memory"] },
    ],
  });
  try {
    const routes = {
      "GET /throws": () => {
        throw new Error("secret");
      },
      "GET /rejects": () => Promise.reject(new Error("secret")),
      "GET /files/:id": () => Promise.reject(new Error("secret")),
    };
    await using web = await WebServer.listen({ port: 0, routes });
    for (const path of ["throws", "rejects", "files/0123abcd"]) {
      const [status, text] = await get(web, path);
      assertEquals([status, text.includes("secret")], [500, false]);
    }
  } finally {
    resetSync();
  }
  assertEquals(logged.filter((line) => line.includes("secret")).length, 3);
  // Who knows a file's id may have it, so that a log must not know it.
  assertEquals(logged.filter((line) => line.includes("0123abcd")), []);
});

Deno.test("requests over the limit are refused at once, and taken again when others are over", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const routes = {
    ...ROUTES,
    "GET /slow": () => {
      asked.resolve();
      return answer.promise;
    },
  };
  await using web = await WebServer.listen({ port: 0, routes, maxRequests: 1 });
  const slow = get(web, "slow");
  await asked.promise;
  const refused = await fetch(web.url);
  await refused.body?.cancel();
  assertEquals([refused.status, refused.headers.get("retry-after")], [503, "5"]);
  answer.resolve(textAnswer("done\n"));
  assertEquals(await slow, [200, "done\n"]);
  while ((await get(web))[0] === 503);
  assertEquals(await get(web), [200, "hello\n"]);
});

Deno.test("a Host header that is none is the client's fault", async () => {
  await using web = await WebServer.listen({ port: 0, routes: ROUTES });
  const answer = await exchange(web, "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
  assertStringIncludes(answer, "HTTP/1.1 400");
});

Deno.test("a port in use throws at once", async () => {
  await using web = await WebServer.listen({ port: 0, routes: ROUTES });
  const { port } = web.address;
  await assertRejects(() => WebServer.listen({ port, routes: ROUTES }), Deno.errors.AddrInUse);
});

Deno.test("WebServer.close waits for an answer that is under way", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  const handler: WebHandler = () => {
    asked.resolve();
    return answer.promise;
  };
  const clock = new FakeClock();
  const web = await WebServer.listen({ port: 0, routes: { "GET /": handler }, clock });
  const got = get(web);
  await asked.promise;
  const closed = web.close();
  await clock.advanceAsync(999);
  answer.resolve(textAnswer("x".repeat(60_000)));
  assertEquals((await got)[1].length, 60_000);
  await clock.advanceAsync(20);
  await closed;
  await web.closed;
  assertEquals(clock.pending, 0);
});

Deno.test("WebServer.close ends an answer that takes longer than a second", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  const handler: WebHandler = () => {
    asked.resolve();
    return never.promise;
  };
  const clock = new FakeClock();
  const web = await WebServer.listen({ port: 0, routes: { "GET /": handler }, clock });
  const got = get(web).catch((error) => error);
  await asked.promise;
  const closed = web.close();
  await clock.advanceAsync(1_000);
  await clock.advanceAsync(20);
  await closed;
  assert(await got instanceof Error);
  never.resolve(textAnswer("too late"));
});

for (
  const [what, text, graceMs] of [
    ["says nothing", "", 0],
    ["has said half a request", "GET / HTTP/1.1\r\nHo", 0],
    [
      "asks and asks, and reads nothing",
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(50_000),
      1_000,
    ],
  ] as const
) {
  Deno.test(`a client that ${what} does not hold WebServer.close longer than ${graceMs} ms`, async () => {
    const routes = { "GET /": () => textAnswer("x".repeat(5_000)) };
    const clock = new FakeClock();
    await using web = await WebServer.listen({ port: 0, routes, clock });
    const client = await dial(web.address);
    const writing = writeAll(client, encoder.encode(text)).catch(() => {
      // The server has ended it: that is what is wanted.
    });
    // It has been taken in when another one, who came later, is answered.
    assertEquals((await get(web))[0], 200);
    let isClosed = false;
    const closed = web.close().then(() => isClosed = true);
    // The grace of a second is for answers that are under way.
    await clock.advanceAsync(graceMs);
    await closed;
    assert(isClosed);
    client.close();
    await writing;
  });
}

Deno.test("WebServer.close and abort can be called again, and abort waits for nothing", async () => {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  const handler: WebHandler = () => {
    asked.resolve();
    return never.promise;
  };
  const web = await WebServer.listen({
    port: 0,
    routes: { "GET /": handler },
    clock: new FakeClock(),
  });
  const got = get(web).catch((error) => error);
  await asked.promise;
  const closed = web.close();
  await web.abort();
  await closed;
  await web.close();
  assert(await got instanceof Error);
  never.resolve(textAnswer("too late"));
});

Deno.test("a route is a method and a path; :names stand for one segment each, decoded", async () => {
  const tell = (method: string): WebHandler => (_request, { params, peer }) => {
    assert(/^127\.0\.0\.1:\d+$/.test(peer));
    return textAnswer(`${method} ${JSON.stringify(params)}`);
  };
  const routes = { "GET /files/:id/:name": tell("get"), "PUT /files/:id/:name": tell("put") };
  await using web = await WebServer.listen({ port: 0, routes });
  assertEquals(await get(web, "files/1/a%20b"), [200, 'get {"id":"1","name":"a b"}']);
  assertEquals(await get(web, "files/1/%2e%2e%2fx"), [200, 'get {"id":"1","name":"../x"}']);
  assertEquals(await get(web, "files/1/x", { method: "PUT" }), [200, 'put {"id":"1","name":"x"}']);
  for (const path of ["files/1", "files/1/", "files/1/x/y", "files//x", "files/1/%ff"]) {
    assertEquals((await get(web, path))[0], 404, path);
  }
  const response = await fetch(`${web.url}files/1/x`, { method: "DELETE" });
  await response.body?.cancel();
  assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD, PUT"]);
});
