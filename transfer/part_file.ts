import { ProtocolError } from "../codec/errors.ts";
import { type Hasher, hashFile, type HashKind, hashText } from "./hash.ts";
import type { InboxRoot } from "./inbox_root.ts";
import { within } from "./names.ts";
import { isSameFile, openReal } from "./same_file.ts";

/** What makes a file the same one in another run: its name, size and time at the sender. */
export interface FileIdentity {
  readonly name: string;
  readonly size: number;
  readonly mtime: number;
}

const PART = /^\.recv-[0-9a-f]{16,32}\.part$/;

/**
 * The file that an incoming file is written to, in the inbox's own folder.
 *
 * The name of one that can be resumed tells what it is a part of, so that the next run finds it; a lock,
 * which the system takes back when a process dies, keeps two transfers from writing to one.
 *
 * - I1 A link is never followed: what is opened is what was looked at.
 * - I2 A part that another transfer writes to is left alone.
 * - I3 A file that has another name too is never written to: it may be one that was given its final name
 *   in the moment in which the receiver was stopped, or somebody else's.
 * - I4 What is done to it by its name is done to the file that was written, and never to something that
 *   somebody has put in its place.
 */
export class PartFile {
  /** Its path. */
  readonly path: string;
  /** The open file. */
  readonly file: Deno.FsFile;
  /** Whether a later run can find it. */
  readonly isFindable: boolean;
  /** Whether it has another name too: it is whole then, and not to be written to. */
  readonly isPlaced: boolean;
  #info: Deno.FileInfo | undefined;
  #isOpen = true;
  #hasName = true;

  private constructor(path: string, file: Deno.FsFile, isFindable: boolean, isPlaced = false) {
    this.path = path;
    this.file = file;
    this.isFindable = isFindable;
    this.isPlaced = isPlaced;
  }

  /**
   * Makes a new part.
   *
   * @param root The inbox's folder.
   * @param identity What it will be a part of; without, nobody finds it again.
   * @returns The part, empty; one that nobody finds again, where the other one is being written to.
   */
  static create(root: InboxRoot, identity?: FileIdentity): PartFile {
    if (identity !== undefined) {
      try {
        return PartFile.#make(root, within(root.path, findableName(identity)), true);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
    const random = crypto.getRandomValues(new Uint8Array(8)).toHex();
    return PartFile.#make(root, within(root.path, `.recv-${random}.part`), false);
  }

  /**
   * Finds the part that an earlier run has left.
   *
   * @param root The inbox's folder.
   * @param identity What it is a part of.
   * @returns The part, where there is one that nobody writes to.
   */
  static find(root: InboxRoot, identity: FileIdentity): PartFile | undefined {
    const path = within(root.path, findableName(identity));
    const file = openFound(path);
    if (file === undefined) return undefined;
    const { size, nlink } = file.statSync();
    const isPlaced = (nlink ?? 1) > 1;
    if (isPlaced ? size === identity.size : size > 0 && size <= identity.size) {
      return new PartFile(path, file, true, isPlaced);
    }
    // Nothing of use is in it: this name of it can go.
    Deno.removeSync(path);
    file.close();
    return undefined;
  }

  /** Closes it, and leaves it to a later run. Idempotent. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.file.close();
  }

  /**
   * Makes sure that its name is still its own, before something is done by that name.
   *
   * A look at the open file costs more than one at its name: it is spared for parts that are there for a
   * moment only, which are known by their length and by having no other name.
   *
   * @param bytes How many were written.
   * @returns What the system says of it.
   * @throws {ProtocolError} `write_failed`: somebody has put something else there.
   * @throws {Deno.errors.NotFound} It has no name any more.
   */
  check(bytes: number): Deno.FileInfo {
    const there = Deno.lstatSync(this.path);
    if (this.isFindable) this.#info ??= this.file.statSync();
    const isOwn = this.#info === undefined
      ? there.isFile && there.size === bytes && (there.nlink ?? 1) === 1
      : isSameFile(there, this.#info);
    if (isOwn) return there;
    const text = "Cannot save the file: while it arrived, something else was put in its place";
    throw new ProtocolError("write_failed", text);
  }

  /**
   * Gives it a name that must be free. One that nobody would find again loses its own, and is closed.
   *
   * @param target The path.
   * @param bytes How many were written.
   * @returns What the system says of it.
   * @throws {Deno.errors.AlreadyExists} The name is taken.
   * @throws {ProtocolError} `write_failed`, see `check`.
   */
  link(target: string, bytes: number): Deno.FileInfo {
    const info = this.check(bytes);
    Deno.linkSync(this.path, target);
    if (!this.isFindable) {
      this.#hasName = false;
      Deno.removeSync(this.path);
      this.close();
    }
    return info;
  }

  /**
   * Gives it a name instead of its own, in place of what has that name.
   *
   * @param target The path.
   * @param bytes How many were written.
   * @returns What the system says of it.
   * @throws {ProtocolError} `write_failed`, see `check`.
   */
  rename(target: string, bytes: number): Deno.FileInfo {
    const info = this.check(bytes);
    Deno.renameSync(this.path, target);
    this.#hasName = false;
    return info;
  }

  /** Takes its name away, where it has one that is still its own, and closes it. */
  remove(): void {
    try {
      if (this.#hasName) {
        const own = this.#info ?? this.file.statSync();
        if (isSameFile(Deno.lstatSync(this.path), own)) Deno.removeSync(this.path);
      }
    } catch {
      // It was renamed to its final name, or its name is somebody else's, or the whole folder is gone: there
      // is nothing left to remove. On a disk that fails it stays, under a name that says what it is; the
      // first error is the one to tell.
    } finally {
      this.close();
    }
  }

  /** Hashes what is there; what is written next comes after it. */
  hash(kind: HashKind): Promise<Hasher> {
    return hashFile(this.file, kind);
  }

  static #make(root: InboxRoot, path: string, isFindable: boolean): PartFile {
    // createNew refuses links, live and dangling (I1). The first file is made with all permissions, to
    // see which of them the system takes away.
    const mode = root.umask === undefined ? 0o777 : 0o666;
    const file = Deno.openSync(path, { read: isFindable, write: true, createNew: true, mode });
    if (root.umask === undefined) {
      const umask = root.umaskSeenIn(file);
      if (Deno.build.os !== "windows") Deno.chmodSync(path, 0o666 & ~umask);
    }
    // Another process may have found it already, and left the lock to nobody else (I2).
    if (!isFindable || file.tryLockSync(true)) return new PartFile(path, file, isFindable);
    file.close();
    throw new Deno.errors.AlreadyExists("The part was taken by another transfer");
  }
}

/**
 * Removes parts that nobody has gone on with.
 *
 * @param root The inbox's folder.
 * @param before Parts that were last written before then, Unix milliseconds.
 */
export function sweepParts(root: InboxRoot, before: number): void {
  for (const { name, isFile } of Deno.readDirSync(root.path)) {
    if (!isFile || !PART.test(name)) continue;
    const path = within(root.path, name);
    const file = openFound(path);
    if (file === undefined) continue;
    const { ctime, mtime } = file.statSync();
    // One that was whole when its receiver stopped has its sender's time already: the system's own tells more.
    if (((ctime ?? mtime)?.getTime() ?? Infinity) < before) Deno.removeSync(path);
    file.close();
  }
}

/**
 * Opens a part that is there and that nobody writes to, and locks it (I1, I2). One that was whole when its
 * receiver stopped may have its sender's bits already: it is read only then, or not at all.
 */
function openFound(path: string): Deno.FsFile | undefined {
  const file = tryOpen(path, { read: true, write: true }) ?? tryOpen(path, { read: true });
  if (file === undefined || file.tryLockSync(true)) return file;
  file.close();
  return undefined;
}

function tryOpen(
  path: string,
  options: Pick<Deno.OpenOptions, "read" | "write">,
): Deno.FsFile | undefined {
  try {
    return openReal(path, options);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) return undefined;
    throw error;
  }
}

/** 128 bits of a hash: nobody finds another file's part by chance. */
function findableName({ name, size, mtime }: FileIdentity): string {
  return `.recv-${hashText(JSON.stringify([name, size, mtime])).slice(0, 32)}.part`;
}
