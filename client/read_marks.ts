import type { Clock } from "../clock/clock.ts";

/** How {@link ReadMarks} tell. */
export interface ReadMarksOptions {
  /** Whose time. */
  readonly clock: Clock;
  /** How long marks are gathered, in milliseconds. @default {2_000} */
  readonly intervalMs?: number;
  /** Tells the server: `ChatClient.seen`. */
  readonly tell: (stream: string, seq: number) => void;
}

/**
 * Tells the server how far somebody has read, so that the next run begins there: not for each message,
 * but for what an interval brought.
 *
 * The owner disposes it, which tells what is untold.
 */
export class ReadMarks implements Disposable {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #tell: (stream: string, seq: number) => void;
  readonly #untold = new Map<string, number>();
  #timer: Disposable | undefined;
  #disposed = false;

  /**
   * Begins with nothing to tell.
   *
   * @param options How.
   */
  constructor({ clock, intervalMs = 2_000, tell }: ReadMarksOptions) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#tell = tell;
  }

  /** An event has been shown. After the end this does nothing. */
  read(stream: string, seq: number): void {
    if (this.#disposed) return;
    this.#untold.set(stream, seq);
    this.#timer ??= this.#clock.after(this.#intervalMs, () => this.#flush());
  }

  /** Tells what is untold, and ends. */
  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#flush();
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const [stream, seq] of this.#untold) this.#tell(stream, seq);
    this.#untold.clear();
  }
}
