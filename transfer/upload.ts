import type { Accept } from "../protocol/transfer.ts";
import { hashAll, type Hasher, type HashState } from "./hash.ts";
import type { Link } from "./link.ts";
import type { FileProgress } from "./progress.ts";
import type { Source, SourceReader } from "./source.ts";

/** Bytes of one data frame, and of each of the two buffers: small enough to stay in the cache. */
const CHUNK_BYTES = 262_144;

/** A file of so much is hashed while its answer is waited for: the receiver may hold some of it. */
const MIN_AHEAD_BYTES = 8_388_608;
/** Points of a file that can be gone back to, at most. */
const MAX_MARKS = 64;

/** How much of a file was hashed, and the hasher's state then. */
interface Mark {
  readonly bytes: number;
  readonly state: HashState;
}

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
    // The receiver hashes what it holds before it answers: ours is hashed at the same time.
    const marks = upload.isAnswered ? [] : await this.#hashAhead(upload);
    const accept = await accepted;
    if (accept === undefined) return undefined;
    const { offset } = accept;
    if (offset > 0) {
      using reader = await this.#openAt(upload, accept, marks);
      if (reader !== undefined) return await this.#stream(upload, reader, offset);
      // Given up, it was compared no further.
      if (upload.final) return undefined;
      this.#options.onDiffers?.(source.name, offset);
    }
    using reader = await source.open();
    this.#hasher.reset();
    return await this.#stream(upload, reader, 0);
  }

  /** Hashes a long source from its beginning until the receiver has answered; gives some points of it. */
  async #hashAhead(upload: Upload): Promise<readonly Mark[]> {
    const { source } = upload;
    const size = source.size ?? 0;
    if (source.openAt === undefined || size < MIN_AHEAD_BYTES) return [];
    const marks: Mark[] = [];
    const step = Math.max(MIN_AHEAD_BYTES, Math.ceil(size / MAX_MARKS));
    using reader = await source.open();
    this.#hasher.reset();
    const read = (into: Uint8Array<ArrayBuffer>) =>
      upload.isAnswered ? Promise.resolve(null) : reader.read(into);
    while (!upload.isAnswered) {
      const count = await hashAll(read, this.#hasher, step);
      marks.push({ bytes: (marks.at(-1)?.bytes ?? 0) + count, state: this.#hasher.save() });
      if (count < step) break;
    }
    return marks;
  }

  /**
   * A reader of what comes after that which the receiver holds, if the source begins with that; the hasher
   * has it then.
   */
  async #openAt(
    upload: Upload,
    { offset, hash }: Accept,
    marks: readonly Mark[],
  ): Promise<SourceReader | undefined> {
    const { source } = upload;
    const mark = marks.findLast(({ bytes }) => bytes <= offset);
    if (mark === undefined) this.#hasher.reset();
    else this.#hasher.restore(mark.state);
    const from = mark?.bytes ?? 0;
    const reader = from === 0 ? await source.open() : await source.openAt!(from);
    try {
      const read = (into: Uint8Array<ArrayBuffer>) =>
        upload.final ? Promise.resolve(null) : reader.read(into);
      const count = await hashAll(read, this.#hasher, offset - from);
      // Of a shorter one the hash may be right, and yet another file is held.
      if (from + count === offset && this.#hasher.digest() === hash) return reader;
    } catch (error) {
      reader[Symbol.dispose]();
      throw error;
    }
    reader[Symbol.dispose]();
    return undefined;
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
