import { ProtocolError } from "../codec/errors.ts";
import { DiskSync } from "./disk_sync.ts";
import { within } from "./names.ts";
import { isSameFile } from "./same_file.ts";

/** A folder that was looked at so short a time ago is not looked at again before something is put in. */
const FRESH_MS = 100;
/** Folders that are remembered; more are looked at anew. */
const MAX_REMEMBERED = 1_024;

/** A file that was given its final name. */
export interface Placed {
  /** Its path. */
  readonly path: string;
  /** Which file it is. */
  readonly info: Deno.FileInfo;
}

/** What was done in one folder, within one turn. */
interface Group {
  readonly segments: readonly string[];
  readonly path: string;
  readonly placed: Placed[];
  readonly settled: Promise<void>;
}

/**
 * The folder that an inbox saves in, and the folders below it.
 *
 * Every folder on the way to a file must be a real one: a link that somebody planted could lead
 * anywhere. It is looked at before something is put in (at most 100 ms before), and again after: what
 * was put somewhere else meanwhile is taken back. Files that are put into one folder within one turn share
 * the look after. File data is only ever written in the root itself.
 */
export class InboxRoot {
  /** The root's own path, trusted. */
  readonly path: string;
  /** Makes things durable; undefined where they need not be. */
  readonly sync: DiskSync | undefined;
  readonly #looked = new Map<string, number>();
  /**
   * Folders in which others were made, with the number of the last one, until they are synced: what is
   * saved further below is not durable before.
   */
  readonly #unsynced = new Map<string, number>();
  /** By the path of their folder. */
  readonly #groups = new Map<string, Group>();
  /** Counts folders that were made. */
  #made = 0;
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
   * @returns The last folder's path.
   * @throws {ProtocolError} `exists`: something else has one of the names.
   */
  makeFolders(segments: readonly string[]): string {
    const whole = this.#pathOf(segments);
    if (segments.length === 0 || this.#isFresh(whole)) return whole;
    let path = this.path;
    for (const [depth, segment] of segments.entries()) {
      const parent = path;
      path = within(parent, segment);
      if (this.#isFresh(path) || this.#isRealFolder(path)) continue;
      this.#makeFolder(path, segments.slice(0, depth));
      if (this.sync !== undefined) this.#unsynced.set(parent, ++this.#made);
      // Made by us, made by another transfer meanwhile; or no folder at all.
      if (!this.#isRealFolder(path)) throw notAFolder(segment);
    }
    return path;
  }

  /** Makes a folder, if it is not there. What was made somewhere else is taken back. */
  #makeFolder(path: string, above: readonly string[]): void {
    this.checkFolders(above);
    try {
      Deno.mkdirSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return;
      throw error;
    }
    try {
      this.checkFolders(above);
    } catch (error) {
      Deno.removeSync(path);
      throw error;
    }
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
      path = within(path, segment);
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
    return segments.every((segment) => this.#isRealFolder(path = within(path, segment)));
  }

  /**
   * Makes sure of what was put into a folder: that it was this folder, and that it is durable. What was put
   * there in the same turn is settled together.
   *
   * @param segments The folder's safe name.
   * @param placed What was put in; undefined where nothing was.
   * @returns When it is there to stay.
   * @throws {ProtocolError} `exists`: the folder was exchanged; what was put in is taken back.
   */
  settle(segments: readonly string[], placed?: Placed): Promise<void> {
    const path = this.#pathOf(segments);
    let group = this.#groups.get(path);
    if (group === undefined) {
      const made: Group = group = {
        segments,
        path,
        placed: [],
        settled: Promise.resolve().then(() => this.#settle(made)),
      };
      this.#groups.set(path, group);
    }
    if (placed !== undefined) group.placed.push(placed);
    return group.settled;
  }

  async #settle({ segments, path, placed }: Group): Promise<void> {
    this.#groups.delete(path);
    try {
      this.checkFolders(segments);
    } catch (error) {
      for (const each of placed) takeBack(each);
      throw error;
    }
    if (this.sync === undefined) return;
    let above = this.path;
    for (const segment of segments) {
      const made = this.#unsynced.get(above);
      if (made !== undefined) {
        await this.sync.folder(above);
        if (this.#unsynced.get(above) === made) this.#unsynced.delete(above);
      }
      above = within(above, segment);
    }
    await this.sync.folder(path);
  }

  #pathOf(segments: readonly string[]): string {
    return segments.length === 0 ? this.path : segments.reduce(within, this.path);
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

/** It is what was put there a moment ago, wherever that is, unless the folder changed again. */
function takeBack({ path, info }: Placed): void {
  try {
    if (isSameFile(Deno.lstatSync(path), info)) Deno.removeSync(path);
  } catch {
    // It is not there: there is nothing to take back.
  }
}

function notAFolder(segment: string): ProtocolError {
  return new ProtocolError(
    "exists",
    `Cannot save into "${segment}": something that is no folder has that name`,
  );
}
