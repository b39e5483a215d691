import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dial, formatAddress, listen } from "../../net/tcp.ts";
import { testConnection } from "../contracts/connection.ts";
import { tcpPair } from "./tcp_pair.ts";

testConnection({ name: "tcpConnection", pair: tcpPair, tooManyBytes: 64 * 2 ** 20 });

Deno.test("formatAddress puts an IPv6 address in brackets", () => {
  assertEquals(formatAddress({ host: "127.0.0.1", port: 1 }), "127.0.0.1:1");
  assertEquals(formatAddress({ host: "::1", port: 65_535 }), "[::1]:65535");
});

Deno.test("listen gives every connection once, with its peer's address", async () => {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const dialled = await Promise.all(Array.from({ length: 5 }, () => dial(listener.address)));
  const peers: string[] = [];
  for await (const connection of listener) {
    peers.push(connection.peer);
    connection.close();
    if (peers.length === 5) break;
  }
  listener.close();
  for (const connection of dialled) {
    assertEquals(connection.peer, formatAddress(listener.address));
    connection.close();
  }
  assertEquals(new Set(peers).size, 5);
});

Deno.test("listen ends its iteration when it is closed, and leaves what it accepted", async () => {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const iterator = listener[Symbol.asyncIterator]();
  const accepting = iterator.next();
  const client = await dial(listener.address);
  const accepted: IteratorResult<typeof client> = await accepting;
  const waiting = iterator.next();
  listener.close();
  listener.close();
  assertEquals(await waiting, { done: true, value: undefined });
  assertEquals(await client.write(new Uint8Array(3)), 3);
  assertEquals(await accepted.value.read(new Uint8Array(10)), 3);
  client.close();
  accepted.value.close();
});

Deno.test("listen says that a port is in use", () => {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  try {
    assertThrows(() => listen(listener.address), Deno.errors.AddrInUse);
  } finally {
    listener.close();
  }
});

Deno.test("dial says that nobody listens", async () => {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  listener.close();
  await assertRejects(() => dial(listener.address), Deno.errors.ConnectionRefused);
});

Deno.test("dial ends with its signal's reason", async () => {
  const listener = listen({ host: "127.0.0.1", port: 0 });
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(() => dial({ ...listener.address, signal }), Error, "enough");
  listener.close();
});
