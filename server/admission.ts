import { ProtocolError } from "../codec/errors.ts";

/** How many connections there may be. */
export interface AdmissionLimits {
  /** Connections in all. */
  readonly maxConnections: number;
  /** Connections from one address; loopback is exempt. */
  readonly maxConnectionsPerAddress: number;
}

/** Counts connections, in all and from each address, and says when it is enough. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perHost = new Map<string, number>();
  #count = 0;

  /** @param limits How many there may be. */
  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** How many connections there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes one connection in.
   *
   * @param peer Its address, `host:port`.
   * @returns Disposing it gives its place back.
   * @throws {ProtocolError} `server_full`, `too_many_connections`.
   */
  admit(peer: string): Disposable {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const host = peer.slice(0, peer.lastIndexOf(":"));
    const fromHost = this.#perHost.get(host) ?? 0;
    if (this.#count >= maxConnections) {
      throw new ProtocolError(
        "server_full",
        `The server has ${maxConnections} connections, as many as it allows: try again later`,
        { details: { retryAfterMs: 30_000 } },
      );
    }
    if (fromHost >= maxConnectionsPerAddress && !isLoopback(host)) {
      throw new ProtocolError(
        "too_many_connections",
        `Your address has ${fromHost} connections, as many as one may have: close one`,
      );
    }
    this.#count++;
    this.#perHost.set(host, fromHost + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#count--;
        const left = this.#perHost.get(host)! - 1;
        if (left === 0) this.#perHost.delete(host);
        else this.#perHost.set(host, left);
      },
    };
  }
}

function isLoopback(host: string): boolean {
  return host.startsWith("127.") || host === "[::1]" || host.startsWith("[::ffff:127.") ||
    host === "memory";
}
