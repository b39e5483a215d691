import type { Accept } from "../protocol/transfer.ts";
import { hashAll, type Hasher } from "./hash.ts";
import type { Link } from "./link.ts";
import type { FileProgress } from "./progress.ts";
import type { Source, SourceReader } from "./source.ts";

/** Bytes of one data frame, and of each of the two buffers: small enough to stay in the cache. */
const CHUNK_BYTES = 262_144;

/** A file of so much is hashed while its answer is waited for: the receiver may hold some of it. */
const MIN_AHEAD_BYTES = 16_777_216;

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
  /** Whether the receiver has answered the offer. */
  readonly isAnswered: boolean;
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
   * Sends `start` and the data of one file, when it is accepted.
   *
   * @param upload The offer.
   * @param accepted What the receiver answers to it; undefined for a no.
   * @returns What `end` is to announce; undefined where the receiver wants it no more.
   * @throws {ProtocolError} The source cannot be read, or has changed.
   * @throws Why the connection broke.
   */
  async send(upload: Upload, accepted: Promise<Accept | undefined>): Promise<Sent | undefined> {
    const { source } = upload;
    // The receiver hashes what it holds, before it answers: ours is hashed at the same time.
    const isLong = source.once !== true && (source.size ?? 0) >= MIN_AHEAD_BYTES;
    using ahead = isLong && !upload.isAnswered ? await source.open() : undefined;
    const hashed = ahead === undefined ? 0 : await this.#hashAhead(upload, ahead);
    const accept = await accepted;
    if (accept === undefined) return undefined;
    const { offset, hash } = accept;
    if (ahead !== undefined && offset > 0 && hashed <= offset) {
      const isSame = await this.#goesOn(ahead, hashed, offset, hash);
      if (isSame) return await this.#stream(upload, ahead, offset);
    } else {
      using reader = await source.open();
      this.#hasher.reset();
      if (offset === 0) return await this.#stream(upload, reader, 0);
      if (await this.#goesOn(reader, 0, offset, hash)) {
        return await this.#stream(upload, reader, offset);
      }
    }
    this.#options.onDiffers?.(source.name, offset);
    using again = await source.open();
    this.#hasher.reset();
    return await this.#stream(upload, again, 0);
  }

  /** Hashes a source from its beginning until the receiver has answered; gives how much. */
  async #hashAhead(upload: Upload, reader: SourceReader): Promise<number> {
    this.#hasher.reset();
    const read = (into: Uint8Array<ArrayBuffer>) =>
      upload.isAnswered ? Promise.resolve(null) : reader.read(into);
    return await hashAll(read, this.#hasher);
  }

  /**
   * Whether the source begins with what the receiver holds, of which some is hashed; the hasher has that
   * beginning then, and the reader goes on after it.
   */
  async #goesOn(
    reader: SourceReader,
    hashed: number,
    offset: number,
    hash: string | undefined,
  ): Promise<boolean> {
    const more = await hashAll((into) => reader.read(into), this.#hasher, offset - hashed);
    // Of a shorter one the hash may be right, and yet another file is held.
    return hashed + more === offset && this.#hasher.digest() === hash;
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
}
