import { ProtocolError } from "../codec/errors.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { diskError } from "../transfer/disk_error.ts";
import {
  createHasher,
  hashAll,
  type Hasher,
  type HashKind,
  sha256Hasher,
} from "../transfer/hash.ts";
import { type FileRecord, sharedFile } from "./file_record.ts";
import { SNIFFED_BYTES, sniffMediaType } from "./media_type.ts";
import type { FileUpload } from "./file_upload.ts";
import type { UploadEntry } from "./upload_entry.ts";

/** What an upload needs of the store. */
export interface UploadHost {
  /** The largest file taken, in bytes. */
  readonly maxFileBytes: number;
  /**
   * Takes room for a file whose size was not known.
   *
   * @throws {ProtocolError} `quota_exceeded`.
   */
  charge(entry: UploadEntry, bytes: number): void;
  /** Makes the bytes durable, and their name. */
  settle(file: Deno.FsFile): Promise<void>;
  /** Makes a file of it: it is found from then on. */
  finish(
    entry: UploadEntry,
    file: Pick<FileRecord, "size" | "type" | "sha256">,
  ): Promise<FileRecord>;
  /** Makes what has come durable, and notes that: as far as that it is trusted after a crash. */
  keep(entry: UploadEntry, file: Deno.FsFile, bytes: number): Promise<void>;
  /** It was interrupted, and nothing writes to it any more. */
  interrupted(entry: UploadEntry, heldBytes: number): void;
  /** It is given up. */
  discard(entry: UploadEntry): void;
}

/** After so many bytes what has come is noted: a server that is killed has lost no more of an upload. */
const KEEP_EVERY_BYTES = 67_108_864;

/**
 * An upload that somebody brings in this moment; see {@link FileUpload}.
 *
 * ```
 * open --commit--> committing --> gone: it is a file
 *   |                  '--------> gone: it was interrupted, or is removed
 *   |--close--> gone: kept for later, where it is one that is kept
 *   '--remove-> gone: nothing is left of it
 * ```
 */
export class Upload implements FileUpload {
  readonly ended: AbortSignal;
  readonly closed: Promise<void>;
  readonly #closed = Promise.withResolvers<void>();
  readonly #ended = new AbortController();
  readonly #host: UploadHost;
  readonly #entry: UploadEntry;
  readonly #file: Deno.FsFile;
  #hasher: Hasher | undefined;
  #offset: number;
  #state: "open" | "committing" | "gone" = "open";
  /** The write that is under way on another thread. */
  #writing: Promise<void> | undefined;

  /**
   * @param host The store.
   * @param entry Which upload.
   * @param file Its bytes, open for reading and writing, at the end of what is held.
   */
  constructor(host: UploadHost, entry: UploadEntry, file: Deno.FsFile) {
    this.#host = host;
    this.#entry = entry;
    this.#file = file;
    this.#offset = entry.heldBytes;
    this.ended = this.#ended.signal;
    this.closed = this.#closed.promise;
    entry.writer = this;
  }

  get id(): string {
    return this.#entry.id;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Has everything hashed that comes, where nothing is there: needed where `commit` is not told the hash. */
  hashNew(): void {
    this.#hasher = sha256Hasher();
  }

  /**
   * The same, where something is there.
   *
   * @returns When what is there was hashed; the next bytes may be written then.
   * @throws {ProtocolError} `cancelled`, `read_failed`.
   */
  async hashAll(): Promise<void> {
    this.#hasher = await this.hashHeld("sha256");
  }

  /**
   * Hashes what is there.
   *
   * @param kind Which hash.
   * @returns A hasher that all of it was added to.
   * @throws {ProtocolError} `cancelled`: somebody has taken over; `read_failed`.
   */
  async hashHeld(kind: HashKind): Promise<Hasher> {
    const hasher = await createHasher(kind);
    if (this.#offset === 0) return hasher;
    try {
      await this.#file.seek(0, Deno.SeekMode.Start);
      await hashAll((into) => this.#file.read(into), hasher, this.#offset);
    } catch (cause) {
      this.#throwIfGone();
      throw new ProtocolError("read_failed", "Cannot go on with what has come of the file", {
        cause,
      });
    }
    this.#throwIfGone();
    return hasher;
  }

  write(bytes: Uint8Array): void {
    this.#take(bytes);
    try {
      for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw diskError("Cannot write the file", error);
    }
    this.#offset += bytes.length;
  }

  append(bytes: Uint8Array): Promise<void> {
    this.#take(bytes);
    const writing = this.#append(bytes);
    // Whoever closes it meanwhile waits for it, and is not the one to be told of its failure.
    this.#writing = writing.catch(() => {}).finally(() => this.#writing = undefined);
    return writing;
  }

  async #append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) {
        const count = await this.#file.write(bytes.subarray(at));
        at += count;
        this.#offset += count;
      }
      if (this.#unkeptBytes >= KEEP_EVERY_BYTES) {
        await this.#host.keep(this.#entry, this.#file, this.#offset);
      }
    } catch (error) {
      throw diskError("Cannot write the file", error);
    }
  }

  /** What would be lost in a crash of what a later run goes on with. */
  get #unkeptBytes(): number {
    const { isKept, identity, keptBytes } = this.#entry;
    // What has an identity is compared with what the sender has.
    return isKept && identity === undefined ? this.#offset - keptBytes : 0;
  }

  /** Looks at what is to be written, and hashes it. */
  #take(bytes: Uint8Array): void {
    this.#throwIfGone();
    const { size } = this.#entry;
    const { maxFileBytes } = this.#host;
    const length = this.#offset + bytes.length;
    if (size !== null && length > size) {
      throw new ProtocolError(
        "size_mismatch",
        `More came than the ${size} bytes that were announced`,
      );
    }
    if (length > maxFileBytes) throw tooLarge(length, maxFileBytes);
    if (size === null) this.#host.charge(this.#entry, bytes.length);
    this.#hasher?.update(bytes);
  }

  /** As {@link FileUpload.commit}; a hash that is given counts as verified where none was asked for. */
  async commit(wanted?: string): Promise<SharedFile> {
    this.#throwIfGone();
    const sha256 = this.#verify(wanted);
    this.#state = "committing";
    try {
      const type = await this.#sniff();
      await this.#host.settle(this.#file);
      const size = this.#offset;
      const record = await this.#host.finish(this.#entry, { size, type, sha256 });
      this.#end();
      return sharedFile(record);
    } catch (error) {
      this.#state = "open";
      this.close();
      throw error instanceof ProtocolError ? error : diskError("Cannot keep the file", error);
    }
  }

  #verify(wanted: string | undefined): string {
    const { size } = this.#entry;
    const sha256 = this.#hasher?.digest() ?? wanted;
    if (sha256 === undefined) throw new TypeError("Cannot commit what was not hashed");
    const isShort = size !== null && this.#offset !== size;
    if (!isShort && (wanted === undefined || wanted === sha256)) return sha256;
    this.remove();
    if (isShort) {
      throw new ProtocolError(
        "size_mismatch",
        `${this.#offset} bytes came of the ${size} announced`,
      );
    }
    throw new ProtocolError(
      "hash_mismatch",
      `The SHA-256 of what came is ${sha256}, of what was sent ${wanted}: send it again`,
    );
  }

  async #sniff(): Promise<string> {
    const bytes = new Uint8Array(Math.min(SNIFFED_BYTES, this.#offset));
    await this.#file.seek(0, Deno.SeekMode.Start);
    for (let at = 0; at < bytes.length;) {
      const count = await this.#file.read(bytes.subarray(at));
      if (count === null) break;
      at += count;
    }
    return sniffMediaType(bytes);
  }

  close(reason?: ProtocolError): void {
    if (this.#state !== "open") return;
    this.#end(() => {
      if (!this.#entry.isKept) return this.#host.discard(this.#entry);
      this.#host.interrupted(this.#entry, this.#offset);
      return this.#unkeptBytes > 0 ? this.#keep() : undefined;
    }, reason);
  }

  async #keep(): Promise<void> {
    try {
      await this.#host.keep(this.#entry, this.#file, this.#offset);
    } catch {
      // The disk says no: what it holds of these bytes is not to be trusted, and the sender brings them again.
      this.#host.interrupted(this.#entry, this.#entry.keptBytes);
    }
  }

  remove(): void {
    if (this.#state === "open") this.#end(() => this.#host.discard(this.#entry));
  }

  /** Nothing more is taken; what is being written is written first. */
  #end(then?: () => Promise<void> | void, reason = takenOver()): void {
    this.#state = "gone";
    this.#ended.abort(reason);
    const over = () => {
      this.#file.close();
      this.#entry.writer = undefined;
      this.#closed.resolve();
    };
    const end = () => {
      const keeping = then?.();
      if (keeping === undefined) over();
      else keeping.then(over);
    };
    if (this.#writing === undefined) end();
    else this.#writing.then(end);
  }

  #throwIfGone(): void {
    if (this.#state !== "open") throw this.ended.reason ?? takenOver();
  }
}

function takenOver(): ProtocolError {
  return new ProtocolError("cancelled", "The upload was ended, or goes on over another connection");
}

/** A file that is larger than one may be. */
export function tooLarge(bytes: number, maxFileBytes: number): ProtocolError {
  return new ProtocolError(
    "too_large",
    `Cannot take a file of ${bytes} bytes: ${maxFileBytes} are allowed`,
  );
}
