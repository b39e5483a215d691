import type { Clock } from "../../clock/clock.ts";

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * A {@link Clock} that stands still until a test advances it.
 *
 * - I1 Timers run in the order in which they are due, those of one moment in the order of the calls.
 * - I2 While a timer runs, `now` is the moment that it was due; a timer that it sets runs too, if it
 *   is due in the same advance.
 */
export class FakeClock implements Clock {
  #now: number;
  /** In the order in which they run. */
  readonly #timers: Timer[] = [];

  /** @param now The time at the beginning, Unix milliseconds. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** How many timers wait: 0 shows that nothing was left behind. */
  get pending(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Disposable {
    const timer = { due: this.#now + Math.max(0, delayMs), callback };
    const later = this.#timers.findIndex(({ due }) => due > timer.due);
    this.#timers.splice(later < 0 ? this.#timers.length : later, 0, timer);
    return {
      [Symbol.dispose]: () => {
        const at = this.#timers.indexOf(timer);
        if (at >= 0) this.#timers.splice(at, 1);
      },
    };
  }

  /**
   * Lets time pass, running what falls due, without a turn of the event loop.
   *
   * @param ms How much, in milliseconds.
   */
  advance(ms: number): void {
    const until = this.#now + ms;
    while (this.#runNext(until));
    this.#now = until;
  }

  /**
   * Lets time pass, and before, between and after the timers that fall due lets everything run that
   * waits for no timer: for code that awaits between setting one timer and the next.
   *
   * @param ms How much, in milliseconds.
   */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms;
    await turn();
    while (this.#runNext(until)) await turn();
    this.#now = until;
    await turn();
  }

  /** Sets the time without running anything: a machine whose clock was set. */
  set(now: number): void {
    this.#now = now;
  }

  #runNext(until: number): boolean {
    const next = this.#timers[0];
    if (next === undefined || next.due > until) return false;
    this.#timers.shift();
    this.#now = Math.max(this.#now, next.due);
    next.callback();
    return true;
  }
}

/** One turn of the event loop: every microtask that is queued, and what those queue, has run then. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
