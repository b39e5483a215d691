import type { Clock } from "../../clock/clock.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import type { Tty } from "./tty.ts";

/** After so long nothing follows an escape: it was the key. */
const ESCAPE_AFTER_MS = 100;
/** After so long nothing follows a paste: its end is lost. */
const PASTE_ENDS_AFTER_MS = 2_000;
const CTRL_C = 0x03;

/** The keys of a terminal, from {@link start} to {@link stop}, any number of times. */
export class KeyInput {
  readonly #tty: Tty;
  readonly #clock: Clock;
  readonly #taker: (key: Key | null) => void;
  readonly #decoder = new KeyDecoder();
  #listening: Disposable | undefined;
  /** What becomes of an escape, or of the beginning of a paste, that nothing follows. */
  #silence: Disposable | undefined;

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
    this.#silence?.[Symbol.dispose]();
    // The next key has nothing to do with it.
    this.#decoder.endPaste();
    this.#decoder.flush();
  }

  #typed(bytes: Uint8Array): void {
    this.#silence?.[Symbol.dispose]();
    // Nothing that is pasted comes so: somebody wants out of a paste that does not end.
    if (bytes.length === 1 && bytes[0] === CTRL_C) this.#give(this.#decoder.endPaste());
    this.#give(this.#decoder.push(bytes));
    if (this.#decoder.isPasting) {
      this.#silence = this.#clock.after(
        PASTE_ENDS_AFTER_MS,
        () => this.#give(this.#decoder.endPaste()),
      );
    } else if (this.#decoder.isWaiting) {
      this.#silence = this.#clock.after(ESCAPE_AFTER_MS, () => this.#give(this.#decoder.flush()));
    }
  }

  #give(keys: readonly Key[]): void {
    for (const key of keys) this.#taker(key);
  }
}
