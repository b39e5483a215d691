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
 * The owner disposes it, which tells where each stream stands, also where that was told already: the
 * server keeps the time of it, from which on everything counts as missed.
 */
export class ReadMarks implements Disposable {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #tell: (stream: string, seq: number) => void;
  readonly #untold = new Map<string, number>();
  readonly #read = new Map<string, number>();
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

  /** An event has been shown, or there is none to show. After the end this does nothing. */
  read(stream: string, seq: number): void {
    if (this.#disposed) return;
    this.#read.set(stream, seq);
    this.#untold.set(stream, seq);
    this.#timer ??= this.#clock.after(this.#intervalMs, () => this.#flush());
  }

  /** A stream is not read any more: what is untold of it stays so. */
  forget(stream: string): void {
    this.#read.delete(stream);
    this.#untold.delete(stream);
  }

  /** Tells where each stream stands, and ends. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const [stream, seq] of this.#read) this.#untold.set(stream, seq);
    this.#flush();
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    for (const [stream, seq] of this.#untold) this.#tell(stream, seq);
    this.#untold.clear();
  }
}
