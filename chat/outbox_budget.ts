/** What waits in all outboxes together. */
export class OutboxBudget {
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes The most that may wait; above it `full`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What waits now, in bytes. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Whether too much waits: then nobody for whom something waits may ask more. */
  get full(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** So many bytes more (or, negative, fewer) wait. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }
}
