import { ProtocolError } from "./errors.ts";
import {
  type Frame,
  FRAME_HEADER_BYTES,
  FRAME_KIND_BYTES,
  type FrameKind,
  MAX_DATA_PAYLOAD_BYTES,
  MAX_JSON_PAYLOAD_BYTES,
} from "./frame.ts";

/** Limits of a {@link FrameDecoder}. */
export interface FrameDecoderOptions {
  /** The largest `json` payload, in bytes. @default {65_536} */
  readonly maxJsonPayloadBytes?: number;
  /** The largest `data` payload, in bytes. @default {1_048_576} */
  readonly maxDataPayloadBytes?: number;
}

const EMPTY = new Uint8Array(0);
/** What TLS begins with: an alert to who speaks none, and a handshake. Worth telling, since it is easily mistaken. */
const TLS_RECORDS: ReadonlySet<number> = new Set([0x15, 0x16]);
/** The first size of the buffer that gathers a `json` payload cut by a chunk's end. */
const FIRST_GATHER_BYTES = 256;

/**
 * Turns bytes into frames, for any chunking: push a chunk, then take frames until there is none.
 *
 * The decoder never waits: "need more" is `undefined`.
 *
 * - I1 The frames do not depend on where the chunks are cut (`data` frames may come in more parts).
 * - I2 Buffered bytes never exceed twice what has arrived of the unfinished frame (at least 256);
 *   nothing is allocated on a peer's word.
 * - I3 Empty frames are kept.
 * - I4 An error is terminal: every later call throws the same one.
 * - I5 `data` payload is a view into the pushed chunk, valid as long as the caller keeps the chunk's
 *   bytes; so is a `json` payload that lies in one chunk.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeFrame, FrameDecoder } from "@parley/parley";
 *
 * const decoder = new FrameDecoder();
 * decoder.push(encodeFrame("json", new TextEncoder().encode("{}")));
 * assertEquals(decoder.next()?.kind, "json");
 * assertEquals(decoder.next(), undefined);
 * decoder.end();
 * ```
 */
export class FrameDecoder {
  readonly #maxJsonPayloadBytes: number;
  readonly #maxDataPayloadBytes: number;
  #chunk: Uint8Array<ArrayBuffer> = EMPTY;
  #at = 0;
  /** A header that a chunk's end has cut; undefined while none is. */
  #header: Uint8Array | undefined;
  #headerLength = 0;
  /** The kind of the frame whose payload is being read; undefined between frames. */
  #kind: FrameKind | undefined;
  #payloadLeft = 0;
  #dataStarted = false;
  #gathered: Uint8Array<ArrayBuffer> = EMPTY;
  #gatheredLength = 0;
  #failure: ProtocolError | undefined;

  /**
   * A decoder at the beginning of its input.
   *
   * @param options The limits.
   * @throws {RangeError} A limit is no positive integer.
   */
  constructor(options: FrameDecoderOptions = {}) {
    const {
      maxJsonPayloadBytes = MAX_JSON_PAYLOAD_BYTES,
      maxDataPayloadBytes = MAX_DATA_PAYLOAD_BYTES,
    } = options;
    for (const limit of [maxJsonPayloadBytes, maxDataPayloadBytes]) {
      if (!Number.isInteger(limit) || limit < 1 || limit >= 2 ** 24) {
        throw new RangeError(
          `Cannot decode with a limit of ${limit} bytes: 1 to ${2 ** 24 - 1} are allowed`,
        );
      }
    }
    this.#maxJsonPayloadBytes = maxJsonPayloadBytes;
    this.#maxDataPayloadBytes = maxDataPayloadBytes;
  }

  /** Bytes that the decoder itself holds, not counting the caller's chunk. */
  get bufferedBytes(): number {
    return this.#gathered.length + this.#headerLength;
  }

  /** Whether the input so far ends between two frames. */
  get atBoundary(): boolean {
    return this.#kind === undefined && this.#headerLength === 0 && this.#at === this.#chunk.length;
  }

  /**
   * Takes the next bytes of the input.
   *
   * @param chunk The bytes, of any number. The decoder reads them in place: they must stay as they
   * are until `next` has answered `undefined`.
   * @throws {TypeError} The chunk before still has frames to take.
   */
  push(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#at < this.#chunk.length) {
      throw new TypeError("Cannot push a chunk: take the frames of the chunk before with next()");
    }
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * Takes the next frame, or part of a `data` frame.
   *
   * @returns The frame, or `undefined` if more input is needed.
   * @throws {ProtocolError} `bad_frame`, `unknown_frame_kind`, `frame_too_large`.
   */
  next(): Frame | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#kind === undefined && !this.#readHeader()) return this.#release();
    return this.#kind === "data" ? this.#nextData() : this.#nextJson();
  }

  /**
   * Takes the pushed bytes of which no frame was taken yet: for who goes on reading otherwise.
   *
   * @returns A view into the pushed chunk.
   * @throws {TypeError} Part of a frame was taken already.
   */
  takeRest(): Uint8Array<ArrayBuffer> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#kind !== undefined || this.#headerLength > 0) {
      throw new TypeError("Cannot take the rest: a frame has begun");
    }
    const rest = this.#chunk.subarray(this.#at);
    this.#release();
    return rest;
  }

  /**
   * Says that the input has ended.
   *
   * @throws {ProtocolError} `truncated_frame`: it ended inside a frame.
   */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.atBoundary) {
      this.#fail("truncated_frame", "The input ended inside a frame: the connection was cut");
    }
  }

  /** Lets go of a used-up chunk, so that an idle decoder pins no buffer of its reader's. */
  #release(): undefined {
    this.#chunk = EMPTY;
    this.#at = 0;
    return undefined;
  }

  #readHeader(): boolean {
    const chunk = this.#chunk;
    // Byte by byte only when a header is cut by a chunk's end, which is rare.
    if (this.#headerLength === 0 && chunk.length - this.#at >= FRAME_HEADER_BYTES) {
      const at = this.#at;
      this.#at = at + FRAME_HEADER_BYTES;
      this.#begin(chunk[at]!, chunk[at + 1]!, chunk[at + 2]!, chunk[at + 3]!, chunk[at + 4]!);
      return true;
    }
    if (this.#at === chunk.length) return false;
    const header = this.#header ??= new Uint8Array(FRAME_HEADER_BYTES);
    while (this.#headerLength < FRAME_HEADER_BYTES) {
      if (this.#at === chunk.length) return false;
      header[this.#headerLength++] = chunk[this.#at++]!;
      // Garbage is told at its first byte, not when five have come.
      if (header[0] !== 0) this.#begin(header[0]!, 0, 0, 0, 0);
    }
    this.#headerLength = 0;
    this.#header = undefined;
    this.#begin(header[0]!, header[1]!, header[2]!, header[3]!, header[4]!);
    return true;
  }

  #begin(b0: number, b1: number, b2: number, b3: number, kind: number): void {
    if (b0 !== 0) {
      const found = b0.toString(16).padStart(2, "0");
      const isTls = TLS_RECORDS.has(b0) ? ". TLS begins so: the other side speaks TLS" : "";
      const text = `Cannot decode a frame that begins with byte 0x${found}: 0x00 must${isTls}`;
      this.#fail("bad_frame", text);
    }
    const length = (b1 << 16) | (b2 << 8) | b3;
    if (kind === FRAME_KIND_BYTES.json) {
      this.#checkLength("json", length, this.#maxJsonPayloadBytes);
      this.#kind = "json";
    } else if (kind === FRAME_KIND_BYTES.data) {
      this.#checkLength("data", length, this.#maxDataPayloadBytes);
      this.#kind = "data";
    } else {
      this.#fail("unknown_frame_kind", `Cannot decode a frame of kind ${kind}: 1 and 2 are known`);
    }
    this.#payloadLeft = length;
  }

  #checkLength(kind: FrameKind, length: number, limit: number): void {
    if (length > limit) {
      this.#fail(
        "frame_too_large",
        `Cannot decode a ${kind} frame of ${length} bytes: the limit is ${limit}`,
      );
    }
  }

  #nextData(): Frame | undefined {
    const available = this.#chunk.length - this.#at;
    if (available === 0 && this.#payloadLeft > 0) return this.#release();
    const length = Math.min(available, this.#payloadLeft);
    const payload = this.#chunk.subarray(this.#at, this.#at + length);
    const first = !this.#dataStarted;
    this.#at += length;
    this.#payloadLeft -= length;
    const last = this.#payloadLeft === 0;
    this.#dataStarted = !last;
    if (last) this.#kind = undefined;
    return { kind: "data", payload, first, last };
  }

  #nextJson(): Frame | undefined {
    const available = this.#chunk.length - this.#at;
    if (this.#gatheredLength === 0 && available >= this.#payloadLeft) {
      const payload = this.#chunk.subarray(this.#at, this.#at + this.#payloadLeft);
      this.#at += this.#payloadLeft;
      this.#kind = undefined;
      return { kind: "json", payload };
    }
    this.#gather(Math.min(available, this.#payloadLeft));
    if (this.#payloadLeft > 0) return this.#release();
    const payload = this.#gathered.subarray(0, this.#gatheredLength);
    this.#gathered = EMPTY;
    this.#gatheredLength = 0;
    this.#kind = undefined;
    return { kind: "json", payload };
  }

  /** Copies `length` bytes of the chunk, in a buffer that grows with what has arrived (I2). */
  #gather(length: number): void {
    const needed = this.#gatheredLength + length;
    if (needed > this.#gathered.length) {
      // Doubling keeps the copying linear when a peer sends byte by byte.
      const grown = new Uint8Array(Math.max(FIRST_GATHER_BYTES, needed, this.#gatheredLength * 2));
      grown.set(this.#gathered.subarray(0, this.#gatheredLength));
      this.#gathered = grown;
    }
    this.#gathered.set(this.#chunk.subarray(this.#at, this.#at + length), this.#gatheredLength);
    this.#gatheredLength = needed;
    this.#at += length;
    this.#payloadLeft -= length;
  }

  #fail(code: string, message: string): never {
    this.#release();
    this.#headerLength = 0;
    this.#gathered = EMPTY;
    this.#failure = new ProtocolError(code, message);
    throw this.#failure;
  }
}
