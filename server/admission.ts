import { Allowance } from "../chat/allowance.ts";
import { ProtocolError } from "../codec/errors.ts";
import { CountByKey } from "../net/count_by_key.ts";
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
  readonly #perOrigin = new CountByKey();
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
    const before = this.#perOrigin.of(origin);
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
    const counted = this.#perOrigin.add(origin);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        counted[Symbol.dispose]();
        if (held) this.#count--;
        held = false;
      },
    };
  }
}
