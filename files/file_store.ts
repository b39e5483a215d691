import { getLogger } from "@logtape/logtape";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { SharedFiles } from "../chat/shared_files.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import { DiskSync } from "../transfer/disk_sync.ts";
import { describedFile } from "../transfer/file_source.ts";
import { FreeSpace } from "../transfer/free_space.ts";
import type { Inbox } from "../transfer/inbox.ts";
import { safeSegments } from "../transfer/names.ts";
import { Receipts } from "../transfer/receipts.ts";
import type { Source } from "../transfer/source.ts";
import { FileIndex } from "./file_index.ts";
import { sharedFile } from "./file_record.ts";
import type { FileStoreOptions, NewFile, PendingUpload } from "./file_store_options.ts";
import { Quota } from "./quota.ts";
import { StoreInbox } from "./store_inbox.ts";
import type { FileUpload } from "./file_upload.ts";
import { reconcile } from "./reconcile.ts";
import { dataPath, type UploadEntry } from "./upload_entry.ts";
import { removeIfThere, Uploads } from "./uploads.ts";

export type { FileStoreOptions, NewFile, PendingUpload } from "./file_store_options.ts";

const HOUR_MS = 3_600_000;
/** How long an interrupted upload may be gone on with, in milliseconds. */
export const UPLOAD_KEPT_MS = 86_400_000;

const logger = getLogger(["parley", "files"]);

/**
 * The files of a chat: a folder of bytes, and what is known of them in the registry.
 *
 * - I1 A file is whole and on disk before anybody can find it; before that it is an upload.
 * - I2 What the files of a name, and of all, take is bounded, with what is on its way.
 * - I3 No path is made of anything but ids that the store has made.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { FileStore, memoryRegistry } from "@parley/parley";
 *
 * const folder = await Deno.makeTempDir();
 * await using registry = memoryRegistry();
 * await using store = await FileStore.open(folder, { registry });
 * const upload = store.begin("ann", { name: "hello.txt", size: 6 });
 * upload.write(new TextEncoder().encode("hello\n"));
 * const file = await upload.commit();
 * assertEquals([file.name, file.size, file.type], ["hello.txt", 6, "text/plain"]);
 * assertEquals(await store.find(file.id), file);
 * ```
 */
export class FileStore implements SharedFiles, AsyncDisposable {
  /** The largest file taken, in bytes. */
  readonly maxFileBytes: number;
  readonly #folder: string;
  readonly #fsync: boolean;
  readonly #keepMs: number;
  readonly #clock: Clock;
  readonly #index: FileIndex;
  readonly #quota: Quota;
  readonly #uploads: Uploads;
  readonly #receipts: Receipts;
  #timer: Disposable | undefined;
  #closing: Promise<void> | undefined;

  private constructor(folder: string, options: FileStoreOptions) {
    const { registry, clock = systemClock, fsync = true, keepMs = Infinity } = options;
    const { maxFileBytes = 2 ** 31, maxBytesPerName = 2 ** 33, maxBytes = 2 ** 36 } = options;
    const { maxFilesPerName = 10_000, maxFiles = 200_000 } = options;
    this.#folder = folder;
    this.#fsync = fsync;
    this.#keepMs = keepMs;
    this.#clock = clock;
    this.maxFileBytes = maxFileBytes;
    this.#index = new FileIndex(registry);
    this.#quota = new Quota({ maxBytesPerName, maxBytes, maxFilesPerName, maxFiles });
    this.#receipts = new Receipts(folder, fsync, clock);
    this.#uploads = new Uploads({
      folder,
      index: this.#index,
      quota: this.#quota,
      space: new FreeSpace(folder, clock, options.measureFree),
      clock,
      maxFileBytes,
      sync: fsync ? new DiskSync() : undefined,
    });
  }

  /**
   * Opens a store, or makes it.
   *
   * @param folder Its folder; what is made can be read by this user only. Nobody else writes in it.
   * @param options What is kept, and where what is known of it.
   * @returns The store; who opened it closes it, before the registry.
   * @throws What the system or the registry throws.
   */
  static async open(folder: string, options: FileStoreOptions): Promise<FileStore> {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const store = new FileStore(folder, options);
    await store.#index.load();
    await reconcile({
      folder,
      index: store.#index,
      uploads: store.#uploads,
      quota: store.#quota,
      clock: store.#clock,
    });
    store.#sweep();
    return store;
  }

  /** Bytes of all files and uploads, and how many there are. */
  get used(): { readonly bytes: number; readonly files: number } {
    return this.#quota.used;
  }

  /** Looks a file up; see {@link SharedFiles}. */
  find(id: string): Promise<SharedFile | undefined> {
    const record = this.#index.get(id);
    return Promise.resolve(record && sharedFile(record));
  }

  /**
   * Where a transfer saves the files of a person: `savedAs` of each is `ID/NAME`.
   *
   * @param owner The person's name.
   */
  inbox(owner: string): Inbox {
    return new StoreInbox({
      owner: fold(owner),
      uploads: this.#uploads,
      receipts: this.#receipts,
      durable: this.#fsync ? "disk" : "memory",
      isThere: (id) => this.#index.get(id) !== undefined,
    });
  }

  /**
   * A file as what a transfer sends.
   *
   * @param file The file, as `find` gave it.
   * @throws {ProtocolError} `unknown_file`: it is not there any more.
   */
  source(file: SharedFile): Source {
    const info = this.#stat(file.id);
    const { name } = file;
    // The mode is the store's own, and no concern of who gets it.
    return describedFile(dataPath(this.#folder, file.id), name, { ...info, mode: null }, {
      shownAs: JSON.stringify(name),
    });
  }

  #stat(id: string): Deno.FileInfo {
    try {
      if (this.#index.get(id) !== undefined) return Deno.lstatSync(dataPath(this.#folder, id));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    throw unknownFile(id);
  }

  /**
   * Opens a file to be read; what is opened can be read to its end, also where it is removed meanwhile.
   *
   * @param id The file's id.
   * @returns The open file; who asked closes it.
   * @throws {ProtocolError} `unknown_file`, `read_failed`.
   */
  async openFile(id: string): Promise<Deno.FsFile> {
    if (this.#index.get(id) === undefined) throw unknownFile(id);
    try {
      return await Deno.open(dataPath(this.#folder, id));
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) throw unknownFile(id);
      throw new ProtocolError("read_failed", "Cannot read the file: the disk failed", { cause });
    }
  }

  /**
   * Begins an upload.
   *
   * @param owner Who brings it.
   * @param file What is brought.
   * @returns Where it is written: `commit` makes a file of it, and hashes it itself.
   * @throws {ProtocolError} `invalid_path`, `too_large`, `quota_exceeded`, `no_space`, `write_failed`,
   *   `shutdown`.
   */
  begin(owner: string, { name, size, isKept = false }: NewFile): FileUpload {
    const upload = this.#uploads.begin({ owner: fold(owner), name: plainName(name), size, isKept });
    upload.hashNew();
    return upload;
  }

  /**
   * Looks whether a file could be taken, before anything of it is there.
   *
   * @throws {ProtocolError} As `begin`.
   */
  check(owner: string, { name, size }: NewFile): void {
    plainName(name);
    this.#uploads.check(fold(owner), size);
  }

  /**
   * An upload that was begun and is not a file yet.
   *
   * @param owner Whose.
   * @param id Its id.
   * @returns What is known of it; undefined where there is none of that person.
   */
  upload(owner: string, id: string): PendingUpload | undefined {
    const entry = this.#own(owner, id);
    if (entry === undefined) return undefined;
    const { name, size, touchedAt, heldBytes, writer } = entry;
    return {
      id,
      name,
      size,
      offset: writer?.offset ?? heldBytes,
      goesAt: touchedAt + UPLOAD_KEPT_MS,
    };
  }

  /**
   * Interrupts who brings an upload in this moment, if anybody does.
   *
   * @param owner Whose.
   * @param id Its id.
   * @returns What has come then; undefined where there is none of that person, or it is a file now.
   */
  async pause(owner: string, id: string): Promise<PendingUpload | undefined> {
    const writer = this.#own(owner, id)?.writer;
    writer?.close();
    await writer?.closed;
    return this.upload(owner, id);
  }

  /**
   * Goes on with an upload; who brings it in this moment is interrupted.
   *
   * @param owner Whose.
   * @param id Its id.
   * @returns Where it is written, behind what is there.
   * @throws {ProtocolError} `unknown_file`, and what `begin` throws.
   */
  async resume(owner: string, id: string): Promise<FileUpload> {
    const entry = this.#own(owner, id);
    if (entry === undefined) throw unknownFile(id);
    const upload = await this.#uploads.resume(entry);
    try {
      await upload.hashAll();
      return upload;
    } catch (error) {
      upload.close();
      throw error;
    }
  }

  /**
   * Removes an upload, or a file, of a person. Messages that name the file tell of it still.
   *
   * @param owner Whose.
   * @param id Its id.
   * @returns Whether there was one.
   */
  async remove(owner: string, id: string): Promise<boolean> {
    let isThere = false;
    for (let entry; (entry = this.#own(owner, id)) !== undefined; isThere = true) {
      const { writer } = entry;
      if (writer === undefined) this.#uploads.discard(entry);
      writer?.remove();
      await writer?.closed;
    }
    // What was being committed is a file by now.
    if (!this.isOwn(owner, id)) return isThere;
    await this.#forget(id);
    return true;
  }

  /** Whose a file is: whether this person brought it. */
  isOwn(owner: string, id: string): boolean {
    return this.#index.get(id)?.owner === fold(owner);
  }

  #own(owner: string, id: string): UploadEntry | undefined {
    const entry = this.#uploads.get(id);
    return entry?.owner === fold(owner) ? entry : undefined;
  }

  /** Interrupts uploads, finishes commits. Idempotent. */
  close(): Promise<void> {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    return this.#closing ??= this.#uploads.close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Removes what is over its time, now and every hour. */
  #sweep(): void {
    const now = this.#clock.now();
    this.#uploads.sweep(now - UPLOAD_KEPT_MS);
    for (const { id, at } of [...this.#index.records]) {
      if (at < now - this.#keepMs) {
        this.#forget(id).catch((error) => {
          logger.error("forgetting a file failed: {error}", { error });
        });
      }
    }
    this.#timer = this.#clock.after(HOUR_MS, () => this.#sweep());
  }

  async #forget(id: string): Promise<void> {
    const { owner, size } = this.#index.get(id)!;
    // Nobody finds it any more before its bytes go.
    const forgetting = this.#index.remove(id);
    this.#quota.add(owner, -size, -1);
    await forgetting;
    removeIfThere(dataPath(this.#folder, id));
  }
}

function plainName(name: string): string {
  const segments = safeSegments(name);
  if (segments.length === 1) return segments[0]!;
  throw new ProtocolError(
    "invalid_path",
    `Cannot keep ${JSON.stringify(name)}: a name without "/" is allowed`,
  );
}

function unknownFile(id: string): ProtocolError {
  return new ProtocolError("unknown_file", `The server does not keep "${id}", or not any more`);
}
