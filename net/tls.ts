import type { SecureContext, TLSSocketOptions } from "node:tls";
import { createSecureContext, TLSSocket } from "node:tls";
import { acceptAll } from "./accept.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { certificateFingerprint, checkCertificate, type TlsCertificate } from "./certificate.ts";
import type { Connection } from "./connection.ts";
import { rawStream } from "./raw_stream.ts";
import { socketConnection } from "./socket_connection.ts";
import { type Address, formatAddress, type Listener } from "./tcp.ts";

/** How to listen for TLS connections. */
export interface TlsListenOptions extends Address, TlsCertificate {
  /** How long a handshake may take, in milliseconds. @default {10_000} */
  readonly handshakeTimeoutMs?: number;
  /** Handshakes at once; where there are more, the oldest is given up. @default {1_024} */
  readonly maxHandshakes?: number;
  /** Told of a connection that did not become one, and why: it speaks no TLS, or was too slow. */
  readonly onRefused?: (peer: string, error: unknown) => void;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
}

/** A listening socket that speaks TLS, 1.3 or 1.2. */
export interface TlsListener extends Listener {
  /** What the certificate is known by: SHA-256 of its DER, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /**
   * Takes another certificate for the connections to come; those that are there keep theirs. The socket stays, so
   * nobody is refused.
   *
   * @param certificate The new one.
   * @throws {TypeError} It is none, or the key is not its: the old one is kept.
   */
  reload(certificate: TlsCertificate): void;
}

/**
 * Listens for TLS connections. Each is given out when its handshake is done: who is slow with it holds up nobody.
 *
 * It stands on `node:tls` over connections of Deno's own. `Deno.listenTls` takes half the memory, but a connection
 * that is closed during its handshake stays open there until the other side goes, and it keeps one certificate for
 * ever.
 *
 * @param options Where, with which certificate, and how patient; port 0 picks a free one.
 * @returns The listener; iterating it gives each connection once, until `close`. Of a connection `servedAs` is
 *   `tls:` and the fingerprint of the certificate that it was served with.
 * @throws {TypeError} The certificate or its key cannot be used.
 * @throws {Deno.errors.AddrInUse} Somebody else listens there (and what else Deno.listen throws).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dialTls, listenTls, makeCertificate } from "@parley/parley";
 *
 * const listener = listenTls({ host: "127.0.0.1", port: 0, ...await makeCertificate() });
 * const { fingerprint, address } = listener;
 * const connection = await dialTls({ ...address, trust: { fingerprint } });
 * assertEquals(connection.servedAs, [`tls:${fingerprint}`]);
 * connection.close();
 * listener.close();
 * ```
 */
export function listenTls(options: TlsListenOptions): TlsListener {
  return new TlsConnections(options);
}

/** What a server with this certificate is called in a proof (`ProofFields.server`). */
export function servedWithTls(fingerprint: string): readonly string[] {
  return [`tls:${fingerprint}`];
}

/**
 * An alert (RFC 8446, section 6: fatal, unexpected message) for who speaks no TLS: a program that looks at the first
 * byte knows what this port speaks. Node sends none.
 */
const NO_TLS = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 10);

/** What a handshake begins with. */
const HANDSHAKE_RECORD = 0x16;
/** Enough for most first messages of clients. */
const FIRST_READ_BYTES = 1_024;

/** A certificate, ready for use. */
interface Identity {
  readonly context: SecureContext;
  readonly fingerprint: string;
  /** Shared by the connections. */
  readonly servedAs: readonly string[];
}

/**
 * - I1 At most `maxHandshakes` connections are open that have not been given out.
 * - I2 A connection that has not been given out is closed by `close`.
 */
class TlsConnections implements TlsListener {
  readonly address: Address;
  readonly #options: Required<Omit<TlsListenOptions, keyof Address | keyof TlsCertificate>>;
  readonly #listener: Deno.TcpListener;
  /** How to end each that is in handshake, the oldest first. */
  readonly #shaking = new Set<(error: Error) => void>();
  /** Ready, and not given out. */
  readonly #ready: Connection[] = [];
  #identity: Identity;
  #wake = () => {};
  #closed = false;

  constructor({ host, port, cert, key, ...options }: TlsListenOptions) {
    const { handshakeTimeoutMs = 10_000, maxHandshakes = 1_024 } = options;
    const { clock = systemClock, onRefused = () => {} } = options;
    this.#options = { handshakeTimeoutMs, maxHandshakes, clock, onRefused };
    this.#identity = identityOf({ cert, key });
    this.#listener = Deno.listen({ hostname: host, port });
    this.address = { host: this.#listener.addr.hostname, port: this.#listener.addr.port };
    this.#accept();
  }

  get fingerprint(): string {
    return this.#identity.fingerprint;
  }

  reload(certificate: TlsCertificate): void {
    this.#identity = identityOf(certificate);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, undefined> {
    while (!this.#closed) {
      const connection = this.#ready.shift();
      if (connection !== undefined) yield connection;
      else await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const end of this.#shaking) end(new Deno.errors.Interrupted("The listener was closed"));
    for (const connection of this.#ready.splice(0)) connection.close();
    this.#wake();
  }

  async #accept(): Promise<void> {
    for await (const conn of acceptAll(this.#listener, () => this.#closed)) this.#take(conn);
  }

  async #take(conn: Deno.TcpConn): Promise<void> {
    const { hostname, port } = conn.remoteAddr;
    const peer = formatAddress({ host: hostname, port });
    const { maxHandshakes, onRefused } = this.#options;
    if (this.#shaking.size + this.#ready.length >= maxHandshakes) {
      const [endOldest] = this.#shaking;
      // Where there is none, it is those that nobody takes who are too many.
      if (endOldest === undefined) return conn.close();
      endOldest(new Deno.errors.TimedOut("There are too many handshakes: this was the oldest"));
    }
    conn.setNoDelay(true);
    try {
      const connection = await this.#shake(conn, peer);
      if (this.#closed) return connection.close();
      this.#ready.push(connection);
      this.#wake();
    } catch (error) {
      if (!this.#closed) onRefused(peer, error);
    }
  }

  /** Waits for the handshake's end; a connection that does not come to it is closed. */
  async #shake(conn: Deno.TcpConn, peer: string): Promise<Connection> {
    const { clock, handshakeTimeoutMs } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    const end = (error: Error) => {
      closeQuietly(conn);
      reject(error);
    };
    this.#shaking.add(end);
    using _deadline = clock.after(handshakeTimeoutMs, () => {
      end(new Deno.errors.TimedOut(`No TLS handshake within ${handshakeTimeoutMs / 1_000} s`));
    });
    try {
      handshake(conn, peer, this.#identity).then(resolve, reject);
      return await promise;
    } catch (error) {
      closeQuietly(conn);
      throw error;
    } finally {
      this.#shaking.delete(end);
    }
  }
}

/** The server's side of a handshake; closing the connection ends it. */
async function handshake(
  conn: Deno.TcpConn,
  peer: string,
  { context, servedAs }: Identity,
): Promise<Connection> {
  // Who says nothing costs no more than this.
  const first = new Uint8Array(FIRST_READ_BYTES);
  const count = await conn.read(first);
  if (count === null) throw new Deno.errors.ConnectionReset("It hung up before the handshake");
  if (first[0] !== HANDSHAKE_RECORD) {
    await conn.write(NO_TLS);
    throw new Deno.errors.InvalidData("It speaks no TLS");
  }
  const raw = rawStream(conn, first.subarray(0, count));
  const how: TLSSocketOptions & { readonly allowHalfOpen: true } = {
    isServer: true,
    secureContext: context,
    allowHalfOpen: true,
  };
  const socket = new TLSSocket(raw.stream, how);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const hungUp = () => reject(new Deno.errors.ConnectionReset("It hung up during the handshake"));
  // It stays: an error that nobody listens to would end the program.
  socket.on("error", reject);
  socket.once("end", hungUp);
  socket.once("close", hungUp);
  socket.once("secure", resolve);
  try {
    await promise;
    return socketConnection({ socket, raw, peer, servedAs });
  } catch (error) {
    socket.destroy();
    raw.stream.destroy();
    throw error;
  }
}

/** Closes what may have been closed by somebody else. */
function closeQuietly(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

function identityOf({ cert, key }: TlsCertificate): Identity {
  checkCertificate({ cert, key });
  const fingerprint = certificateFingerprint(cert);
  return {
    context: createSecureContext({ cert, key, minVersion: "TLSv1.2" }),
    fingerprint,
    servedAs: servedWithTls(fingerprint),
  };
}
