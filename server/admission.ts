import { Allowance } from "../chat/allowance.ts";
import { ProtocolError } from "../codec/errors.ts";
import { originOf } from "../net/origin.ts";

/** How many connections there may be. */
export interface AdmissionLimits {
  /** Connections in all. */
  readonly maxConnections: number;
  /** Connections from one address, or IPv6 network; loopback is exempt. */
  readonly maxConnectionsPerAddress: number;
}

/** How often one address may connect, when it has done so often at once. */
const COMING_PER_SECOND = 2;

/** Counts connections, in all and from each address, and says when it is enough. */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #perOrigin = new Map<string, number>();
  readonly #coming: Allowance;
  #count = 0;

  /** @param limits How many there may be. */
  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    // Who comes back again and again has a full pace each time: so all may come back twice at once.
    const { maxConnectionsPerAddress } = limits;
    this.#coming = new Allowance(2 * maxConnectionsPerAddress, COMING_PER_SECOND);
  }

  /** How many connections there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes one connection in.
   *
   * @param peer Its address, `host:port`.
   * @param now Unix time in milliseconds.
   * @returns Disposing it gives its place back.
   * @throws {ProtocolError} `server_full`, `too_many_connections`.
   */
  admit(peer: string, now: number): Disposable {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const origin = originOf(peer);
    if (this.#count >= maxConnections) {
      throw new ProtocolError(
        "server_full",
        `The server has ${maxConnections} connections, as many as it allows: try again later`,
        { details: { retryAfterMs: 30_000 } },
      );
    }
    const before = origin === undefined ? 0 : this.#perOrigin.get(origin) ?? 0;
    if (before >= maxConnectionsPerAddress) {
      throw new ProtocolError(
        "too_many_connections",
        `Your address has ${before} connections, as many as one may have: close one`,
      );
    }
    const retryAfterMs = origin === undefined ? 0 : this.#coming.take(origin, now);
    if (retryAfterMs > 0) {
      throw new ProtocolError(
        "too_many_connections",
        "Your address connects again and again, more often than one may: try again later",
        { details: { retryAfterMs } },
      );
    }
    this.#count++;
    if (origin !== undefined) this.#perOrigin.set(origin, before + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#count--;
        if (origin === undefined) return;
        const left = this.#perOrigin.get(origin)! - 1;
        if (left === 0) this.#perOrigin.delete(origin);
        else this.#perOrigin.set(origin, left);
      },
    };
  }
}
