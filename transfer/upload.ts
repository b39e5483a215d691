import type { Accept } from "../protocol/transfer.ts";
import type { Hasher } from "./hash.ts";
import type { Link } from "./link.ts";
import type { FileProgress } from "./progress.ts";
import type { Source, SourceReader } from "./source.ts";

/** Bytes of one data frame, and of each of the two buffers: small enough to stay in the cache. */
const CHUNK_BYTES = 262_144;

/** Who is told while bytes go out. */
export interface UploadOptions {
  /** Told how many bytes of a file are on their way: where it begins, and with every piece. */
  readonly onProgress?: (progress: FileProgress) => void;
  /**
   * Told that a file goes from its beginning, although the receiver holds some of one: the hashes of
   * these bytes differ.
   */
  readonly onDiffers?: (name: string, heldBytes: number) => void;
}

/** One offer's way over a connection. */
export interface Upload {
  readonly id: number;
  readonly source: Source;
  /** Whether the receiver has said that it does not want it any more. */
  readonly final: boolean;
}

/** Size and hash of what was sent. */
export interface Sent {
  readonly size: number;
  readonly hash: string;
}

/**
 * Sends the bytes of files over one connection, one file after the other: read, hashed and written at
 * the same time, through two buffers, without a copy.
 */
export class Uploader {
  readonly #link: Link;
  readonly #hasher: Hasher;
  readonly #options: UploadOptions;
  readonly #buffers = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)] as const;

  /**
   * @param link The connection.
   * @param hasher What files are verified by.
   * @param options Who is told.
   */
  constructor(link: Link, hasher: Hasher, options: UploadOptions) {
    this.#link = link;
    this.#hasher = hasher;
    this.#options = options;
  }

  /**
   * Reads and hashes a small source.
   *
   * @param source One that has `readWhole`, of at most half a buffer.
   * @returns Its bytes, valid until the next call of anything here; its size and hash.
   * @throws {ProtocolError} It cannot be read, or has changed.
   */
  readWhole(source: Source): { readonly bytes: Uint8Array<ArrayBuffer>; readonly sent: Sent } {
    const [scratch] = this.#buffers;
    const bytes = scratch.subarray(0, source.readWhole!(scratch));
    return { bytes, sent: { size: bytes.length, hash: this.#hasher.digestOf(bytes) } };
  }

  /** Tells that a small source is on its way. */
  tellWhole({ name, size }: Source, bytes: number): void {
    this.#options.onProgress?.({ name, size, from: 0, bytes });
  }

  /**
   * Sends `start` and the data of one file.
   *
   * @param upload The offer.
   * @param accept What the receiver answered to it.
   * @returns What `end` is to announce; undefined where the receiver wants it no more.
   * @throws {ProtocolError} The source cannot be read, or has changed.
   * @throws Why the connection broke.
   */
  async send(upload: Upload, accept: Accept): Promise<Sent | undefined> {
    const { source } = upload;
    using reader = await source.open();
    this.#hasher.reset();
    if (accept.offset === 0 || await this.#beginsWith(reader, accept)) {
      return await this.#stream(upload, reader, accept.offset);
    }
    this.#options.onDiffers?.(source.name, accept.offset);
    using again = await source.open();
    this.#hasher.reset();
    return await this.#stream(upload, again, 0);
  }

  async #stream(upload: Upload, reader: SourceReader, from: number): Promise<Sent | undefined> {
    const { id, source: { name, size } } = upload;
    const { writer } = this.#link;
    writer.send({ type: "start", payload: { id, offset: from } });
    let bytes = from;
    this.#options.onProgress?.({ name, size, from, bytes });
    let [filled, free] = this.#buffers;
    let count = await reader.read(filled);
    while (count !== null && !upload.final) {
      const chunk = filled.subarray(0, count);
      // The next bytes are read, and these written, while these are hashed.
      const reading = reader.read(free);
      const writing = writer.data(chunk);
      reading.catch(() => {});
      writing.catch(() => {});
      this.#hasher.update(chunk);
      await writing;
      bytes += count;
      this.#options.onProgress?.({ name, size, from, bytes });
      [filled, free] = [free, filled];
      count = await reading;
    }
    return upload.final ? undefined : { size: bytes, hash: this.#hasher.digest() };
  }

  /** Whether the source begins with what the receiver holds; the hasher has that beginning then. */
  async #beginsWith(reader: SourceReader, { offset, hash }: Accept): Promise<boolean> {
    const [buffer] = this.#buffers;
    for (let left = offset; left > 0;) {
      const count = await reader.read(buffer.subarray(0, Math.min(left, buffer.length)));
      // More than all of it: what was hashed may be right, and yet another file is held.
      if (count === null) return false;
      this.#hasher.update(buffer.subarray(0, count));
      left -= count;
    }
    return this.#hasher.digest() === hash;
  }
}
