import { FrameDecoder, type FrameDecoderOptions } from "../codec/decoder.ts";
import type { Frame } from "../codec/frame.ts";
import type { Connection } from "./connection.ts";
import { withUnread } from "./unread.ts";

/** How a {@link FrameReader} reads. */
export interface FrameReaderOptions extends FrameDecoderOptions {
  /** The read buffer's first size, and its size while little comes, in bytes. @default {1_024} */
  readonly minBufferBytes?: number;
  /** What a busy connection's read buffer grows to, in bytes. @default {65_536} */
  readonly maxBufferBytes?: number;
  /**
   * Reads the next bytes while the caller works on these, into a second buffer. @default {false}
   */
  readonly readAhead?: boolean;
}

/** One read: how much of the buffer it filled; null at the end of the input. */
interface Chunk {
  readonly buffer: Uint8Array<ArrayBuffer>;
  readonly count: number | null;
}

/**
 * Reads frames from a connection: `next` takes what is there, `more` waits for more.
 *
 * A pending read holds its buffer, so the buffer starts small, grows while reads fill it and is small
 * again when little comes: ten thousand idle connections cost little. With `readAhead`, which is for
 * few and busy connections, it stays large: making buffers anew costs more than they do.
 *
 * - I1 Payload views are valid until the next `more`.
 * - I2 Nothing is read beyond what `more` asked for (one buffer further with `readAhead`): who does
 *   not call it leaves the bytes with the peer.
 */
export class FrameReader {
  readonly #connection: Connection;
  readonly #decoder: FrameDecoder;
  readonly #minBufferBytes: number;
  readonly #maxBufferBytes: number;
  readonly #readAhead: boolean;
  #bufferBytes: number;
  #readBytes = 0;
  #spare: Uint8Array<ArrayBuffer> | undefined;
  #current: Uint8Array<ArrayBuffer> | undefined;
  #ahead: Promise<Chunk> | undefined;

  /**
   * @param connection Where from; the reader does not close it.
   * @param options Limits and buffer sizes.
   */
  constructor(connection: Connection, options: FrameReaderOptions = {}) {
    const { minBufferBytes = 1_024, maxBufferBytes = 65_536, readAhead = false } = options;
    this.#connection = connection;
    this.#decoder = new FrameDecoder(options);
    this.#minBufferBytes = minBufferBytes;
    this.#maxBufferBytes = maxBufferBytes;
    this.#bufferBytes = minBufferBytes;
    this.#readAhead = readAhead;
  }

  /** How many bytes have been read so far, of frames or not. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /**
   * Takes the next frame, or part of a data frame, of what has been read.
   *
   * @returns The frame; `undefined` when {@link more} must be asked first.
   * @throws {ProtocolError} What `FrameDecoder.next` throws.
   */
  next(): Frame | undefined {
    return this.#decoder.next();
  }

  /**
   * Waits for more bytes.
   *
   * @returns Whether there are some: false at the end of the input, between two frames.
   * @throws {ProtocolError} `truncated_frame`: the input ended inside a frame.
   */
  async more(): Promise<boolean> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    // The views of the last round end here (I1): their buffer may be read into again, or be freed
    // while this waits.
    this.#spare = this.#current;
    this.#current = undefined;
    const buffer = ahead === undefined ? this.#takeBuffer() : (await ahead).buffer;
    // Without another function between: this is what an idle connection waits in.
    const count = ahead === undefined
      ? this.#counted(buffer, await this.#connection.read(buffer))
      : (await ahead).count;
    this.#current = buffer;
    if (count === null) {
      this.#decoder.end();
      return false;
    }
    if (this.#readAhead) {
      this.#ahead = this.#read();
      // Who never comes back for it must not leave an unhandled rejection; who does sees it.
      this.#ahead.catch(() => {});
    }
    this.#decoder.push(buffer.subarray(0, count));
    return true;
  }

  /**
   * Hands the connection over to another reader, between two frames. This one is not to be used any more.
   *
   * @returns The connection, as if what was read and taken by nobody were still to be read.
   * @throws {TypeError} A frame has begun, or something is being read ahead.
   */
  handOver(): Connection {
    if (this.#ahead !== undefined) throw new TypeError("Cannot hand over: it reads ahead");
    return withUnread(this.#connection, this.#decoder.takeRest());
  }

  /** Reads and throws away what still comes, until the end of the input, frames or not. */
  async discard(): Promise<void> {
    let chunk = await (this.#ahead ?? this.#read());
    this.#ahead = undefined;
    while (chunk.count !== null) {
      this.#spare = chunk.buffer;
      chunk = await this.#read();
    }
  }

  async #read(): Promise<Chunk> {
    const buffer = this.#takeBuffer();
    return { buffer, count: this.#counted(buffer, await this.#connection.read(buffer)) };
  }

  #takeBuffer(): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare?.length === this.#bufferBytes ? spare : new Uint8Array(this.#bufferBytes);
  }

  /** Counts what was read, and decides how large the next buffer is. */
  #counted(buffer: Uint8Array, count: number | null): number | null {
    this.#readBytes += count ?? 0;
    if (count === buffer.length) {
      this.#bufferBytes = Math.min(this.#bufferBytes * 4, this.#maxBufferBytes);
    } else if (count !== null && count <= this.#minBufferBytes && !this.#readAhead) {
      this.#bufferBytes = this.#minBufferBytes;
    }
    return count;
  }
}
