/** How pauses grow. */
export interface BackoffOptions {
  /** The first pause at most, in milliseconds. @default {500} */
  readonly firstMs?: number;
  /** No pause is longer, in milliseconds. @default {30_000} */
  readonly maxMs?: number;
  /** 0 up to, not including, 1. @default {Math.random} */
  readonly random?: () => number;
}

/**
 * Growing pauses between attempts: each may be twice the one before, and half of it is left to chance,
 * so that the clients of a server that comes back do not all come at once ("equal jitter", Brooker,
 * AWS Architecture Blog 2015).
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Backoff } from "./backoff.ts";
 *
 * const backoff = new Backoff();
 * const pauses = [backoff.next(), backoff.next()];
 * assert(pauses[0]! <= 500 && pauses[1]! >= 500 && pauses[1]! <= 1_000);
 * ```
 */
export class Backoff {
  readonly #firstMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #attempts = 0;

  /**
   * Begins with the first pause.
   *
   * @param options How pauses grow.
   */
  constructor(options: BackoffOptions = {}) {
    const { firstMs = 500, maxMs = 30_000, random = Math.random } = options;
    this.#firstMs = firstMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** The next pause, in milliseconds. */
  next(): number {
    const most = Math.min(this.#maxMs, this.#firstMs * 2 ** Math.min(this.#attempts++, 30));
    return Math.round(most / 2 + this.#random() * most / 2);
  }

  /** Begins again with the first pause. */
  reset(): void {
    this.#attempts = 0;
  }
}
