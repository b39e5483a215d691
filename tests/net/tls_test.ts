import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { certificateFingerprint, makeCertificate } from "../../net/certificate.ts";
import { formatCertificateFingerprint } from "../../net/certificate_fingerprint.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { writeAll } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { dial } from "../../net/tcp.ts";
import { listenTls, type TlsListenOptions } from "../../net/tls.ts";
import { dialTls } from "../../net/tls_dial.ts";
import type { ShownCertificate } from "../../net/tls_trust.ts";
import { testConnection } from "../contracts/connection.ts";
import { makeAuthority } from "../support/authority.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TEST_CERTIFICATE, tlsPair } from "./tls_pair.ts";

testConnection({ name: "dialTls", pair: tlsPair, tooManyBytes: 64 * 2 ** 20 });
testConnection({
  name: "listenTls",
  pair: async () => (await tlsPair()).toReversed() as [never, never],
  tooManyBytes: 64 * 2 ** 20,
});

const LOCAL = { host: "127.0.0.1", port: 0 } as const;
const { fingerprint: FINGERPRINT } = (() => {
  const listener = listenTls({ ...LOCAL, ...TEST_CERTIFICATE });
  listener.close();
  return listener;
})();
/** The beginning of a handshake that never goes on. */
const HALF_HELLO = Uint8Array.of(0x16, 3, 1, 0, 200, 1);

/** A listener, and what it says of connections that did not become one. */
function listening(options: Partial<TlsListenOptions> = {}) {
  const refused: string[] = [];
  let wake = () => {};
  const listener = listenTls({
    ...LOCAL,
    ...TEST_CERTIFICATE,
    onRefused: (_peer, error) => {
      refused.push(error instanceof Error ? error.name : "");
      wake();
    },
    ...options,
  });
  return {
    listener,
    refused,
    /** Waits until so many were refused. */
    async untilRefused(count: number) {
      while (refused.length < count) await new Promise<void>((resolve) => wake = resolve);
    },
    [Symbol.dispose]: () => listener.close(),
  };
}

/** A listener that speaks no TLS, and answers the first bytes that come to it. */
function answering(answer: (conn: Deno.TcpConn) => Promise<void>) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const conn of listener) {
      await conn.read(new Uint8Array(2_000));
      await answer(conn);
      conn.close();
    }
  })();
  return {
    address: { host: "127.0.0.1", port: listener.addr.port },
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

Deno.test("both sides call the server by the certificate that it was served with", async () => {
  const [dialled, accepted] = await tlsPair();
  assertEquals(dialled.servedAs, [`tls:${FINGERPRINT}`]);
  assertEquals(accepted.servedAs, [`tls:${FINGERPRINT}`]);
  dialled.close();
  accepted.close();
});

Deno.test("dialTls takes no certificate but the one that is pinned, and sends nothing to it", async () => {
  using server = listening();
  const other = await makeCertificate();
  const trust = { fingerprint: certificateFingerprint(other.cert) };
  const error = await assertRejects(
    () => dialTls({ ...server.listener.address, trust }),
    CertificateError,
    formatCertificateFingerprint(FINGERPRINT),
  );
  assertEquals([error.fault, error.fingerprint], ["not_pinned", FINGERPRINT]);
  const { value } = await server.listener[Symbol.asyncIterator]().next();
  assertEquals(await value!.read(new Uint8Array(10)).catch(() => null), null);
  value!.close();
});

Deno.test("dialTls refuses what nobody vouches for, where nothing is said of trust", async () => {
  using server = listening();
  const error = await assertRejects(() => dialTls(server.listener.address), CertificateError);
  assertEquals([error.fault, error.fingerprint], ["unknown", FINGERPRINT]);
});

Deno.test("dialTls asks the check, which knows whether an authority vouches for that host", async () => {
  const { authority, issue } = await makeAuthority();
  for (
    const { hosts, isVouched, authorities } of [
      { hosts: ["127.0.0.1"], isVouched: true, authorities: [authority] },
      { hosts: ["127.0.0.1"], isVouched: false, authorities: [] },
      { hosts: ["other.example"], isVouched: false, authorities: [authority] },
    ]
  ) {
    using server = listening(await issue(hosts));
    const shown: ShownCertificate[] = [];
    const trust = {
      authorities,
      check: (certificate: ShownCertificate) => void shown.push(certificate),
    };
    const connection = await dialTls({ ...server.listener.address, trust });
    connection.close();
    const { fingerprint, address } = server.listener;
    assertEquals(shown, [{ server: address, fingerprint, isVouched }]);
  }
});

Deno.test("dialTls trusts what an authority vouches for, and nothing that is over its time", async () => {
  const { authority, issue } = await makeAuthority();
  const trust = { authorities: [authority] };
  {
    using server = listening(await issue(["127.0.0.1"]));
    (await dialTls({ ...server.listener.address, trust })).close();
  }
  using expired = listening(await issue(["127.0.0.1"], { daysOver: 1 }));
  await assertRejects(() => dialTls({ ...expired.listener.address, trust }), CertificateError);
  // Who pins it has decided about that certificate: its time says nothing more.
  const { fingerprint, address } = expired.listener;
  (await dialTls({ ...address, trust: { fingerprint } })).close();
});

Deno.test("dialTls says that a port speaks no TLS, or hangs up", async () => {
  await using plain = answering(async (conn) => void await conn.write(new Uint8Array(100)));
  await assertRejects(
    () => dialTls(plain.address),
    Deno.errors.InvalidData,
    `This port does not speak TLS: 127.0.0.1:${plain.address.port}`,
  );
  await using silent = answering(() => Promise.resolve());
  await assertRejects(
    () => dialTls(silent.address),
    Deno.errors.ConnectionReset,
    "hung up during the TLS handshake",
  );
});

Deno.test("dialTls gives up on a handshake that does not go on, and ends with its signal", async () => {
  const over = Promise.withResolvers<void>();
  await using server = answering(() => over.promise);
  await assertRejects(
    () => dialTls({ ...server.address, handshakeTimeoutMs: 20 }),
    Deno.errors.TimedOut,
    "within 0.02 s",
  );
  over.resolve();
  const stop = new AbortController();
  const dialling = dialTls({ ...server.address, signal: stop.signal });
  stop.abort(new Error("enough"));
  await assertRejects(() => dialling, Error, "enough");
});

Deno.test("dialTls says that nobody listens", async () => {
  const server = listening();
  server.listener.close();
  await assertRejects(() => dialTls(server.listener.address), Deno.errors.ConnectionRefused);
});

Deno.test("listenTls ends what is no TLS with an alert, which the frames' decoder names", async () => {
  using server = listening();
  const connection = await dial(server.listener.address);
  const reader = new FrameReader(connection);
  await writeAll(connection, encodeFrame("json", new TextEncoder().encode("{}")));
  await reader.more();
  assertThrows(() => reader.next(), ProtocolError, "the other side speaks TLS");
  connection.close();
  await server.untilRefused(1);
  assertEquals(server.refused, ["InvalidData"]);
});

Deno.test("listenTls closes a handshake that takes too long, and serves others meanwhile", async () => {
  const clock = new FakeClock();
  using server = listening({ clock });
  const slow = await dial(server.listener.address);
  await writeAll(slow, HALF_HELLO);
  const { fingerprint, address } = server.listener;
  const dialled = await dialTls({ ...address, trust: { fingerprint } });
  const { value } = await server.listener[Symbol.asyncIterator]().next();
  assertEquals(await dialled.write(new Uint8Array(3)), 3);
  assertEquals(await value!.read(new Uint8Array(10)), 3);
  assertEquals(server.refused, []);
  clock.advance(10_000);
  await server.untilRefused(1);
  assertEquals(await slow.read(new Uint8Array(10)), null);
  for (const connection of [slow, dialled, value!]) connection.close();
});

Deno.test("listenTls gives up the oldest handshake where there are too many", async () => {
  using server = listening({ maxHandshakes: 3, clock: new FakeClock() });
  const half = [];
  for (let i = 0; i < 6; i++) {
    const connection = await dial(server.listener.address);
    await writeAll(connection, HALF_HELLO);
    half.push(connection);
  }
  await server.untilRefused(3);
  const { fingerprint, address } = server.listener;
  (await dialTls({ ...address, trust: { fingerprint } })).close();
  for (const connection of half) connection.close();
});

Deno.test("listenTls closes what was not given out yet, when it is closed", async () => {
  const { listener } = listening();
  const { fingerprint, address } = listener;
  const dialled = await dialTls({ ...address, trust: { fingerprint } });
  const half = await dial(address);
  await writeAll(half, HALF_HELLO);
  listener.close();
  listener.close();
  assertEquals(await dialled.read(new Uint8Array(1)).catch(() => null), null);
  assertEquals(await half.read(new Uint8Array(1)).catch(() => null), null);
  dialled.close();
  half.close();
});

Deno.test("listenTls takes another certificate without refusing anybody, and keeps the old one if it is bad", async () => {
  const [first, second] = [TEST_CERTIFICATE, await makeCertificate()];
  using server = listening();
  const { listener } = server;
  const serving = (async () => {
    for await (const connection of listener) connection.close();
  })();
  const known = [first, second].map(({ cert }) => certificateFingerprint(cert));
  const seen: string[] = [];
  let [stop, wake] = [false, () => {}];
  const check = ({ fingerprint }: ShownCertificate) => void seen.push(fingerprint);
  const dialling = (async () => {
    while (!stop) {
      (await dialTls({ ...listener.address, trust: { check } })).close();
      wake();
    }
  })();
  const untilSeen = async (fingerprint: string) => {
    while (seen.at(-1) !== fingerprint) await new Promise<void>((resolve) => wake = resolve);
  };
  for (const certificate of [second, first, second]) {
    listener.reload(certificate);
    await untilSeen(certificateFingerprint(certificate.cert));
    assertEquals(listener.fingerprint, certificateFingerprint(certificate.cert));
    assertThrows(() => listener.reload({ ...certificate, cert: "nonsense" }), TypeError);
    assertThrows(
      () => listener.reload({ cert: first.cert, key: second.key }),
      TypeError,
      "private key",
    );
    assertEquals(listener.fingerprint, certificateFingerprint(certificate.cert));
  }
  stop = true;
  await dialling;
  listener.close();
  await serving;
  assertEquals([...new Set(seen)].sort(), known.sort());
});

Deno.test("listenTls says that a port is in use", () => {
  using server = listening();
  assertThrows(
    () => listenTls({ ...server.listener.address, ...TEST_CERTIFICATE }),
    Deno.errors.AddrInUse,
  );
});
