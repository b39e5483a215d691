/** Memory that writes share: it is there as long as one of them holds it. */
export interface Held {
  /** How many writes hold it. */
  writes: number;
  /** How much it is. */
  readonly heldBytes: number;
}

/**
 * What waits in all outboxes together: answers, and the stream events of writes that are under way.
 *
 * Many writes are views of one segment, which is there as long as one of them is: so it counts once, and
 * whole.
 */
export class OutboxBudget {
  readonly #maxBytes: number;
  #bytes = 0;
  #writtenBytes = 0;

  /** @param maxBytes The most that may wait. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Answers that wait now, in bytes. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Memory that writes of stream events hold now, in bytes. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Whether too many answers wait: then nobody for whom something waits may ask more. */
  get full(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** Whether writes must hold no more stream events than they have begun: the log has them. */
  get tight(): boolean {
    return this.#bytes + this.#writtenBytes > this.#maxBytes;
  }

  /** So many bytes of answers more (or, negative, fewer) wait. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** A write of stream events begins. */
  hold(held: Held): void {
    if (held.writes++ === 0) this.#writtenBytes += held.heldBytes;
  }

  /** A write that held this is over. */
  release(held: Held): void {
    if (--held.writes === 0) this.#writtenBytes -= held.heldBytes;
  }
}
