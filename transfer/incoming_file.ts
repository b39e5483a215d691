import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { BroughtFiles } from "./brought_files.ts";
import { diskError, errorCode } from "./disk_error.ts";
import type { Held, Part, Saved } from "./inbox.ts";
import type { InboxRoot } from "./inbox_root.ts";
import { within } from "./names.ts";
import { type FileIdentity, PartFile } from "./part_file.ts";

/** Copies of one name that are tried: ` (1)` to ` (9999)`. */
const MAX_COPIES = 10_000;

/** The name that a file has got. */
interface Place {
  readonly name: string;
  /** Which file was put there; undefined where the same one was there already. */
  readonly info: Deno.FileInfo | undefined;
}

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
  /** What the same connection brought: other files of that name are replaced; undefined where none are. */
  readonly replaces: BroughtFiles | undefined;
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
  /** Told that it has a part: one that an earlier run has left, or a new one as its bytes begin to come. */
  readonly onBegin?: (file: IncomingFile) => void;
  /** Told that it is over, one way or the other. */
  readonly onGone?: (file: IncomingFile) => void;
  /** Told of a commit that begins. */
  readonly onCommit?: (commit: Promise<string>) => void;
  /** Told of what was saved; the receipt waits for it. */
  readonly onSaved?: (saved: Saved) => Promise<void> | undefined;
  /** What a later run finds it by; undefined where it begins anew then. */
  readonly identity: FileIdentity | undefined;
}

/**
 * A file that arrives: a part in the inbox's own folder, linked to its final name when it is whole.
 *
 * - I1 Bytes are written in the inbox's folder only, whatever becomes of the folders below it meanwhile.
 * - I2 Nothing is on the disk, and no file is open, before `begin`: ten thousand offers cost neither.
 * - I3 What is removed is what this file made.
 * - I4 After `abort` it takes nothing more: another connection may have gone on with it.
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
    options.onBegin?.(this);
  }

  begin(offset: number): void {
    this.#throwIfGone();
    const { root, identity } = this.#options;
    try {
      if (offset === 0) {
        this.#part?.remove();
        this.#part = PartFile.create(root, identity);
      }
    } catch (error) {
      throw diskError("Cannot begin to save the file", error);
    }
    this.#size = offset;
    this.#state = "open";
    this.#options.onBegin?.(this);
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#throwIfGone();
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

  commit(hash: string): Promise<string> {
    const commit = this.#commit(hash);
    this.#options.onCommit?.(commit);
    return commit;
  }

  async #commit(hash: string): Promise<string> {
    this.#throwIfGone();
    const { root, folders, identity, onSaved } = this.#options;
    this.#state = "committing";
    try {
      this.#setAttributes();
      const { file } = this.#part!;
      const syncing = root.sync?.file(file);
      if (syncing !== undefined) await syncing;
      const path = root.makeFolders(folders);
      const placing = this.#place(path, hash);
      const { name, info } = placing instanceof Promise ? await placing : placing;
      const placed = info === undefined ? undefined : { path: within(path, name), info };
      await root.settle(folders, placed);
      const savedAs = folders.length === 0 ? name : `${folders.join("/")}/${name}`;
      // The part's own name goes after this: until then it tells that the file was placed.
      const remembering = onSaved?.({ savedAs, size: this.#size, hash });
      if (remembering !== undefined) await remembering;
      // What another connection had of it before is of no use any more.
      if (identity !== undefined && !this.#part!.isFindable) {
        PartFile.find(root, identity)?.remove();
      }
      return savedAs;
    } catch (error) {
      throw error instanceof ProtocolError ? error : diskError("Cannot save the file", error);
    } finally {
      this.#state = "open";
      this.abort();
    }
  }

  abort(keep = false): void {
    if (this.#state === "committing" || this.#state === "gone") return;
    const part = this.#part;
    // What an earlier run has left is not given up before this one has begun.
    const keeps = part?.isFindable && (keep || this.#state === "waiting");
    this.#state = "gone";
    this.#options.onGone?.(this);
    if (keeps) part.close();
    else part?.remove();
  }

  #throwIfGone(): void {
    if (this.#state !== "gone") return;
    throw new ProtocolError("cancelled", "The sender has connected again, and goes on there");
  }

  /** Never setuid, setgid or sticky: whoever sends is not to decide whom a program runs as. */
  #setAttributes(): void {
    const { root, attributes } = this.#options;
    const { mtime, mode } = attributes ?? {};
    if (mode !== undefined && Deno.build.os !== "windows") {
      const kept = mode & 0o777;
      if (kept !== (0o666 & ~root.umask!)) {
        this.#part!.check(this.#size);
        Deno.chmodSync(this.#part!.path, kept);
      }
    }
    if (mtime !== undefined) this.#part!.file.utimeSync(mtime / 1_000, mtime / 1_000);
  }

  /** Puts the part under its final name, if not the same file has it. */
  #place(folder: string, hash: string): Place | Promise<Place> {
    const { root, folders, replaces, name } = this.#options;
    const target = within(folder, name(0));
    if (replaces !== undefined) {
      if (replaces.has(target)) return this.#placeBeside(folder, hash);
      // What is replaced cannot be brought back, so that a look of a moment ago is not enough.
      root.checkFolders(folders);
      const info = this.#part!.rename(target, this.#size);
      replaces.add(info);
      return { name: name(0), info };
    }
    const info = this.#tryLink(target);
    return info === undefined ? this.#placeBeside(folder, hash) : { name: name(0), info };
  }

  /** The name itself is taken. */
  async #placeBeside(folder: string, hash: string): Promise<Place> {
    const { keepsName, name, isSame, replaces } = this.#options;
    for (let copy = 0; copy < MAX_COPIES; copy++) {
      const target = within(folder, name(copy));
      const info = copy > 0 ? this.#tryLink(target) : undefined;
      if (info !== undefined) {
        replaces?.add(info);
        return { name: name(copy), info };
      }
      if (await isSame?.(target, hash)) return { name: name(copy), info: undefined };
      if (keepsName) break;
    }
    throw existsError(name(keepsName ? 0 : MAX_COPIES - 1));
  }

  /**
   * Links the part to a name that must be free: the one step that either happens or does not. Undefined
   * where the name is taken.
   */
  #tryLink(target: string): Deno.FileInfo | undefined {
    try {
      return this.#part!.link(target, this.#size);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return undefined;
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(errorCode(error))) {
        throw error;
      }
      return this.#tryClaim(target);
    }
  }

  /** Where the file system has no hard links: claims the name with an empty file, then replaces that. */
  #tryClaim(target: string): Deno.FileInfo | undefined {
    try {
      Deno.openSync(target, { write: true, createNew: true }).close();
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return undefined;
      throw error;
    }
    try {
      return this.#part!.rename(target, this.#size);
    } catch (error) {
      Deno.removeSync(target);
      throw error;
    }
  }
}

/** A name that is there already and is not to be replaced. */
export function existsError(name: string): ProtocolError {
  return new ProtocolError("exists", `Cannot save "${name}": it exists, and nothing is replaced`);
}
