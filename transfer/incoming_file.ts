import { join } from "@std/path";
import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError, errorCode } from "./disk_error.ts";
import type { Held, Part } from "./inbox.ts";
import type { InboxRoot } from "./inbox_root.ts";
import { type FileIdentity, PartFile } from "./part_file.ts";

/** Copies of one name that are tried: ` (1)` to ` (9999)`. */
const MAX_COPIES = 10_000;

/** Where an incoming file goes, and how. */
export interface IncomingFileOptions {
  /** The inbox's folder: the part is made here, and nowhere else. */
  readonly root: InboxRoot;
  /** The folders below it that the file goes into. */
  readonly folders: readonly string[];
  /** The name for a copy's number; 0 is the name itself. */
  readonly name: (copy: number) => string;
  /** The largest file taken, in bytes. */
  readonly maxFileBytes: number;
  /** Whether a file of that name is replaced. */
  readonly replace: boolean;
  /** Whether only the name itself will do, no copy's. */
  readonly keepsName: boolean;
  /**
   * Whether a file that has the name already is the same one, so that it may stand for this.
   *
   * @param path The file that has the name.
   * @param hash Of this file.
   */
  readonly isSame: ((path: string, hash: string) => Promise<boolean>) | undefined;
  /** Where the times and permissions of the file come from; undefined where they are not kept. */
  readonly attributes: Pick<Offer, "mtime" | "mode"> | undefined;
  /** What a later run finds it by; undefined where it begins anew then. */
  readonly identity: FileIdentity | undefined;
}

/**
 * A file that arrives: a part in the inbox's own folder, linked to its final name when it is whole.
 *
 * - I1 Bytes are written in the inbox's folder only, whatever becomes of the folders below it meanwhile.
 * - I2 Nothing is on the disk, and no file is open, before `begin`: ten thousand offers cost neither.
 * - I3 What is removed is what this file made.
 */
export class IncomingFile implements Part {
  readonly #options: IncomingFileOptions;
  /** What an earlier run has left of it. */
  readonly held?: Held;
  #part: PartFile | undefined;
  #size = 0;
  #state: "waiting" | "open" | "committing" | "gone" = "waiting";

  /**
   * A file that is to arrive.
   *
   * @param options Where it goes.
   * @param found What an earlier run has left of it; this owns it then.
   */
  constructor(
    options: IncomingFileOptions,
    found?: { readonly part: PartFile; readonly held: Held },
  ) {
    this.#options = options;
    if (found === undefined) return;
    this.#part = found.part;
    this.held = found.held;
  }

  begin(offset: number): void {
    const { root, identity } = this.#options;
    try {
      if (this.#part === undefined) this.#part = PartFile.create(root, identity);
      else if (offset === 0) this.#part.empty();
    } catch (error) {
      throw diskError("Cannot begin to save the file", error);
    }
    this.#size = offset;
    this.#state = "open";
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    const { maxFileBytes } = this.#options;
    this.#size += bytes.length;
    if (this.#size > maxFileBytes) {
      throw new ProtocolError("too_large", `Cannot take more than ${maxFileBytes} bytes a file`);
    }
    const { file } = this.#part!;
    try {
      let written = file.writeSync(bytes);
      while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
    } catch (error) {
      throw diskError("Cannot write the file", error);
    }
  }

  async commit(hash: string): Promise<string> {
    const { root, folders } = this.#options;
    this.#state = "committing";
    try {
      this.#setAttributes();
      await root.sync?.file(this.#part!.file);
      const { path, changed } = root.makeFolders(folders);
      const { name, made } = await this.#place(path, hash);
      this.#checkPlace(made ? join(path, name) : undefined);
      if (root.sync !== undefined) {
        // The folder itself is synced last of them all, and shared with the other files in it.
        for (const folder of changed) await root.sync.folder(folder);
        await root.sync.folder(path);
      }
      return folders.length === 0 ? name : `${folders.join("/")}/${name}`;
    } catch (error) {
      throw error instanceof ProtocolError ? error : diskError("Cannot save the file", error);
    } finally {
      this.#state = "open";
      this.abort();
    }
  }

  abort(keep = false): void {
    const part = this.#part;
    if (part === undefined || this.#state === "committing" || this.#state === "gone") return;
    // What an earlier run has left is not given up before this one has begun.
    const keeps = part.isFindable && (keep || this.#state === "waiting");
    this.#state = "gone";
    part.file.close();
    if (keeps) return;
    try {
      Deno.removeSync(part.path);
    } catch {
      // Renamed to its final name, or the whole folder is gone: there is nothing left to remove. On a
      // disk that fails it stays, under a name that says what it is; the first error is the one to tell.
    }
  }

  /** Never setuid, setgid or sticky: whoever sends is not to decide whom a program runs as. */
  #setAttributes(): void {
    const { root, attributes } = this.#options;
    const { mtime, mode } = attributes ?? {};
    if (mode !== undefined && Deno.build.os !== "windows") {
      const kept = mode & 0o777;
      if (kept !== (0o666 & ~root.umask!)) Deno.chmodSync(this.#part!.path, kept);
    }
    if (mtime !== undefined) this.#part!.file.utimeSync(mtime / 1_000, mtime / 1_000);
  }

  /** Puts the part under its final name, if not the same file has it; gives that, and which it was. */
  async #place(folder: string, hash: string): Promise<{ name: string; made: boolean }> {
    const { root, folders, replace, keepsName, name, isSame } = this.#options;
    if (replace) {
      // What is replaced cannot be brought back, so that a look of a moment ago is not enough.
      root.checkFolders(folders);
      Deno.renameSync(this.#part!.path, join(folder, name(0)));
      return { name: name(0), made: true };
    }
    const copies = keepsName ? 1 : MAX_COPIES;
    for (let copy = 0; copy < copies; copy++) {
      const target = join(folder, name(copy));
      if (this.#tryLink(target)) return { name: name(copy), made: true };
      if (await isSame?.(target, hash)) return { name: name(copy), made: false };
    }
    throw existsError(name(copies - 1));
  }

  /** A folder that was exchanged for a link before something was put in has led elsewhere. */
  #checkPlace(made: string | undefined): void {
    const { root, folders } = this.#options;
    try {
      root.checkFolders(folders);
    } catch (error) {
      // It is what was put there a moment ago, wherever that is, unless the folder changed again (I3).
      if (made !== undefined && isSameFile(Deno.lstatSync(made), this.#part!.file.statSync())) {
        Deno.removeSync(made);
      }
      throw error;
    }
  }

  /** Links the part to a name that must be free: the one step that either happens or does not. */
  #tryLink(target: string): boolean {
    try {
      Deno.linkSync(this.#part!.path, target);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errorCode(error))) {
        throw error;
      }
      return this.#tryClaim(target);
    }
  }

  /** Where the file system has no hard links: claims the name with an empty file, then replaces that. */
  #tryClaim(target: string): boolean {
    try {
      Deno.openSync(target, { write: true, createNew: true }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    }
    try {
      Deno.renameSync(this.#part!.path, target);
    } catch (error) {
      Deno.removeSync(target);
      throw error;
    }
    return true;
  }
}

/** Whether two descriptions are of one file; where the system does not number files, they may be. */
export function isSameFile(one: Deno.FileInfo, other: Deno.FileInfo): boolean {
  return one.isFile && one.dev === other.dev && one.ino === other.ino;
}

/** A name that is there already and is not to be replaced. */
export function existsError(name: string): ProtocolError {
  return new ProtocolError("exists", `Cannot save "${name}": it exists, and nothing is replaced`);
}
