import { type Clock, systemClock } from "../../clock/clock.ts";

/** Between two looks. */
const EVERY_MS = 15_000;
/** After so long without an answer what was measured before tells nothing any more. */
const LATE_MS = 20_000;

/** What a {@link LatencyProbe} works with. */
export interface LatencyProbeOptions {
  /** Asks the server for a sign of life, and answers how long it took, in milliseconds; fails where there is none. */
  readonly ping: () => Promise<number>;
  /** Told when the latency is another one. */
  readonly onChange: () => void;
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
}

/** Measures how long the server takes to answer, again and again, until it is disposed of: one question at a time. */
export class LatencyProbe implements Disposable {
  readonly #options: LatencyProbeOptions;
  readonly #clock: Clock;
  #timer: Disposable | undefined;
  #ms: number | undefined;
  #isDisposed = false;

  /** @param options How. It begins at once. */
  constructor(options: LatencyProbeOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#look();
  }

  /** What was measured last, in milliseconds; undefined where there was no answer, or none for 20 s. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /** Measures no more. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.[Symbol.dispose]();
  }

  async #look(): Promise<void> {
    this.#timer = this.#clock.after(LATE_MS, () => this.#set(undefined));
    // Where it fails, whoever holds the connection tells that it is lost.
    const ms = await this.#options.ping().catch(() => undefined);
    this.#timer[Symbol.dispose]();
    if (this.#isDisposed) return;
    this.#set(ms);
    this.#timer = this.#clock.after(EVERY_MS, () => this.#look());
  }

  #set(ms: number | undefined): void {
    if (ms === this.#ms) return;
    this.#ms = ms;
    this.#options.onChange();
  }
}
