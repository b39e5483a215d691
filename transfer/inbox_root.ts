import { join } from "@std/path";
import { ProtocolError } from "../codec/errors.ts";
import { DiskSync } from "./disk_sync.ts";

/** A folder that was looked at so short a time ago is not looked at again before something is put in. */
const FRESH_MS = 100;
/** Folders that are remembered; more are looked at anew. */
const MAX_REMEMBERED = 1_024;

/**
 * The folder that an inbox saves in, and the folders below it.
 *
 * Every folder on the way to a file must be a real one: a link that somebody planted could lead
 * anywhere. It is looked at before something is put in (at most 100 ms before), and again after: what
 * was put somewhere else meanwhile is taken back. File data is only ever written in the root itself.
 */
export class InboxRoot {
  /** The root's own path, trusted. */
  readonly path: string;
  /** Makes things durable; undefined where they need not be. */
  readonly sync: DiskSync | undefined;
  readonly #looked = new Map<string, number>();
  #umask: number | undefined;

  /**
   * The folder that an inbox saves in.
   *
   * @param path Its path.
   * @param fsync Whether what is saved is made durable.
   */
  constructor(path: string, fsync: boolean) {
    this.path = path;
    this.sync = fsync ? new DiskSync() : undefined;
  }

  /**
   * The permission bits that this process takes away from every file that it makes.
   *
   * @param file A file that was made with all of them.
   */
  umaskSeenIn(file: Deno.FsFile): number {
    return this.#umask ??= 0o777 & ~(file.statSync().mode ?? 0o777);
  }

  /** The same, if it is known. */
  get umask(): number | undefined {
    return this.#umask;
  }

  /**
   * Makes the folders of a safe path, where they are missing.
   *
   * @param segments Safe names, from `safeSegments`.
   * @returns The last folder's path, and those folders in which a new one was made.
   * @throws {ProtocolError} `exists`: something else has one of the names.
   */
  makeFolders(
    segments: readonly string[],
  ): { readonly path: string; readonly changed: readonly string[] } {
    const changed: string[] = [];
    let path = this.path;
    for (const segment of segments) {
      const parent = path;
      path = join(parent, segment);
      if (this.#isFresh(path) || this.#isRealFolder(path)) continue;
      try {
        Deno.mkdirSync(path);
        changed.push(parent);
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
      // Made by us, made by another transfer meanwhile; or no folder at all.
      if (!this.#isRealFolder(path)) throw notAFolder(segment);
    }
    return { path, changed };
  }

  /**
   * Looks at every folder on the way again.
   *
   * @param segments Safe names, from `safeSegments`.
   * @throws {ProtocolError} `exists`: one of them is no folder any more.
   */
  checkFolders(segments: readonly string[]): void {
    let path = this.path;
    for (const segment of segments) {
      path = join(path, segment);
      if (!this.#isRealFolder(path)) throw notAFolder(segment);
    }
  }

  /**
   * Whether every folder on the way is there, and a real one.
   *
   * @param segments Safe names, from `safeSegments`.
   */
  hasFolders(segments: readonly string[]): boolean {
    let path = this.path;
    return segments.every((segment) => this.#isRealFolder(path = join(path, segment)));
  }

  #isFresh(path: string): boolean {
    const looked = this.#looked.get(path);
    return looked !== undefined && performance.now() - looked < FRESH_MS;
  }

  #isRealFolder(path: string): boolean {
    let isFolder = false;
    try {
      isFolder = Deno.lstatSync(path).isDirectory;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (isFolder) {
      if (this.#looked.size >= MAX_REMEMBERED) this.#looked.clear();
      this.#looked.set(path, performance.now());
    } else this.#looked.delete(path);
    return isFolder;
  }
}

function notAFolder(segment: string): ProtocolError {
  return new ProtocolError(
    "exists",
    `Cannot save into "${segment}": something that is no folder has that name`,
  );
}
