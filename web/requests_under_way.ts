import { CountByKey } from "../net/count_by_key.ts";
import { originOf } from "../net/origin.ts";

/** How many requests may be under way at once. */
export interface RequestLimits {
  /** In all. */
  readonly maxRequests: number;
  /** From one address, or IPv6 network; loopback is exempt. */
  readonly maxRequestsPerAddress: number;
}

/** Counts the requests that are under way, in all and from each address, and says when it is enough. */
export class RequestsUnderWay {
  readonly #limits: RequestLimits;
  readonly #perAddress = new CountByKey();
  #count = 0;

  /** @param limits How many there may be. */
  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Takes one in.
   *
   * @param peer Whose it is, `host:port`.
   * @param over Settles when it is over.
   * @returns The HTTP status to refuse it with; undefined where it may go on.
   */
  take(peer: string, over: Promise<unknown>): 429 | 503 | undefined {
    const { maxRequests, maxRequestsPerAddress } = this.#limits;
    const address = originOf(peer);
    if (this.#perAddress.of(address) >= maxRequestsPerAddress) return 429;
    if (this.#count >= maxRequests) return 503;
    this.#count++;
    const counted = this.#perAddress.add(address);
    const release = () => {
      this.#count--;
      counted[Symbol.dispose]();
    };
    over.then(release, release);
    return undefined;
  }
}
