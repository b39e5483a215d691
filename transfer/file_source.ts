import { basename } from "@std/path/basename";
import { resolve } from "@std/path/resolve";
import { ProtocolError } from "../codec/errors.ts";
import { errorCode } from "./disk_error.ts";
import type { Source, SourceReader } from "./source.ts";

/**
 * A file of this machine as a source. It is sent as long as it was when it was looked at: one that
 * changes meanwhile is `file_changed`, not sent half old and half new.
 *
 * @param path The file; a symbolic link is followed.
 * @param name The name to offer. @default the path's last segment
 * @returns The source.
 * @throws {ProtocolError} `read_failed`: it is not there, not readable, no file.
 */
export async function fileSource(
  path: string,
  name: string = basename(resolve(path)),
): Promise<Source> {
  const info = await guard(path, () => Deno.stat(path));
  if (!info.isFile) {
    const kind = info.isDirectory ? "a folder" : "no regular file";
    throw new ProtocolError("read_failed", `Cannot send ${path}: it is ${kind}`);
  }
  return describedFile(path, name, info, { looksAgain: true });
}

/** How a file is read whose description is known. */
export interface DescribedFileOptions {
  /**
   * Whether the time of a small file is looked at again when it has been read, as that of a large one is:
   * not needed for one that is read a moment after it was looked at. What has changed in between is sent
   * as it is then, read in one piece, with the time from before. @default {false}
   */
  readonly looksAgain?: boolean;
  /** What errors call it, where they are not to tell the path. @default the path */
  readonly shownAs?: string;
}

/**
 * A file as a source, whose description is known already.
 *
 * @param path The file.
 * @param name The name to offer.
 * @param info What the system says of it.
 * @param options How it is read.
 * @returns The source.
 */
export function describedFile(
  path: string,
  name: string,
  info: Deno.FileInfo,
  { looksAgain = false, shownAs = path }: DescribedFileOptions = {},
): Source {
  const mtime = info.mtime?.getTime();
  return {
    name,
    size: info.size,
    ...(mtime === undefined ? {} : { mtime }),
    ...(info.mode === null ? {} : { mode: info.mode & 0o777 }),
    open: () => FileReader.open(path, shownAs, info.size, mtime),
    openAt: (offset) => FileReader.open(path, shownAs, info.size, mtime, offset),
    readWhole: (into) => readWhole(path, shownAs, info.size, looksAgain ? mtime : undefined, into),
  };
}

/**
 * For small files: a call that waits costs less than one that is waited for.
 *
 * @param mtime What its time must still be; undefined where it is not looked at.
 */
function readWhole(
  path: string,
  shownAs: string,
  size: number,
  mtime: number | undefined,
  into: Uint8Array<ArrayBuffer>,
): number {
  try {
    using file = Deno.openSync(path);
    // One byte more than it should have, so that one that has grown is noticed.
    const room = into.subarray(0, size + 1);
    let length = 0;
    for (let count: number | null = 0; count !== null && length < room.length;) {
      length += count;
      count = length < room.length ? file.readSync(room.subarray(length)) : null;
    }
    if (length !== size) throw fileChanged(shownAs);
    if (mtime !== undefined && file.statSync().mtime?.getTime() !== mtime) {
      throw fileChanged(shownAs);
    }
    return size;
  } catch (error) {
    throw readError(shownAs, error);
  }
}

class FileReader implements SourceReader {
  readonly #shownAs: string;
  readonly #file: Deno.FsFile;
  readonly #size: number;
  readonly #mtime: number | undefined;
  #read = 0;

  private constructor(shownAs: string, file: Deno.FsFile, size: number, mtime: number | undefined) {
    this.#shownAs = shownAs;
    this.#file = file;
    this.#size = size;
    this.#mtime = mtime;
  }

  static async open(
    path: string,
    shownAs: string,
    size: number,
    mtime: number | undefined,
    offset = 0,
  ): Promise<FileReader> {
    const file = await guard(shownAs, () => Deno.open(path));
    const reader = new FileReader(shownAs, file, size, mtime);
    if (offset > 0) reader.#read = file.seekSync(offset, Deno.SeekMode.Start);
    return reader;
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = await guard(this.#shownAs, () => this.#file.read(into));
    this.#read += count ?? 0;
    if (this.#read > this.#size || (count === null && this.#read < this.#size)) {
      throw fileChanged(this.#shownAs);
    }
    if (count === null) {
      const { mtime } = await guard(this.#shownAs, () => this.#file.stat());
      if (mtime?.getTime() !== this.#mtime) throw fileChanged(this.#shownAs);
    }
    return count;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw readError(path, error);
  }
}

function fileChanged(path: string): ProtocolError {
  return new ProtocolError(
    "file_changed",
    `Cannot send ${path}: it changed while it was being sent. Send it again`,
  );
}

function readError(path: string, cause: unknown): unknown {
  // What the program lacks a permission for is its own to explain.
  if (cause instanceof ProtocolError || cause instanceof Deno.errors.NotCapable) return cause;
  const code = errorCode(cause);
  const reason = code === "ENOENT"
    ? "there is no such file"
    : code === "EACCES"
    ? "access is denied"
    : cause instanceof Error
    ? cause.message
    : String(cause);
  return new ProtocolError("read_failed", `Cannot read ${path}: ${reason}`, { cause });
}
