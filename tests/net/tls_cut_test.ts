import { assertEquals, assertRejects } from "@std/assert";
import { certificateFingerprint } from "../../net/certificate.ts";
import { type Connection, writeAll } from "../../net/connection.ts";
import { listenTls } from "../../net/tls.ts";
import { dialTls } from "../../net/tls_dial.ts";
import { TEST_CERTIFICATE, tlsPair } from "./tls_pair.ts";

// Somebody in between can read and change nothing, but end the connection whenever he likes. RFC 8446, section 6.1.

/** A relay that passes everything on, and can end what goes to one side. */
async function throughRelay() {
  const listener = listenTls({ host: "127.0.0.1", port: 0, ...TEST_CERTIFICATE });
  const relay = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const joining = (async () => {
    const toClient = await relay.accept();
    const toServer = await Deno.connect({ ...listener.address, hostname: "127.0.0.1" });
    return { toClient, toServer };
  })();
  const pumping: Promise<void>[] = [];
  const pumps = joining.then(({ toClient, toServer }) => {
    pumping.push(pump(toClient, toServer), pump(toServer, toClient));
  });
  const port = relay.addr.port;
  const fingerprint = certificateFingerprint(TEST_CERTIFICATE.cert);
  const dialling = dialTls({ host: "127.0.0.1", port, trust: { fingerprint } });
  const { value } = await listener[Symbol.asyncIterator]().next();
  const [client, server]: readonly Connection[] = [await dialling, value!];
  const ends = await joining;
  return {
    client: client!,
    server: server!,
    ...ends,
    async [Symbol.asyncDispose]() {
      client!.close();
      server!.close();
      listener.close();
      relay.close();
      await pumps;
      await Promise.all(pumping);
      for (const end of Object.values(ends)) end.close();
    },
  };
}

async function pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return await to.closeWrite();
      for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
    }
  } catch {
    // It was ended on this side.
  }
}

for (const victim of ["client", "server"] as const) {
  Deno.test(`an end that somebody in between made up is an error for the ${victim}, and no end`, async () => {
    await using relayed = await throughRelay();
    const [me, other, wire] = victim === "client"
      ? [relayed.client, relayed.server, relayed.toClient]
      : [relayed.server, relayed.client, relayed.toServer];
    await writeAll(other, new TextEncoder().encode("pay ann ten"));
    assertEquals(await me.read(new Uint8Array(100)), 11);
    await wire.closeWrite();
    await assertRejects(() => me.read(new Uint8Array(100)), Deno.errors.UnexpectedEof, "cut off");
    await assertRejects(() => me.read(new Uint8Array(100)), Deno.errors.UnexpectedEof, "cut off");
  });

  Deno.test(`what the ${victim} is told by its peer to be the end is one, through anybody`, async () => {
    await using relayed = await throughRelay();
    const [me, other] = victim === "client"
      ? [relayed.client, relayed.server]
      : [relayed.server, relayed.client];
    await other.closeWrite();
    assertEquals(await me.read(new Uint8Array(100)), null);
  });
}

Deno.test("a server that closes behind more than the wire holds says so, and that is no cut", async () => {
  for (let round = 0; round < 5; round++) {
    // Several at once: then some of them are behind with their last record.
    await Promise.all(Array.from({ length: 12 }, async (_, nth) => {
      const [client, server] = await tlsPair();
      const bytes = 250_000 + nth * 10_000;
      const sending = writeAll(server, new Uint8Array(bytes)).then(() => server.close());
      let got = 0;
      for (const buffer = new Uint8Array(100_000);;) {
        const count = await client.read(buffer);
        if (count === null) break;
        got += count;
      }
      assertEquals(got, bytes);
      await sending;
      client.close();
    }));
  }
});

Deno.test("a connection that was cut off is closed at once: nobody is left to be told of the end", async () => {
  await using relayed = await throughRelay();
  await relayed.toServer.closeWrite();
  await assertRejects(() => relayed.server.read(new Uint8Array(100)), Deno.errors.UnexpectedEof);
  const { setTimeout } = globalThis;
  let timers = 0;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    timers++;
    return setTimeout(...args);
  }) as typeof setTimeout;
  try {
    relayed.server.close();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  assertEquals(timers, 0);
});
