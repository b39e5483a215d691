import { ProtocolError } from "../codec/errors.ts";
import { type Clock } from "../clock/clock.ts";
import { diskError } from "../transfer/disk_error.ts";
import type { DiskSync } from "../transfer/disk_sync.ts";
import type { FreeSpace } from "../transfer/free_space.ts";
import type { FileIndex } from "./file_index.ts";
import { type FileRecord, newFileId } from "./file_record.ts";
import type { Quota } from "./quota.ts";
import { tooLarge, Upload, type UploadHost } from "./upload.ts";
import {
  dataPath,
  noteKept,
  notePath,
  type UploadEntry,
  type UploadNote,
  writeNote,
} from "./upload_entry.ts";

/** Interrupted uploads that are kept of one name; the oldest goes when another one is begun. */
const MAX_KEPT_PER_NAME = 16;

/** Where uploads go, and what bounds them. */
export interface UploadsOptions {
  readonly folder: string;
  readonly index: FileIndex;
  readonly quota: Quota;
  readonly space: FreeSpace;
  readonly clock: Clock;
  readonly maxFileBytes: number;
  /** Makes names durable; undefined where they need not be. */
  readonly sync: DiskSync | undefined;
}

/** What is to come. */
export interface UploadPlan extends Omit<UploadNote, "id"> {
  /** Whether what has come of it is kept when it is interrupted. */
  readonly isKept: boolean;
}

/**
 * The files on their way.
 *
 * ```
 * files/ID         the bytes, of a file or of an upload
 *       ID.json    beside an upload that is kept when it is interrupted
 * ```
 *
 * - I1 An upload becomes a file in the moment in which the registry has its record: its bytes lie where they
 *   lay, and are durable before.
 * - I2 Who brings a file takes the room of all of it; who was interrupted only what has come.
 */
export class Uploads implements UploadHost {
  readonly maxFileBytes: number;
  readonly #options: UploadsOptions;
  readonly #entries = new Map<string, UploadEntry>();
  readonly #byOwner = new Map<string, Set<UploadEntry>>();
  #stopped: ProtocolError | undefined;

  /** @param options Where they go. */
  constructor(options: UploadsOptions) {
    this.#options = options;
    this.maxFileBytes = options.maxFileBytes;
  }

  /** Takes in an upload that an earlier run has left. */
  restore(note: UploadNote, heldBytes: number, touchedAt: number): void {
    const entry: UploadEntry = {
      ...note,
      isKept: true,
      heldBytes,
      keptBytes: heldBytes,
      touchedAt,
      chargedBytes: heldBytes,
      writer: undefined,
    };
    this.#add(entry);
    this.#options.quota.add(note.owner, heldBytes, 1);
  }

  /** An upload by its id. */
  get(id: string): UploadEntry | undefined {
    return this.#entries.get(id);
  }

  /** The upload that a sender who begins anew goes on with. */
  findBy(owner: string, identity: string): UploadEntry | undefined {
    return this.#of(owner).find((entry) => entry.identity === identity);
  }

  /**
   * Looks whether a file could be taken.
   *
   * @throws {ProtocolError} `too_large`, `quota_exceeded`, `shutdown`.
   */
  check(owner: string, size: number | null): void {
    if (this.#stopped !== undefined) throw this.#stopped;
    if (size !== null && size > this.maxFileBytes) throw tooLarge(size, this.maxFileBytes);
    this.#options.quota.check(owner, size ?? 0);
  }

  /**
   * Begins.
   *
   * @param plan What is to come.
   * @returns Where it is written.
   * @throws {ProtocolError} `too_large`, `quota_exceeded`, `no_space`, `write_failed`, `shutdown`.
   */
  begin({ isKept, ...plan }: UploadPlan): Upload {
    const { folder, clock, quota, space } = this.#options;
    const { owner, size } = plan;
    if (isKept) this.#makeRoom(owner);
    this.check(owner, size);
    space.take(size ?? 0);
    const entry: UploadEntry = {
      ...plan,
      id: newFileId(),
      isKept,
      heldBytes: 0,
      keptBytes: 0,
      touchedAt: clock.now(),
      chargedBytes: 0,
      writer: undefined,
    };
    const path = dataPath(folder, entry.id);
    try {
      const file = Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
      this.#add(entry);
      quota.add(owner, 0, 1);
      this.#chargeAll(entry, size ?? 0);
      const upload = new Upload(this, entry, file);
      try {
        if (isKept) writeNote(folder, entry);
      } catch (error) {
        upload.remove();
        throw error;
      }
      return upload;
    } catch (error) {
      throw diskError("Cannot begin to save the file", error);
    }
  }

  /**
   * Goes on with an upload; who brings it in this moment is interrupted.
   *
   * @param entry Which.
   * @returns Where it is written, behind what is there.
   * @throws {ProtocolError} `quota_exceeded`, `no_space`, `write_failed`, `shutdown`; `cancelled` where it
   *   is gone meanwhile.
   */
  async resume(entry: UploadEntry): Promise<Upload> {
    // Of several who wait here each takes over from the one before.
    while (entry.writer !== undefined) {
      entry.writer.close();
      await entry.writer?.closed;
    }
    const { folder, quota, space } = this.#options;
    if (this.#stopped !== undefined) throw this.#stopped;
    if (this.#entries.get(entry.id) !== entry) {
      throw new ProtocolError("cancelled", "The upload is over already");
    }
    const bytes = Math.max(entry.size ?? 0, entry.heldBytes);
    quota.check(entry.owner, bytes - entry.chargedBytes, 0);
    space.take(bytes - entry.heldBytes);
    try {
      const file = Deno.openSync(dataPath(folder, entry.id), { read: true, write: true });
      try {
        file.truncateSync(entry.heldBytes);
        file.seekSync(entry.heldBytes, Deno.SeekMode.Start);
      } catch (error) {
        file.close();
        throw error;
      }
      this.#chargeAll(entry, bytes);
      return new Upload(this, entry, file);
    } catch (error) {
      throw diskError("Cannot go on with what has come of the file", error);
    }
  }

  charge(entry: UploadEntry, bytes: number): void {
    this.#options.quota.check(entry.owner, bytes, 0);
    this.#chargeAll(entry, entry.chargedBytes + bytes);
  }

  async settle(file: Deno.FsFile): Promise<void> {
    const { sync, folder } = this.#options;
    if (sync === undefined) return;
    // On another thread, however quick: a large file is long under way, and chats go on meanwhile.
    await file.sync();
    await sync.folder(folder);
  }

  async finish(
    entry: UploadEntry,
    file: Pick<FileRecord, "size" | "type" | "sha256">,
  ): Promise<FileRecord> {
    const { folder, clock, index } = this.#options;
    const { id, name, owner } = entry;
    const record: FileRecord = { id, name, owner, ...file, at: clock.now() };
    await index.add(record);
    this.#chargeAll(entry, file.size);
    this.#delete(entry);
    if (entry.isKept) removeIfThere(notePath(folder, id));
    return record;
  }

  async keep(entry: UploadEntry, file: Deno.FsFile, bytes: number): Promise<void> {
    const { sync, folder } = this.#options;
    if (sync !== undefined) await file.sync();
    await noteKept(folder, entry.id, bytes);
    entry.keptBytes = bytes;
  }

  interrupted(entry: UploadEntry, heldBytes: number): void {
    entry.heldBytes = heldBytes;
    entry.touchedAt = this.#options.clock.now();
    this.#chargeAll(entry, heldBytes);
    this.#options.space.lookAgain();
  }

  discard(entry: UploadEntry): void {
    const { folder, quota, space } = this.#options;
    if (!this.#delete(entry)) return;
    this.#chargeAll(entry, 0);
    quota.add(entry.owner, 0, -1);
    space.lookAgain();
    removeIfThere(dataPath(folder, entry.id));
    if (entry.isKept) removeIfThere(notePath(folder, entry.id));
  }

  /**
   * Gives up what nobody has gone on with.
   *
   * @param before When it was brought last, at the latest; Unix milliseconds.
   */
  sweep(before: number): void {
    for (const entry of [...this.#entries.values()]) {
      if (entry.writer === undefined && entry.touchedAt < before) this.discard(entry);
    }
  }

  /** Interrupts everybody, and finishes what is being committed. */
  async close(): Promise<void> {
    this.#stopped ??= new ProtocolError("shutdown", "The server is stopping: go on later");
    const writers = [...this.#entries.values()].flatMap(({ writer }) => writer ?? []);
    for (const writer of writers) writer.close(this.#stopped);
    await Promise.all(writers.map(({ closed }) => closed));
  }

  #makeRoom(owner: string): void {
    const idle = this.#of(owner).filter(({ isKept, writer }) => isKept && writer === undefined)
      .sort((one, other) => one.touchedAt - other.touchedAt);
    const tooMany = Math.max(0, idle.length + 1 - MAX_KEPT_PER_NAME);
    for (const entry of idle.slice(0, tooMany)) this.discard(entry);
  }

  #of(owner: string): readonly UploadEntry[] {
    return [...this.#byOwner.get(owner) ?? []];
  }

  #add(entry: UploadEntry): void {
    this.#entries.set(entry.id, entry);
    this.#byOwner.set(entry.owner, (this.#byOwner.get(entry.owner) ?? new Set()).add(entry));
  }

  /** Whether it was there. */
  #delete(entry: UploadEntry): boolean {
    const own = this.#byOwner.get(entry.owner);
    own?.delete(entry);
    if (own?.size === 0) this.#byOwner.delete(entry.owner);
    return this.#entries.delete(entry.id);
  }

  #chargeAll(entry: UploadEntry, bytes: number): void {
    this.#options.quota.add(entry.owner, bytes - entry.chargedBytes, 0);
    entry.chargedBytes = bytes;
  }
}

/** Removes a file; one that cannot be removed is looked at again by the next start. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It is gone, or the disk says no: nothing finds it any more, and the next start tries again.
  }
}
