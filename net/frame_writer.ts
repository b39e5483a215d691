import {
  encodeFrameHeader,
  encodeFrameHeaderInto,
  encodeJsonFrameInto,
  maxJsonFrameBytes,
} from "../codec/encoder.ts";
import { FRAME_HEADER_BYTES } from "../codec/frame.ts";
import { type Connection, writeAll } from "./connection.ts";

const EMPTY = new Uint8Array(0);

/** How a {@link FrameWriter} works. */
export interface FrameWriterOptions {
  /**
   * Whether buffers are kept while nothing is written: for few and busy connections, where making them
   * anew costs more than they do. @default {false}
   */
  readonly keepsBuffers?: boolean;
}

/** Bytes to write, and whom to tell. */
interface Piece {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the bytes were gathered, to be used again. */
  readonly buffer?: Uint8Array<ArrayBuffer>;
  readonly written?: PromiseWithResolvers<void>;
}

/**
 * The one writer of a connection: queues messages, gathers what is queued into one write, and sends
 * file data without copying it.
 *
 * - I1 What is sent arrives in the order of the calls, a data frame never with something in its midst.
 * - I2 After a failed write every later call fails with the same error.
 * - I3 What is queued is written without being asked for again, whenever it was queued.
 *
 * @example
 * ```ts ignore
 * const writer = new FrameWriter(connection);
 * writer.send({ type: "join", payload: { room: "lobby" } });
 * await writer.flush();
 * ```
 */
export class FrameWriter {
  readonly #connection: Connection;
  readonly #keepsBuffers: boolean;
  /** Written before the gathered messages. */
  #pieces: Piece[] = [];
  /** Messages, encoded one after the other. */
  #gathered: Uint8Array<ArrayBuffer> = EMPTY;
  #gatheredBytes = 0;
  /** A buffer that was written and can be gathered into again. */
  #spare: Uint8Array<ArrayBuffer> = EMPTY;
  #queuedBytes = 0;
  /** Fulfilled when everything is written or a write has failed; undefined when nothing is queued. */
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param connection Where to; the writer does not close it.
   * @param options What it does with its buffers.
   */
  constructor(connection: Connection, options: FrameWriterOptions = {}) {
    this.#connection = connection;
    this.#keepsBuffers = options.keepsBuffers ?? false;
  }

  /** Bytes of messages and data that are queued and that no write has been given yet. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /**
   * Queues a message; it goes out together with what else this turn queues. What fails is thrown by
   * the next `flush`, `data` or `finish`.
   *
   * @param message A JSON object.
   * @throws {RangeError} The message is over the limit of a json frame.
   */
  send(message: object): void {
    if (this.#failure !== undefined) return;
    const text = JSON.stringify(message);
    const written = encodeJsonFrameInto(text, this.#room(maxJsonFrameBytes(text.length)));
    this.#gatheredBytes += written;
    this.#queuedBytes += written;
    this.#running ??= this.#run();
  }

  /**
   * Writes one data frame, after everything queued.
   *
   * @param payload The payload, up to 1 MiB; not copied, not to be changed until then.
   * @returns When the system has taken it all.
   * @throws {RangeError} The payload is over the limit of a data frame.
   */
  async data(payload: Uint8Array<ArrayBuffer>): Promise<void> {
    const header = encodeFrameHeader("data", payload.length);
    if (this.#failure !== undefined) throw this.#failure.error;
    // The header goes out with the messages before it.
    this.#room(FRAME_HEADER_BYTES).set(header);
    this.#gatheredBytes += FRAME_HEADER_BYTES;
    this.#queuedBytes += FRAME_HEADER_BYTES + payload.length;
    const written = Promise.withResolvers<void>();
    if (payload.length === 0) this.#pieces.push({ ...this.#takeGathered(), written });
    else this.#pieces.push(this.#takeGathered(), { bytes: payload, written });
    this.#running ??= this.#run();
    await written.promise;
  }

  /**
   * Queues a small data frame, which goes out together with the messages around it. What fails is
   * thrown by the next `flush`, `data` or `finish`.
   *
   * @param payload The payload; it is copied.
   * @throws {RangeError} The payload is over the limit of a data frame.
   */
  queueData(payload: Uint8Array<ArrayBuffer>): void {
    if (this.#failure !== undefined) return;
    const room = this.#room(FRAME_HEADER_BYTES + payload.length);
    encodeFrameHeaderInto(room, "data", payload.length);
    room.set(payload, FRAME_HEADER_BYTES);
    this.#gatheredBytes += FRAME_HEADER_BYTES + payload.length;
    this.#queuedBytes += FRAME_HEADER_BYTES + payload.length;
    this.#running ??= this.#run();
  }

  /** Waits until the system has taken everything queued. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Flushes, then closes the writing half. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#connection.closeWrite();
  }

  async #run(): Promise<void> {
    // Give the rest of this turn the chance to join the same write.
    await undefined;
    let piece: Piece | undefined;
    try {
      while (this.#queuedBytes > 0) {
        piece = this.#pieces.shift() ?? this.#takeGathered();
        this.#queuedBytes -= piece.bytes.length;
        await writeAll(this.#connection, piece.bytes);
        if (piece.buffer !== undefined && piece.buffer.length >= this.#spare.length) {
          this.#spare = piece.buffer;
        }
        piece.written?.resolve();
      }
    } catch (error) {
      this.#fail(error, piece);
    }
    if (!this.#keepsBuffers) {
      if (this.#gatheredBytes === 0) this.#gathered = EMPTY;
      this.#spare = EMPTY;
    }
    // In the turn in which the queue was seen empty: a later `send` begins a new run (I3).
    this.#running = undefined;
  }

  #fail(error: unknown, piece: Piece | undefined): void {
    this.#failure = { error };
    for (const { written } of [...(piece ? [piece] : []), ...this.#pieces]) written?.reject(error);
    this.#pieces = [];
    this.#gathered = EMPTY;
    this.#gatheredBytes = 0;
    this.#queuedBytes = 0;
  }

  #takeGathered(): Piece {
    const buffer = this.#gathered;
    const bytes = buffer.subarray(0, this.#gatheredBytes);
    this.#gathered = this.#spare;
    this.#spare = EMPTY;
    this.#gatheredBytes = 0;
    return { bytes, buffer };
  }

  /** Where the next `bytes` bytes are gathered. */
  #room(bytes: number): Uint8Array<ArrayBuffer> {
    const needed = this.#gatheredBytes + bytes;
    if (this.#gathered.length < needed) {
      const grown = new Uint8Array(Math.max(512, needed, this.#gathered.length * 2));
      grown.set(this.#gathered.subarray(0, this.#gatheredBytes));
      this.#gathered = grown;
    }
    return this.#gathered.subarray(this.#gatheredBytes);
  }
}
