import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Frame } from "../codec/frame.ts";
import type { Connection } from "../net/connection.ts";
import { finish } from "../net/finish.ts";
import { FrameReader } from "../net/frame_reader.ts";
import { FrameWriter } from "../net/frame_writer.ts";

/** How patient a side of a transfer is. */
export interface LinkOptions {
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
  /** Time until the peer's first message, in milliseconds. @default {10_000} */
  readonly handshakeTimeoutMs?: number;
  /** Silence after which a `ping` is sent, in milliseconds. @default {30_000} */
  readonly pingAfterMs?: number;
  /** Silence after which the connection is given up, in milliseconds. @default {75_000} */
  readonly idleTimeoutMs?: number;
  /** Ends the transfer. The peer is told the reason where that is a `ProtocolError`, else `cancelled`. */
  readonly signal?: AbortSignal;
}

/** How long the last words may take to go out. */
const FLUSH_TIMEOUT_MS = 10_000;
/** A write of so much is no ping: that it was taken shows that the peer reads, or did a moment ago. */
const LIVELY_WRITE_BYTES = 4_096;
/** So much of a frame is a sign of life too; a byte now and then is none. */
const LIVELY_READ_BYTES = 1_024;
/** How long a peer may take to read why it was given up. */
const LINGER_MS = 1_000;

/**
 * One side's end of a transfer connection: reads frames, writes messages and data, notices silence,
 * and ends so that the peer reads why. It owns the connection.
 */
export class Link {
  /** What goes out. */
  readonly writer: FrameWriter;
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  readonly #clock: Clock;
  readonly #pingAfterMs: number;
  readonly #idleTimeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => {
    const reason: unknown = this.#signal?.reason;
    const isForPeer = reason instanceof ProtocolError;
    this.giveUp(
      isForPeer ? reason : new ProtocolError("cancelled", "The other side was told to stop"),
    );
  };
  #heardAt: number;
  #bytesSinceHeard = 0;
  #greeted = false;
  #pinged = false;
  /** How many things this side does instead of reading. */
  #busy = 0;
  #timer: Disposable;
  #broken = false;
  /** Why this side gave up, where it did: what a broken read or write then means. */
  #failure: ProtocolError | undefined;

  /**
   * @param connection The connection; the link closes it.
   * @param options Deadlines, and a signal.
   */
  constructor(connection: Connection, options: LinkOptions = {}) {
    const { clock = systemClock, handshakeTimeoutMs = 10_000, signal } = options;
    const { pingAfterMs = 30_000, idleTimeoutMs = 75_000 } = options;
    this.#connection = connection;
    this.#clock = clock;
    this.#pingAfterMs = pingAfterMs;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#signal = signal;
    const watched = this.#watched();
    this.#reader = new FrameReader(watched, { maxBufferBytes: 262_144, readAhead: true });
    this.writer = new FrameWriter(watched, { keepsBuffers: true });
    this.#heardAt = clock.now();
    this.#timer = clock.after(handshakeTimeoutMs, () => this.#onHandshakeTimeout());
    if (signal?.aborted) connection.close();
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The peer's address. */
  get peer(): string {
    return this.#connection.peer;
  }

  /** Whether reading or writing has failed, or the input has ended. */
  get isBroken(): boolean {
    return this.#broken;
  }

  /**
   * The next frame, or part of a data frame; valid until the next call.
   *
   * @returns The frame; undefined at the end of the input.
   * @throws {ProtocolError} The framing is broken, or a deadline has passed.
   */
  async read(): Promise<Frame | undefined> {
    for (;;) {
      const frame = this.#reader.next();
      if (frame !== undefined) {
        if (frame.kind === "json" || frame.last) this.#hear();
        return frame;
      }
      const more = await this.guard(this.#reader.more());
      if (this.#failure !== undefined) throw this.#whyGivenUp();
      if (!more) return undefined;
    }
  }

  /** A whole frame is a sign of life, or so much of one: who sends a byte a minute holds nothing up. */
  #hear(): void {
    this.#heardAt = this.#clock.now();
    this.#bytesSinceHeard = 0;
    this.#pinged = false;
  }

  /** The next frame of what has been read, without waiting. */
  next(): Frame | undefined {
    return this.#reader.next();
  }

  /** The peer's first message has come: from now on silence counts. */
  greeted(): void {
    if (this.#greeted) return;
    this.#greeted = true;
    this.#timer[Symbol.dispose]();
    this.#watch();
  }

  /** Waits, and says why where this side ended the connection itself. */
  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#whyGivenUp() ?? error;
    }
  }

  /**
   * Waits for something of this side's own that may last, while nothing is read: the peer's silence
   * does not count meanwhile, and it hears that this side is there.
   */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#busy++;
    try {
      return await work;
    } finally {
      this.#busy--;
      this.#heardAt = this.#clock.now();
    }
  }

  /**
   * Sends what is queued, then ends politely; a peer that does not read is not waited for long. No read
   * is pending.
   */
  async finish(): Promise<void> {
    this.#stop();
    const patienceMs = this.#failure === undefined ? FLUSH_TIMEOUT_MS : LINGER_MS;
    using _deadline = this.#clock.after(patienceMs, () => this.#connection.close());
    try {
      await this.writer.flush();
      await finish(this.#connection, this.#reader, { clock: this.#clock });
    } catch {
      // The peer has gone first.
      this.#connection.close();
    }
  }

  /**
   * Begins to end because of an error: tells the peer a fatal one, and lets the pending read fail, at
   * the peer's next word or its end, or after a second; at once where the connection itself broke. Only
   * the first call does anything.
   */
  giveUp(error: unknown): void {
    if (this.#failure !== undefined) return;
    if (!(error instanceof ProtocolError)) return this.close();
    this.#timer[Symbol.dispose]();
    this.#failure = error;
    const { code, message } = error;
    this.writer.send({ type: "error", payload: { code, message } });
    this.#timer = this.#clock.after(LINGER_MS, () => this.#connection.close());
  }

  /** Ends at once. */
  close(): void {
    this.#stop();
    this.#connection.close();
  }

  /** The connection, with a look at what becomes of each read and write. */
  #watched(): Connection {
    const connection = this.#connection;
    const onBroken = (error: unknown) => {
      this.#broken = true;
      throw error;
    };
    return {
      peer: connection.peer,
      read: (into) =>
        connection.read(into).then((count) => {
          if (count === null) this.#broken = true;
          else if ((this.#bytesSinceHeard += count) >= LIVELY_READ_BYTES) this.#hear();
          return count;
        }, onBroken),
      write: (bytes) =>
        connection.write(bytes).then((count) => {
          // Over a slow link one piece of data may take longer than all our patience.
          if (count >= LIVELY_WRITE_BYTES) this.#heardAt = this.#clock.now();
          return count;
        }, onBroken),
      closeWrite: () => connection.closeWrite(),
      close: () => connection.close(),
    };
  }

  #whyGivenUp(): unknown {
    return this.#signal?.aborted ? this.#signal.reason : this.#failure;
  }

  #stop(): void {
    this.#timer[Symbol.dispose]();
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #onHandshakeTimeout(): void {
    this.giveUp(new ProtocolError("handshake_timeout", "The peer did not say hello in time"));
  }

  /** Looks again when the next thing would be due, so that busy links set few timers. */
  #watch(): void {
    if (this.#busy > 0) {
      this.#heardAt = this.#clock.now();
      this.#pinged = false;
      this.writer.send({ type: "ping", payload: { t: this.#heardAt } });
    }
    const silentMs = this.#clock.now() - this.#heardAt;
    if (silentMs >= this.#idleTimeoutMs) {
      const seconds = Math.round(silentMs / 1_000);
      return this.giveUp(
        new ProtocolError("idle_timeout", `Nothing was heard of the peer for ${seconds} s`),
      );
    }
    if (silentMs >= this.#pingAfterMs && !this.#pinged) {
      this.#pinged = true;
      this.writer.send({ type: "ping", payload: { t: this.#clock.now() } });
    }
    const due = this.#pinged ? this.#idleTimeoutMs : this.#pingAfterMs;
    this.#timer = this.#clock.after(Math.max(1, due - silentMs), () => this.#watch());
  }
}
