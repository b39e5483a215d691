/** Reads of the log under way at once: the log serves live traffic first. */
const MAX_READS = 4;

/** Lets those who are behind read the log: few at once, first come first served. */
export class CatchUp {
  readonly #waiting: (() => void)[] = [];
  readonly #maxReads: number;
  #running = 0;

  /** @param maxReads How many reads may be under way at once. */
  constructor(maxReads: number = MAX_READS) {
    this.#maxReads = maxReads;
  }

  /**
   * Runs a read when it is its turn.
   *
   * @param read The read.
   * @returns What it answers.
   */
  async run<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#maxReads) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await read();
    } finally {
      // The place goes to the next one, or is free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
