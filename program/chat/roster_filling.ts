import { type Clock, delay } from "../../clock/clock.ts";
import type { Roster } from "./roster.ts";

/** Between two questions about one room. */
const EVERY_MS = 10_000;

/** What a {@link RosterFilling} works with. */
export interface RosterFillingOptions {
  readonly roster: Roster;
  /** Asks who is in a room. */
  readonly who: (room: string) => AsyncIterable<string>;
  /** Whose time. */
  readonly clock: Clock;
}

/** A room that is asked about, or was just now. */
interface Asked {
  readonly over: AbortController;
  isWantedAgain: boolean;
}

/**
 * Asks who is in a room, for completion, as seldom as will do: it is the server that gives the occasions.
 *
 * - I1 Of each room there is one question at a time, and 10 s at least from one to the next.
 * - I2 After the last occasion the room is asked about once more.
 */
export class RosterFilling implements Disposable {
  readonly #options: RosterFillingOptions;
  readonly #asked = new Map<string, Asked>();

  /** @param options Whom to ask, and where the answer goes. */
  constructor(options: RosterFillingOptions) {
    this.#options = options;
  }

  /** There is an occasion: others may be in a room now. Where asking fails, those who speak are known. */
  fill(room: string): void {
    const asked = this.#asked.get(room);
    if (asked === undefined) this.#ask(room);
    else asked.isWantedAgain = true;
  }

  /** One is no longer in a room. */
  forget(room: string): void {
    this.#asked.get(room)?.over.abort();
    this.#asked.delete(room);
  }

  /** Asks no more. */
  [Symbol.dispose](): void {
    for (const room of [...this.#asked.keys()]) this.forget(room);
  }

  async #ask(room: string): Promise<void> {
    const { roster, who, clock } = this.#options;
    const asked: Asked = { over: new AbortController(), isWantedAgain: false };
    const { signal } = asked.over;
    this.#asked.set(room, asked);
    await Promise.allSettled([
      roster.fill(room, who(room), signal),
      delay(clock, EVERY_MS, signal),
    ]);
    if (signal.aborted) return;
    this.#asked.delete(room);
    if (asked.isWantedAgain) this.#ask(room);
  }
}
