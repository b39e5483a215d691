import { acceptAll } from "./accept.ts";
import type { Connection } from "./connection.ts";

/** Where to dial. */
export interface Address {
  /** A host name or an IP address. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * A {@link Connection} over a TCP (or TLS) connection of Deno's.
 *
 * @param conn The open connection; the returned one owns it.
 * @param servedAs What the server may be called in a proof; shared with other connections.
 * @returns The connection.
 */
export function tcpConnection(
  conn: Deno.TcpConn | Deno.TlsConn,
  servedAs: readonly string[] = [],
): Connection {
  return new TcpConnection(conn, servedAs);
}

/** What a server is called in a proof where nothing shows more of it than the port. */
function servedPlainly(port: number): readonly string[] {
  return [`plain:${port}`];
}

/** A class, since functions of its own for each connection cost a quarter of a kilobyte. */
class TcpConnection implements Connection {
  readonly peer: string;
  readonly servedAs: readonly string[];
  readonly #conn: Deno.TcpConn | Deno.TlsConn;
  #closed = false;

  constructor(conn: Deno.TcpConn | Deno.TlsConn, servedAs: readonly string[]) {
    const { hostname, port } = conn.remoteAddr;
    this.#conn = conn;
    this.servedAs = servedAs;
    this.peer = formatAddress({ host: hostname, port });
  }

  read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    return this.#conn.read(into);
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    return this.#conn.write(bytes);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#conn.close();
  }
}

/** How to dial. */
export interface DialOptions extends Address {
  /** Ends a dial that is under way. */
  readonly signal?: AbortSignal;
}

/**
 * Dials over TCP, with Nagle's algorithm off: what is written has been gathered already.
 *
 * @param options Where to, and a signal.
 * @returns The open connection.
 * @throws {Deno.errors.ConnectionRefused} Nobody listens there (and what else Deno.connect throws).
 */
export async function dial(options: DialOptions): Promise<Connection> {
  const { host, port, signal } = options;
  const conn = await Deno.connect({
    hostname: host,
    port,
    ...(signal === undefined ? {} : { signal }),
  });
  conn.setNoDelay(true);
  return tcpConnection(conn, servedPlainly(port));
}

/** A listening socket. */
export interface Listener extends AsyncIterable<Connection> {
  /** Where it listens: the port that was picked, where 0 was asked for. */
  readonly address: Address;
  /** Stops accepting; connections that were accepted stay. Idempotent. */
  close(): void;
}

/**
 * Listens for TCP connections.
 *
 * @param address Where; port 0 picks a free one.
 * @returns The listener; iterating it gives each connection once, until `close`.
 * @throws {Deno.errors.AddrInUse} Somebody else listens there (and what else Deno.listen throws).
 */
export function listen(address: Address): Listener {
  const listener = Deno.listen({ hostname: address.host, port: address.port });
  const servedAs = servedPlainly(listener.addr.port);
  let closed = false;
  return {
    address: { host: listener.addr.hostname, port: listener.addr.port },
    async *[Symbol.asyncIterator]() {
      for await (const conn of acceptAll(listener, () => closed)) {
        conn.setNoDelay(true);
        yield tcpConnection(conn, servedAs);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      listener.close();
    },
  };
}
