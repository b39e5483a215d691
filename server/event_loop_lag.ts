import { type Clock, systemClock } from "../clock/clock.ts";

const EVERY_MS = 500;
/** Half a minute: a lag is there in the next scrape, where there is one every 15 or 30 s. */
const KEPT = 60;

/** How an {@link EventLoopLag} measures. */
export interface EventLoopLagOptions {
  /** Who calls back. @default {systemClock} */
  readonly clock?: Clock;
  /** Milliseconds that only rise, however the machine's clock is set. @default {performance.now} */
  readonly now?: () => number;
}

/** Measures how late the event loop is, twice a second: whoever waits for it waits so long. */
export class EventLoopLag implements Disposable {
  readonly #clock: Clock;
  readonly #now: () => number;
  /** The newest ones, in milliseconds, the oldest being written over. */
  readonly #lags = new Array<number>(KEPT).fill(0);
  #at = 0;
  #timer: Disposable;

  /**
   * Begins to measure.
   *
   * @param options Whose time it is.
   */
  constructor(options: EventLoopLagOptions = {}) {
    const { clock = systemClock, now = () => performance.now() } = options;
    this.#clock = clock;
    this.#now = now;
    this.#timer = this.#measure();
  }

  /** The longest lag of the last half minute, in seconds. */
  get longestSeconds(): number {
    return Math.max(...this.#lags) / 1_000;
  }

  /** Stops measuring. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #measure(): Disposable {
    const due = this.#now() + EVERY_MS;
    return this.#clock.after(EVERY_MS, () => {
      this.#lags[this.#at] = Math.max(0, this.#now() - due);
      this.#at = (this.#at + 1) % KEPT;
      this.#timer = this.#measure();
    });
  }
}
