import type { Feed } from "./feed.ts";

/**
 * What all feeds together may hold. When it is too much, the feed that was written longest ago gives
 * up its oldest segments: its readers find the events in the log.
 */
export class FeedBudget {
  /** The most that one feed holds, in bytes. */
  readonly maxFeedBytes: number;
  readonly #maxBytes: number;
  /** In the order in which they last grew. */
  readonly #feeds = new Set<Feed>();
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
  resized(feed: Feed, bytes: number): void {
    this.#bytes += bytes;
    if (bytes < 0) return;
    this.#feeds.delete(feed);
    this.#feeds.add(feed);
    for (const oldest of this.#feeds) {
      if (this.#bytes <= this.#maxBytes || oldest === feed) return;
      while (this.#bytes > this.#maxBytes && oldest.trim());
      if (oldest.heldBytes === 0) this.#feeds.delete(oldest);
    }
  }

  /** A feed is gone. */
  forget(feed: Feed): void {
    this.#feeds.delete(feed);
  }
}
