import type { Clock } from "../../clock/clock.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import type { Tty } from "./tty.ts";

/** After so long nothing follows an escape: it was the key. */
const ESCAPE_AFTER_MS = 100;

/** The keys of a terminal, from {@link start} to {@link stop}, any number of times. */
export class KeyInput {
  readonly #tty: Tty;
  readonly #clock: Clock;
  readonly #taker: (key: Key | null) => void;
  readonly #decoder = new KeyDecoder();
  #listening: Disposable | undefined;
  /** What becomes of an escape that nothing follows. */
  #escape: Disposable | undefined;

  /**
   * @param tty The terminal, in raw mode.
   * @param clock Whose time passes.
   * @param taker Given each key; null at the end of the input.
   */
  constructor(tty: Tty, clock: Clock, taker: (key: Key | null) => void) {
    this.#tty = tty;
    this.#clock = clock;
    this.#taker = taker;
  }

  /** Listens, a moment later: it takes a while to begin with, and what is drawn in this turn is to be seen before. */
  start(): void {
    this.#listening = this.#clock.after(0, () => {
      this.#listening = this.#tty.listen((bytes) => {
        if (bytes === null) this.#taker(null);
        else this.#typed(bytes);
      });
    });
  }

  /** Leaves what is typed to others. */
  stop(): void {
    this.#listening?.[Symbol.dispose]();
    this.#escape?.[Symbol.dispose]();
    // The next key has nothing to do with it.
    this.#decoder.flush();
  }

  #typed(bytes: Uint8Array): void {
    this.#escape?.[Symbol.dispose]();
    this.#give(this.#decoder.push(bytes));
    if (!this.#decoder.isWaiting) return;
    this.#escape = this.#clock.after(ESCAPE_AFTER_MS, () => this.#give(this.#decoder.flush()));
  }

  #give(keys: readonly Key[]): void {
    for (const key of keys) this.#taker(key);
  }
}
