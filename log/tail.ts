import type { LogEvent } from "./event_log.ts";

/**
 * Who follows a log, and what they have not been told yet.
 *
 * - I1 What was added is told once, in one call, in the order in which it was added.
 * - I2 A follower that throws does not keep the others from hearing.
 */
export class Tail {
  readonly #followers = new Set<(events: readonly LogEvent[]) => void>();
  #untold: LogEvent[] = [];

  /** Adds a follower; disposing takes it off. */
  follow(onCommitted: (events: readonly LogEvent[]) => void): Disposable {
    // A function of its own, so that one that is given twice is called twice.
    const follower = (events: readonly LogEvent[]) => onCommitted(events);
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  /** Adds an event that is stored. */
  add(event: LogEvent): void {
    this.#untold.push(event);
  }

  /** Tells what was added. */
  tell(): void {
    if (this.#untold.length === 0) return;
    const events = this.#untold;
    this.#untold = [];
    for (const follower of this.#followers) {
      try {
        follower(events);
      } catch (error) {
        // The events are stored and the others must hear of them: the fault is the follower's alone.
        reportError(error);
      }
    }
  }

  /** Forgets the followers. */
  clear(): void {
    this.#followers.clear();
  }
}
