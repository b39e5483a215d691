import { TokenBucket } from "../clock/token_bucket.ts";

/** From how many on those who have everything back are forgotten. */
const SWEEP_FROM = 1_024;

/** So much at once, then so much a second, for each of many: who asks for more is refused. */
export class Allowance {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, TokenBucket>();
  #sweepAt = SWEEP_FROM;

  /**
   * @param burst What each has at once; 0: no limit at all.
   * @param perSecond What comes back in each second.
   */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes one, or as many as are wanted, if they are there.
   *
   * @param whose Whose.
   * @param now Unix time in milliseconds.
   * @param count How many; more than the burst are never there.
   * @returns How long to wait, in milliseconds, where nothing was taken; else 0.
   */
  take(whose: string, now: number, count = 1): number {
    let bucket = this.#buckets.get(whose);
    if (bucket === undefined) {
      this.#sweep(now);
      bucket = new TokenBucket(this.#burst, this.#perSecond, now);
      this.#buckets.set(whose, bucket);
    }
    const waitMs = bucket.take(count, now);
    if (waitMs > 0) bucket.take(-count, now);
    return waitMs;
  }

  #sweep(now: number): void {
    if (this.#buckets.size < this.#sweepAt) return;
    for (const [whose, bucket] of this.#buckets) {
      if (bucket.isFull(now)) this.#buckets.delete(whose);
    }
    this.#sweepAt = Math.max(SWEEP_FROM, 2 * this.#buckets.size);
  }
}
