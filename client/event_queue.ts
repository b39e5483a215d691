/** How much an {@link EventQueue} holds. */
export interface EventQueueOptions {
  /** Events from which on the queue is full. */
  readonly maxEvents: number;
}

/**
 * Events between the connection's reader and the application: bounded, in order, each handed out once.
 *
 * - I1 Events come out in the order in which they went in; several iterators share them.
 * - I2 After `close` what is queued still comes out, then the end, or the error.
 * - I3 Leaving a `for await` closes nothing: the next one goes on where it left off.
 *
 * @typeParam T An event.
 */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #maxEvents: number;
  #events: T[] = [];
  #taken = 0;
  #closed: { readonly error: unknown } | undefined;
  #wake: (() => void)[] = [];

  /**
   * Makes an empty queue.
   *
   * @param options How much it holds.
   */
  constructor({ maxEvents }: EventQueueOptions) {
    if (!Number.isInteger(maxEvents) || maxEvents < 1) {
      throw new RangeError(`Cannot queue ${maxEvents} events: 1 or more are allowed`);
    }
    this.#maxEvents = maxEvents;
  }

  /** How many events wait. */
  get size(): number {
    return this.#events.length - this.#taken;
  }

  /** Whether as many events wait as should. */
  get full(): boolean {
    return this.size >= this.#maxEvents;
  }

  /** Queues an event, full or not: who puts events in asks {@link full} before. */
  push(event: T): void {
    if (this.#closed !== undefined) return;
    this.#events.push(event);
    this.wake();
  }

  /**
   * Ends the queue.
   *
   * @param error What the iteration fails with, after what is queued; none for an orderly end.
   */
  close(error?: unknown): void {
    this.#closed ??= { error };
    this.wake();
  }

  /** Resolves when something was queued or taken, at the end, or with {@link wake}. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  /** Has everybody who waits for {@link changed} look again. */
  wake(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** The events, as they come, until the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      while (this.size > 0) yield this.#take();
      if (this.#closed !== undefined) {
        if (this.#closed.error !== undefined) throw this.#closed.error;
        return;
      }
      await this.changed();
    }
  }

  #take(): T {
    const event = this.#events[this.#taken++]!;
    // Cutting off the front of an array for each event would cost its length each time.
    if (this.#taken === this.#events.length || this.#taken >= this.#maxEvents) {
      this.#events = this.#events.slice(this.#taken);
      this.#taken = 0;
    }
    this.wake();
    return event;
  }
}
