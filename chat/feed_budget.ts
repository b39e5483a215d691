/** Encoded events that can be given up: whoever needs them finds them in the log. */
export interface EncodedEvents {
  /** Memory held, in bytes. */
  readonly heldBytes: number;
  /** Gives up the oldest of them. @returns Whether there were any to give. */
  trim(): boolean;
}

/**
 * What all feeds, and all pages of the log that members share, may hold together. When it is too much,
 * the one that was written longest ago gives up its oldest: its readers find the events in the log.
 */
export class FeedBudget {
  /** The most that one feed holds, in bytes. */
  readonly maxFeedBytes: number;
  readonly #maxBytes: number;
  /** In the order in which they last grew. */
  readonly #holders = new Set<EncodedEvents>();
  #bytes = 0;

  /**
   * @param maxFeedBytes The most that one feed holds.
   * @param maxBytes The most that all feeds hold.
   */
  constructor(maxFeedBytes: number, maxBytes: number) {
    this.maxFeedBytes = maxFeedBytes;
    this.#maxBytes = maxBytes;
  }

  /** What all feeds hold now, in bytes. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** A feed grew or shrank. */
  resized(holder: EncodedEvents, bytes: number): void {
    this.#bytes += bytes;
    if (bytes < 0) return;
    this.#holders.delete(holder);
    this.#holders.add(holder);
    for (const oldest of this.#holders) {
      if (this.#bytes <= this.#maxBytes || oldest === holder) return;
      while (this.#bytes > this.#maxBytes && oldest.trim());
      if (oldest.heldBytes === 0) this.#holders.delete(oldest);
    }
  }

  /** A feed is gone. */
  forget(holder: EncodedEvents): void {
    this.#holders.delete(holder);
  }
}
