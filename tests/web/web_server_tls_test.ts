import { Agent, request as httpsRequest } from "node:https";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { certificateFingerprint, makeCertificate } from "../../net/certificate.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dial } from "../../net/tcp.ts";
import { dialTls } from "../../net/tls_dial.ts";
import { textAnswer, WebServer } from "../../web/web_server.ts";
import { TEST_CERTIFICATE } from "../net/tls_pair.ts";
import { TlsRelay } from "../support/tls_relay.ts";
import { openWebHouse } from "../support/web_house.ts";

const FINGERPRINT = certificateFingerprint(TEST_CERTIFICATE.cert);
const PINNED = { fingerprint: FINGERPRINT };
const routes = { "GET /": () => textAnswer("hello\n") };

/** Asks a secure server for something, and gives the beginning of what it answers. */
async function ask(connection: Connection, head: string): Promise<string> {
  await writeAll(connection, new TextEncoder().encode(`${head}\r\n\r\n`));
  const buffer = new Uint8Array(4_096);
  const count = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
}

/** A WebSocket's handshake, from a page of some origin. */
function upgrade(host: string, origin?: string): string {
  return [
    "GET /ws HTTP/1.1",
    `Host: ${host}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...origin === undefined ? [] : [`Origin: ${origin}`],
  ].join("\r\n");
}

Deno.test("a web server with a certificate speaks https, to Node's client too", async () => {
  await using web = await WebServer.listen({ port: 0, routes, tls: TEST_CERTIFICATE });
  assertEquals(web.url, `https://127.0.0.1:${web.address.port}/`);
  const connection = await dialTls({ ...web.address, trust: PINNED });
  assert((await ask(connection, "GET / HTTP/1.1\r\nHost: 127.0.0.1")).startsWith("HTTP/1.1 200"));
  connection.close();
  const agent = new Agent({ keepAlive: false, rejectUnauthorized: false });
  const answered = Promise.withResolvers<number | undefined>();
  httpsRequest(web.url, { agent }, (response) => {
    response.resume();
    response.once("close", () => answered.resolve(response.statusCode));
  }).once("error", answered.reject).end();
  assertEquals(await answered.promise, 200);
  agent.destroy();
});

Deno.test("the page's socket is a wss one, for an https page of the same address and no other", async () => {
  await using house = await openWebHouse({ tls: TEST_CERTIFICATE });
  const { host, origin } = new URL(house.url);
  for (
    const [from, status] of [
      [origin, "101"],
      [undefined, "101"],
      // Somebody in between can show a page under this address, in the clear.
      [origin.replace("https:", "http:"), "403"],
      ["https://elsewhere.example", "403"],
    ] as const
  ) {
    const connection = await dialTls({ ...house.web.address, trust: PINNED });
    const answer = await ask(connection, upgrade(host, from));
    assertEquals(answer.slice(9, 12), status, from);
    connection.close();
  }
});

Deno.test("a client of the web that knows the certificate says nothing to somebody in between", async () => {
  await using house = await openWebHouse({ tls: TEST_CERTIFICATE });
  await using relay = await TlsRelay.start(house.web.address);
  await assertRejects(() => dialTls({ ...relay.address, trust: PINNED }), CertificateError);
  assertEquals(relay.read, "");
  const trust = { fingerprint: relay.fingerprint };
  const careless = await dialTls({ ...relay.address, trust });
  const { host } = new URL(house.url);
  assertEquals((await ask(careless, upgrade(host))).slice(9, 12), "101");
  assert(relay.read.includes("GET /ws"));
  careless.close();
});

Deno.test("a web server takes another certificate without ending, and no bad one", async () => {
  await using web = await WebServer.listen({ port: 0, routes, tls: TEST_CERTIFICATE });
  const before = await dialTls({ ...web.address, trust: PINNED });
  const other = await makeCertificate();
  web.changeCertificate(other);
  assertThrows(
    () => web.changeCertificate({ ...other, key: "nonsense" }),
    TypeError,
    "private key",
  );
  const trust = { fingerprint: certificateFingerprint(other.cert) };
  const after = await dialTls({ ...web.address, trust });
  for (const connection of [before, after]) {
    const answer = await ask(connection, "GET / HTTP/1.1\r\nHost: 127.0.0.1");
    assertEquals(answer.slice(9, 12), "200");
    connection.close();
  }
  await using plain = await WebServer.listen({ port: 0, routes });
  assertThrows(() => plain.changeCertificate(other), TypeError, "speaks no TLS");
});

Deno.test("a web server counts who is in handshake, and closes who speaks no TLS", async () => {
  await using web = await WebServer.listen({ port: 0, routes, tls: TEST_CERTIFICATE });
  const half = await dial(web.address);
  await writeAll(half, Uint8Array.of(0x16, 3, 1, 0, 200, 1));
  const plain = await dial(web.address);
  const answer = await ask(plain, "GET / HTTP/1.1\r\nHost: 127.0.0.1");
  assert(!answer.startsWith("HTTP"), answer);
  assert(web.connections >= 1);
  const fine = await dialTls({ ...web.address, trust: PINNED });
  assert((await ask(fine, "GET / HTTP/1.1\r\nHost: 127.0.0.1")).startsWith("HTTP/1.1 200"));
  for (const connection of [half, plain, fine]) connection.close();
});
