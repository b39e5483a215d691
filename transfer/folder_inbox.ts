import { join, resolve } from "@std/path";
import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError, errorCode } from "./disk_error.ts";
import { createHasher, type HashKind } from "./hash.ts";
import type { Durable, Held, Inbox, Part } from "./inbox.ts";
import { safeSegments, savedName } from "./names.ts";

/** What happens when a name is there already. */
export type OnExists = "rename" | "overwrite" | "skip" | "refuse";

/** How a {@link FolderInbox} saves. */
export interface FolderInboxOptions {
  /** What happens when a name is there already. @default {"rename"} */
  readonly onExists?: OnExists;
  /** The largest file taken, in bytes. @default no limit */
  readonly maxFileBytes?: number;
  /** Whether a receipt waits until file and folder are on disk. @default {true} */
  readonly fsync?: boolean;
}

/** Copies of one name that are tried: ` (1)` to ` (9999)`. */
const MAX_COPIES = 10_000;

/**
 * An inbox that is a folder. A file arrives in a part with a short random name beside its target, and
 * gets its name `recv-<name>` only when it is whole.
 *
 * - I1 Under a final name there is a whole file or none, whenever the machine stops.
 * - I2 Nothing is replaced, unless `onExists` says `overwrite`; a link at the target is replaced by the
 *   file or left alone, never followed.
 * - I3 What is removed is what this inbox made.
 */
export class FolderInbox implements Inbox {
  readonly durable: Durable;
  readonly #folder: string;
  readonly #onExists: OnExists;
  readonly #maxFileBytes: number;

  /**
   * An inbox of a folder.
   *
   * @param folder The folder; it must exist when files arrive.
   * @param options What to do with names that are there, and how large a file may be.
   */
  constructor(folder: string, options: FolderInboxOptions = {}) {
    const { onExists = "rename", maxFileBytes = Number.MAX_SAFE_INTEGER, fsync = true } = options;
    this.#folder = resolve(folder);
    this.#onExists = onExists;
    this.#maxFileBytes = maxFileBytes;
    this.durable = fsync ? "disk" : "memory";
  }

  async open(offer: Offer, hash: HashKind): Promise<Part> {
    const segments = safeSegments(offer.name);
    if (offer.kind !== "file" || segments.length > 1) {
      throw new ProtocolError(
        "unsupported_kind",
        "Cannot save a folder: single files are taken. Pack it first",
      );
    }
    this.#checkSize(offer.size ?? 0);
    const [name] = segments as [string];
    const existing = join(this.#folder, savedName(name, 0));
    if (this.#onExists === "skip" || this.#onExists === "refuse") {
      const there = await lstat(existing);
      if (there !== undefined && this.#onExists === "refuse") throw existsError(savedName(name, 0));
      if (there !== undefined && there.size !== offer.size) throw existsError(savedName(name, 0));
      if (there !== undefined) return await EqualFile.open(existing, savedName(name, 0), hash);
    }
    return NewFile.create(this.#folder, name, {
      maxFileBytes: this.#maxFileBytes,
      replace: this.#onExists === "overwrite",
      keepsName: this.#onExists === "refuse" || this.#onExists === "skip",
      fsync: this.durable === "disk",
    });
  }

  #checkSize(size: number): void {
    if (size <= this.#maxFileBytes) return;
    throw new ProtocolError(
      "too_large",
      `Cannot take a file of ${size} bytes: ${this.#maxFileBytes} are allowed`,
    );
  }
}

function existsError(name: string): ProtocolError {
  return new ProtocolError("exists", `Cannot save "${name}": it exists, and nothing is replaced`);
}

async function lstat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw diskError("Cannot look at the folder", error);
  }
}

/** A file that was there before: it is received if it is the same, and never written. */
class EqualFile implements Part {
  readonly held: Held;
  readonly #name: string;

  private constructor(name: string, held: Held) {
    this.#name = name;
    this.held = held;
  }

  static async open(path: string, name: string, kind: HashKind): Promise<EqualFile> {
    // A link is somebody else's file: what it holds is not told to a peer, not even as a hash.
    if (!(await Deno.lstat(path)).isFile) throw existsError(name);
    const hasher = await createHasher(kind);
    using file = await Deno.open(path);
    const buffer = new Uint8Array(1_048_576);
    let size = 0;
    for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
      hasher.update(buffer.subarray(0, count));
      size += count;
    }
    return new EqualFile(name, { size, hasher });
  }

  begin(offset: number): void {
    if (offset !== this.held.size) throw existsError(this.#name);
  }

  write(): void {
    throw existsError(this.#name);
  }

  commit(): Promise<string> {
    return Promise.resolve(this.#name);
  }

  abort(): void {}
}

interface NewFileOptions {
  readonly maxFileBytes: number;
  readonly replace: boolean;
  /** Whether only the first name will do. */
  readonly keepsName: boolean;
  readonly fsync: boolean;
}

/** A file that arrives. */
class NewFile implements Part {
  readonly #folder: string;
  readonly #name: string;
  readonly #options: NewFileOptions;
  readonly #path: string;
  readonly #file: Deno.FsFile;
  #size = 0;
  #state: "open" | "committing" | "gone" = "open";

  private constructor(folder: string, name: string, options: NewFileOptions) {
    this.#folder = folder;
    this.#name = name;
    this.#options = options;
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    this.#path = join(folder, `.recv-${random}.part`);
    // createNew refuses links, live and dangling (I3).
    this.#file = Deno.openSync(this.#path, { write: true, createNew: true });
  }

  static create(folder: string, name: string, options: NewFileOptions): NewFile {
    try {
      return new NewFile(folder, name, options);
    } catch (error) {
      throw diskError("Cannot begin to save the file", error);
    }
  }

  begin(_offset: number): void {}

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#size += bytes.length;
    if (this.#size > this.#options.maxFileBytes) {
      throw new ProtocolError(
        "too_large",
        `Cannot take more than ${this.#options.maxFileBytes} bytes a file`,
      );
    }
    try {
      let written = this.#file.writeSync(bytes);
      while (written < bytes.length) written += this.#file.writeSync(bytes.subarray(written));
    } catch (error) {
      throw diskError("Cannot write the file", error);
    }
  }

  async commit(): Promise<string> {
    this.#state = "committing";
    try {
      if (this.#options.fsync) await this.#file.sync();
      const name = await this.#place();
      if (this.#options.fsync) await syncFolder(this.#folder);
      return name;
    } catch (error) {
      throw error instanceof ProtocolError ? error : diskError("Cannot save the file", error);
    } finally {
      this.#state = "open";
      this.abort();
    }
  }

  abort(): void {
    if (this.#state !== "open") return;
    this.#state = "gone";
    this.#file.close();
    try {
      Deno.removeSync(this.#path);
    } catch {
      // Renamed to its final name, or the whole folder is gone: there is nothing left to remove. On a
      // disk that fails it stays, under a name that says what it is; the first error is the one to tell.
    }
  }

  /** Puts the part under its final name, and gives that. */
  async #place(): Promise<string> {
    if (this.#options.replace) {
      const name = savedName(this.#name, 0);
      await Deno.rename(this.#path, join(this.#folder, name));
      return name;
    }
    const copies = this.#options.keepsName ? 1 : MAX_COPIES;
    for (let copy = 0; copy < copies; copy++) {
      const name = savedName(this.#name, copy);
      if (await this.#tryLink(join(this.#folder, name))) return name;
    }
    throw existsError(savedName(this.#name, copies - 1));
  }

  /** Links the part to a name that must be free: the one step that either happens or does not (I1, I2). */
  async #tryLink(target: string): Promise<boolean> {
    try {
      await Deno.link(this.#path, target);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errorCode(error))) {
        throw error;
      }
      return await this.#tryClaim(target);
    }
  }

  /** Where the file system has no hard links: claims the name with an empty file, then replaces that. */
  async #tryClaim(target: string): Promise<boolean> {
    try {
      Deno.openSync(target, { write: true, createNew: true }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    await Deno.rename(this.#path, target);
    return true;
  }
}

async function syncFolder(folder: string): Promise<void> {
  using opened = await Deno.open(folder);
  await opened.sync();
}
