import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { FrameReader } from "../net/frame_reader.ts";
import { FrameWriter } from "../net/frame_writer.ts";
import type { ChatMessage, ChatRequest, Ping } from "../protocol/chat.ts";
import { decodeChatMessage } from "../protocol/message.ts";
import { DisconnectedError } from "./disconnected.ts";

/** When a {@link Link} asks, and when it gives up. */
export interface LinkOptions {
  /** Whose time. */
  readonly clock: Clock;
  /** Silence after which a `ping` is sent, in milliseconds. */
  readonly pingAfterMs: number;
  /** Silence after which the server counts as gone, in milliseconds. */
  readonly idleTimeoutMs: number;
}

/** Bytes of unsent output from which on a server's pings get no answer: it does not read them. */
const MAX_UNSENT_BYTES = 65_536;

/**
 * One connection of a chat client: messages in, requests out, and the pings of both sides.
 *
 * - I1 Nothing from the server gets through that is not a whole, valid message of a known type.
 *   Messages of unknown types are passed over: the wire may grow.
 * - I2 While `gate` holds reading back, silence is not counted, and pings go on.
 * - I3 When `run` has ended, however it did, the connection is closed and no timer is left.
 */
export class Link {
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  readonly #writer: FrameWriter;
  readonly #options: LinkOptions;
  #timer: Disposable | undefined;
  #heardAt = 0;
  #held = false;
  #closed: { readonly error: unknown } | undefined;

  /**
   * Takes a connection over; reads nothing yet.
   *
   * @param connection The open connection; the link owns it.
   * @param options Time.
   */
  constructor(connection: Connection, options: LinkOptions) {
    this.#connection = connection;
    this.#reader = new FrameReader(connection);
    this.#writer = new FrameWriter(connection);
    this.#options = options;
  }

  /** Whether `gate` holds reading back. */
  get held(): boolean {
    return this.#held;
  }

  /** Sends a request, in the order of the calls. What fails ends {@link run}. */
  send(request: ChatRequest): void {
    this.#writer.send(request);
  }

  /**
   * Reads until the end of the connection.
   *
   * @param receive Takes each message, in order; what it throws ends the link.
   * @param gate Asked after each message: a promise holds reading back until it resolves.
   * @throws {ProtocolError} The server broke the protocol.
   * @throws What `close` was given, what `receive` threw, or why the connection broke.
   */
  async run(
    receive: (message: ChatMessage) => void,
    gate: () => Promise<void> | undefined,
  ): Promise<void> {
    this.#heardAt = this.#options.clock.now();
    this.#watch(this.#options.pingAfterMs);
    try {
      while (await this.#step(receive)) {
        const held = gate();
        if (held === undefined) continue;
        this.#held = true;
        await held;
        this.#held = false;
        this.#heardAt = this.#options.clock.now();
      }
    } catch (error) {
      if (this.#closed === undefined) throw error;
    } finally {
      this.#timer?.[Symbol.dispose]();
      this.#connection.close();
    }
    if (this.#closed?.error !== undefined) throw this.#closed.error;
  }

  /**
   * Closes the connection at once.
   *
   * @param error What {@link run} fails with; none has it end quietly.
   */
  close(error?: unknown): void {
    this.#closed ??= { error };
    this.#connection.close();
  }

  /** Handles one frame, or waits for more bytes. Answers whether it can go on. */
  async #step(receive: (message: ChatMessage) => void): Promise<boolean> {
    if (this.#closed !== undefined) return false;
    const frame = this.#reader.next();
    if (frame === undefined) {
      if (!await this.#reader.more()) return false;
      this.#heardAt = this.#options.clock.now();
      return true;
    }
    if (frame.kind === "data") {
      throw new ProtocolError("unexpected_data", "Cannot take a data frame: a chat has none");
    }
    const message = decodeKnown(frame.payload);
    if (message?.type === "ping") {
      if (this.#writer.queuedBytes < MAX_UNSENT_BYTES) this.#answerPing(message.payload);
    } else if (message !== undefined) receive(message);
    return true;
  }

  #answerPing({ t, ref }: Ping): void {
    this.#writer.send({ type: "pong", payload: { t, ...(ref === undefined ? {} : { ref }) } });
  }

  #watch(delayMs: number): void {
    const { clock, pingAfterMs, idleTimeoutMs } = this.#options;
    this.#timer = clock.after(delayMs, () => {
      const silenceMs = this.#held ? 0 : clock.now() - this.#heardAt;
      if (silenceMs >= idleTimeoutMs) {
        const seconds = Math.round(silenceMs / 1_000);
        this.close(new DisconnectedError(`nothing came from the server for ${seconds} s`));
      } else if (this.#held || silenceMs >= pingAfterMs) {
        this.#writer.send({ type: "ping", payload: { t: clock.now() } });
        this.#watch(Math.min(pingAfterMs, idleTimeoutMs - silenceMs));
      } else {
        this.#watch(pingAfterMs - silenceMs);
      }
    });
  }
}

function decodeKnown(payload: Uint8Array): ChatMessage | undefined {
  try {
    return decodeChatMessage(payload);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "unknown_type") return undefined;
    throw error;
  }
}
