import { basename } from "@std/path/basename";
import { resolve } from "@std/path/resolve";
import { ProtocolError } from "../codec/errors.ts";
import { describedFile, fileSource } from "./file_source.ts";
import { within } from "./names.ts";
import type { Source } from "./source.ts";

/** How paths are walked. */
export interface WalkOptions {
  /** Whether a link to a file is sent as that file. @default {false} */
  readonly followSymlinks?: boolean;
  /** Told of what is not sent because of its kind: a link, a device, a pipe. */
  readonly onSkipped?: (path: string, reason: string) => void;
  /** Told of what cannot be read. */
  readonly onFailed?: (path: string, error: ProtocolError) => void;
}

/**
 * The files and folders below some paths, one after the other: never all names at once.
 *
 * A folder comes after what is in it, so that its time and permissions are set last. A path that is
 * named is followed if it is a link; a link inside of a folder is skipped, unless `followSymlinks` says
 * so, and then only if it leads to a file: folders could lead in circles.
 *
 * @param paths Files and folders.
 * @param options What to do with links, and who is told.
 * @returns Sources, with names relative to each path's own parent.
 */
export async function* walk(
  paths: Iterable<string>,
  options: WalkOptions = {},
): AsyncGenerator<Source, void, void> {
  for (const path of paths) {
    const name = basename(resolve(path));
    try {
      const info = await Deno.stat(path);
      if (info.isDirectory) yield* walkFolder(path, name, info, options);
      else yield await fileSource(path, name);
    } catch (error) {
      if (error instanceof ProtocolError) options.onFailed?.(path, error);
      else if (error instanceof Deno.errors.NotFound) {
        const text = `Cannot read ${path}: there is no such file`;
        options.onFailed?.(path, new ProtocolError("read_failed", text, { cause: error }));
      } else throw error;
    }
  }
}

async function* walkFolder(
  path: string,
  name: string,
  info: Deno.FileInfo,
  options: WalkOptions,
): AsyncGenerator<Source, void, void> {
  // Not the one that answers at once: that holds all names of a folder, 150 MB of 200,000.
  for await (const entry of Deno.readDir(path)) {
    const child = within(path, entry.name);
    const childName = `${name}/${entry.name}`;
    try {
      // What the folder says of its entries spares a look at each; the look itself follows no link.
      if (entry.isSymlink) yield* followed(child, childName, options);
      else if (entry.isDirectory) {
        yield* walkFolder(child, childName, Deno.lstatSync(child), options);
      } else if (entry.isFile) yield describedFile(child, childName, Deno.lstatSync(child));
      else options.onSkipped?.(child, "it is no file and no folder");
    } catch (cause) {
      if (cause instanceof Deno.errors.NotCapable) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const text = `Cannot read ${child}: ${reason}`;
      options.onFailed?.(child, new ProtocolError("read_failed", text, { cause }));
    }
  }
  yield folderSource(name, info);
}

function* followed(
  path: string,
  name: string,
  options: WalkOptions,
): Generator<Source, void, void> {
  if (options.followSymlinks !== true) {
    return options.onSkipped?.(path, "it is a link: --follow-symlinks sends the file it leads to");
  }
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return options.onSkipped?.(path, "it is a link that leads nowhere");
  }
  if (!info.isFile) return options.onSkipped?.(path, "it is a link to something that is no file");
  yield describedFile(path, name, info);
}

/** A folder as a source: it has a name, a time and permissions, and no bytes. */
function folderSource(name: string, info: Deno.FileInfo): Source {
  const mtime = info.mtime?.getTime();
  return {
    name,
    kind: "directory",
    size: 0,
    ...(mtime === undefined ? {} : { mtime }),
    ...(info.mode === null ? {} : { mode: info.mode & 0o777 }),
    open: () => Promise.resolve({ read: () => Promise.resolve(null), [Symbol.dispose]() {} }),
    readWhole: () => 0,
  };
}
