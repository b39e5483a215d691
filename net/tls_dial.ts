import type { ConnectionOptions, TLSSocket } from "node:tls";
import { certificateFingerprint } from "./certificate.ts";
import type { Connection } from "./connection.ts";
import { rawStream } from "./raw_stream.ts";
import { socketConnection } from "./socket_connection.ts";
import { type DialOptions, formatAddress } from "./tcp.ts";
import { servedWithTls } from "./tls.ts";
import { checkTrust, type TlsTrust } from "./tls_trust.ts";

/** How to dial with TLS. */
export interface TlsDialOptions extends DialOptions {
  /** Which certificates are trusted. @default those that an authority vouches for */
  readonly trust?: TlsTrust;
  /** How long the handshake may take, in milliseconds. @default {10_000} */
  readonly handshakeTimeoutMs?: number;
}

const IP_ADDRESS = /^[\d.]+$|:/;

/**
 * Dials, and speaks TLS, 1.3 or 1.2. Nothing of the caller's is sent before the server's certificate is trusted.
 *
 * It stands on `node:tls`, which hands out any certificate that a server shows and has the key of, and says beside
 * it whether an authority vouches: `Deno.connectTls` takes only what an authority vouches for.
 *
 * @param options Where to, whom to trust, and a signal.
 * @returns The open connection; its `servedAs` is `tls:` and the fingerprint of the server's certificate.
 * @throws {CertificateError} The certificate is not trusted.
 * @throws {Deno.errors.ConnectionRefused} Nobody listens there (and what else Deno.connect throws).
 * @throws {Deno.errors.InvalidData} The port does not speak TLS.
 * @throws {Deno.errors.ConnectionReset} The server hung up during the handshake.
 * @throws {Deno.errors.TimedOut} The handshake took too long.
 * @throws The signal's reason.
 */
export async function dialTls(options: TlsDialOptions): Promise<Connection> {
  try {
    return await tryDial(options);
  } catch (error) {
    // A server that takes a new certificate may hang up on who came in that moment. Nothing was sent yet.
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    return await tryDial(options);
  }
}

async function tryDial(options: TlsDialOptions): Promise<Connection> {
  const { host, port, trust = {}, signal } = options;
  const server = { host, port };
  const { checkServerIdentity, connect, rootCertificates } = await import("node:tls");
  const conn = await Deno.connect({ hostname: host, port, ...signal && { signal } });
  conn.setNoDelay(true);
  const { hostname, port: peerPort } = conn.remoteAddr;
  const raw = rawStream(conn);
  const how: Omit<ConnectionOptions, "socket"> & { readonly allowHalfOpen: true } = {
    host,
    ...IP_ADDRESS.test(host) ? {} : { servername: host },
    minVersion: "TLSv1.2",
    // It is checked below, before anything is written.
    rejectUnauthorized: false,
    allowHalfOpen: true,
    // Given some, Node trusts no others.
    ...trust.authorities && { ca: [...rootCertificates, ...trust.authorities] },
  };
  const socket = connect({ ...how, socket: raw.stream });
  try {
    await handshake(socket, options);
    const shown = socket.getPeerCertificate();
    const fingerprint = certificateFingerprint(shown.raw);
    const isVouched = socket.authorized && checkServerIdentity(host, shown) === undefined;
    await checkTrust(trust, { server, fingerprint, isVouched });
    signal?.throwIfAborted();
    const peer = formatAddress({ host: hostname, port: peerPort });
    return socketConnection({ socket, raw, peer, servedAs: servedWithTls(fingerprint) });
  } catch (error) {
    socket.destroy();
    raw.stream.destroy();
    throw error;
  }
}

/** Waits for the handshake's end. */
async function handshake(
  socket: TLSSocket,
  { host, port, signal, handshakeTimeoutMs = 10_000 }: TlsDialOptions,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const address = formatAddress({ host, port });
  const onAbort = () => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => {
    const text = `${address} did not answer the TLS handshake within ${
      handshakeTimeoutMs / 1_000
    } s: does this port speak TLS?`;
    reject(new Deno.errors.TimedOut(text));
  }, handshakeTimeoutMs);
  // It stays: an error that nobody listens to would end the program.
  socket.on("error", (error) => reject(dialError(error, address)));
  socket.once("end", () => reject(hungUp(address)));
  socket.once("close", () => reject(hungUp(address)));
  socket.once("secureConnect", resolve);
  try {
    if (signal?.aborted) onAbort();
    await promise;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What a handshake fails with, as people can use it. */
function dialError(error: Error & { readonly code?: string }, address: string): Error {
  if (error.code === "ERR_SSL_WRONG_VERSION_NUMBER") {
    const text = `This port does not speak TLS: ${address} answered with something else`;
    return new Deno.errors.InvalidData(text, { cause: error });
  }
  const isReset = error.code === "ECONNRESET" || error instanceof Deno.errors.ConnectionReset;
  return isReset ? hungUp(address, error) : error;
}

function hungUp(address: string, cause?: Error): Error {
  const text = `${address} hung up during the TLS handshake: does this port speak TLS?`;
  return new Deno.errors.ConnectionReset(text, { cause });
}
