import type { LogEvent } from "./event_log.ts";

/**
 * Who follows a log, and what they have not been told yet.
 *
 * - I1 What is added in one turn of the event loop is told in one call, at the turn's end.
 * - I2 A follower that throws does not keep the others from hearing.
 */
export class Tail {
  readonly #followers = new Set<(events: readonly LogEvent[]) => void>();
  #untold: LogEvent[] = [];
  #turn: Promise<void> | undefined;

  /** The end of this turn, where something was added in it: resolves when it is told. */
  get turn(): Promise<void> | undefined {
    return this.#turn;
  }

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
    this.#turn ??= this.#endTurn();
  }

  /** Forgets the followers. */
  clear(): void {
    this.#followers.clear();
  }

  async #endTurn(): Promise<void> {
    // What else this turn brings joins the same call.
    await undefined;
    const events = this.#untold;
    this.#untold = [];
    this.#turn = undefined;
    for (const follower of this.#followers) {
      try {
        follower(events);
      } catch (error) {
        // The events are stored and the others must hear of them: the fault is the follower's alone.
        reportError(error);
      }
    }
  }
}
