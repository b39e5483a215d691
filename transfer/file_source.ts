import { basename, resolve } from "@std/path";
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
  const mtime = info.mtime?.getTime();
  return {
    name,
    size: info.size,
    ...(mtime === undefined ? {} : { mtime }),
    ...(info.mode === null ? {} : { mode: info.mode & 0o777 }),
    open: () => FileReader.open(path, info.size, mtime),
  };
}

class FileReader implements SourceReader {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #size: number;
  readonly #mtime: number | undefined;
  #read = 0;

  private constructor(path: string, file: Deno.FsFile, size: number, mtime: number | undefined) {
    this.#path = path;
    this.#file = file;
    this.#size = size;
    this.#mtime = mtime;
  }

  static async open(path: string, size: number, mtime: number | undefined): Promise<FileReader> {
    return new FileReader(path, await guard(path, () => Deno.open(path)), size, mtime);
  }

  async read(into: Uint8Array<ArrayBuffer>): Promise<number | null> {
    const count = await guard(this.#path, () => this.#file.read(into));
    this.#read += count ?? 0;
    if (this.#read > this.#size || (count === null && this.#read < this.#size)) this.#changed();
    if (count === null) {
      const { mtime } = await guard(this.#path, () => this.#file.stat());
      if (mtime?.getTime() !== this.#mtime) this.#changed();
    }
    return count;
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #changed(): never {
    throw new ProtocolError(
      "file_changed",
      `Cannot send ${this.#path}: it changed while it was being sent. Send it again`,
    );
  }
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    // What the program lacks a permission for is its own to explain.
    if (cause instanceof Deno.errors.NotCapable) throw cause;
    const code = errorCode(cause);
    const reason = code === "ENOENT"
      ? "there is no such file"
      : code === "EACCES"
      ? "access is denied"
      : cause instanceof Error
      ? cause.message
      : String(cause);
    throw new ProtocolError("read_failed", `Cannot read ${path}: ${reason}`, { cause });
  }
}
