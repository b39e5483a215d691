import type { Latency } from "../job.ts";

/** How long things took: a fixed number of them. */
export class Latencies {
  readonly #values: Float32Array<ArrayBuffer>;
  #length = 0;

  /** @param most How many there will be at most. */
  constructor(most: number) {
    this.#values = new Float32Array(most);
  }

  /** Adds one, in milliseconds. */
  add(ms: number): void {
    this.#values[this.#length++] = ms;
  }

  /** What they come to. */
  summary(): Latency {
    const sorted = this.#values.subarray(0, this.#length).sort();
    const at = (share: number) =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
    return { p50: at(0.5), p99: at(0.99), max: at(1) };
  }
}
