import { assert, assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import { dial } from "../../net/tcp.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { dialTls } from "../../net/tls_dial.ts";
import { Program } from "../support/process.ts";

const HALF_OPEN = 500;
/** What is open of a process: files, sockets. */
const openFiles = (pid: number) => [...Deno.readDirSync(`/proc/${pid}/fd`)].length;

/** What somebody says who never comes to the end of a handshake. */
const BEGINNINGS: readonly Uint8Array<ArrayBuffer>[] = [
  new Uint8Array(0),
  Uint8Array.of(0x16),
  Uint8Array.of(0x16, 3, 1, 0, 200, 1),
  // A record of the greatest length, of which little comes.
  Uint8Array.of(0x16, 3, 3, 0x40, 0, 1, 0, 0x3f, 0xfc, 3, 3),
];

/** Ends of connections that the server has closed. */
async function readUntilClosed(connection: Connection): Promise<void> {
  const buffer = new Uint8Array(64);
  while (await connection.read(buffer).catch(() => null) !== null);
  connection.close();
}

Deno.test({
  name: "five hundred half-open TLS handshakes do not stop the chat, and are ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const args = ["--port", "0", "--web-port", "0", "--memory", "--tls", "--log-level", "error"];
    await using server = Program.start("server.ts", args);
    const [, chatPort] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+) \(TLS\)$/);
    const [, webPort] = await server.line(/^web listening on https:\/\/127\.0\.0\.1:(\d+)\/$/);
    const chat = { host: "127.0.0.1", port: Number(chatPort) };
    const web = { host: "127.0.0.1", port: Number(webPort) };
    const tls = { check: () => {} };
    await using ann = await ChatClient.connect({
      ...chat,
      name: "guest-ann",
      room: "lobby",
      tls,
    });
    const before = openFiles(server.pid);
    const half: Connection[] = [];
    for (const where of [chat, web]) {
      for (let at = 0; at < HALF_OPEN; at++) {
        const connection = await dial(where);
        await writeAll(connection, BEGINNINGS[at % BEGINNINGS.length]!);
        half.push(connection);
      }
    }
    const closed = Promise.all(half.map(readUntilClosed));
    // Who was there is served, and who comes too.
    await ann.send("lobby", "still here");
    await using bob = await ChatClient.connect({
      ...chat,
      name: "guest-bob",
      room: "lobby",
      tls,
    });
    await bob.send("lobby", "hello");
    (await dialTls({ ...web, trust: tls })).close();
    assert(openFiles(server.pid) >= before + HALF_OPEN, "they were open");
    // The server ends each of them ten seconds after it came.
    await closed;
    await ann.send("lobby", "and after");
    while (openFiles(server.pid) > before + 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    server.kill("SIGTERM");
    assertEquals((await server.finish()).code, 0);
  },
});

Deno.test("what is no TLS, and handshakes that break off, leave a TLS port as it was", async () => {
  const args = ["--port", "0", "--no-web", "--memory", "--tls", "--log-level", "error"];
  await using server = Program.start("server.ts", args);
  const [, port] = await server.line(/^chat listening on 127\.0\.0\.1:(\d+) \(TLS\)$/);
  const chat = { host: "127.0.0.1", port: Number(port) };
  const noise = crypto.getRandomValues(new Uint8Array(5_000));
  const attempts = [
    noise,
    Uint8Array.of(0, 0, 0, 2, 1, 0x7b, 0x7d),
    Uint8Array.of(0x80, 0x2e, 1, 0, 2),
    // A record of TLS that is no greeting, and one whose length is beyond the greatest.
    Uint8Array.of(0x16, 3, 3, 0, 4, 0xff, 0, 0, 0),
    Uint8Array.of(0x16, 3, 3, 0xff, 0xff, ...noise.subarray(0, 1_000)),
    new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
  ];
  for (const bytes of attempts) {
    const connection = await dial(chat);
    await writeAll(connection, bytes);
    await readUntilClosed(connection);
    const goneAtOnce = await dial(chat);
    await goneAtOnce.write(bytes).catch(() => 0);
    goneAtOnce.close();
  }
  await using ann = await ChatClient.connect({
    ...chat,
    name: "guest-ann",
    room: "lobby",
    tls: { check: () => {} },
  });
  await ann.send("lobby", "hello");
  assertEquals(server.lines.stderr.filter((line) => line.includes("rror")), []);
});
