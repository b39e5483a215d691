/**
 * A token bucket: so much at once, then so much a second. It may go into debt: what is there is
 * always taken, and the wait until the debt is paid is told, so nothing is refused or reordered.
 *
 * Source: Turner, "New directions in communications", IEEE Communications Magazine 24 (10), 1986.
 */
export class TokenBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  /**
   * @param burst What it holds when it is full; 0: no limit at all.
   * @param perSecond What flows in each second.
   * @param now Unix time in milliseconds.
   */
  constructor(burst: number, perSecond: number, now: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1_000;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Whether everything has come back. */
  isFull(now: number): boolean {
    return this.#tokens + Math.max(0, now - this.#at) * this.#perMs >= this.#burst;
  }

  /**
   * Takes tokens.
   *
   * @param count How many.
   * @param now Unix time in milliseconds; going backwards gives nothing and takes nothing.
   * @returns How long to wait before the next is taken, in milliseconds.
   */
  take(count: number, now: number): number {
    if (this.#burst === 0) return 0;
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#perMs) - count;
    return this.#tokens >= 0 ? 0 : Math.ceil(-this.#tokens / this.#perMs);
  }
}
