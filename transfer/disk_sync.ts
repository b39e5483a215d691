import { SharedWork } from "./shared_work.ts";

/**
 * A sync that takes less is not handed to another thread: on a disk in memory, or one with a cache of
 * its own, the handing over costs more (60 us here) than the sync.
 */
const QUICK_SYNC_MS = 0.1;
/**
 * After a slow sync, so many go to other threads, where they overlap, before one is tried here again; four
 * times as many after each that is slow too, so that one hiccup is soon forgotten.
 */
const SLOW_SYNCS = { first: 4, most: 256 };

/**
 * Makes files and their names durable, many at once.
 *
 * Files are synced side by side, since a disk does several in the time of one; those who ask for a
 * folder while its sync runs share the next one, so that a thousand files cost few.
 */
export class DiskSync {
  /** How many files more are synced on other threads; the first one tells how the disk is. */
  #slowLeft = 0;
  /** How many they are after the next slow one. */
  #slowNext = SLOW_SYNCS.first;
  readonly #folders = new Map<string, SharedWork>();

  /**
   * Makes a file's content durable.
   *
   * @param file The open file.
   * @returns When it is on disk; undefined where it is already.
   */
  file(file: Deno.FsFile): Promise<void> | undefined {
    if (this.#slowLeft > 0) {
      this.#slowLeft--;
      return file.sync();
    }
    const before = performance.now();
    file.syncSync();
    const isQuick = performance.now() - before <= QUICK_SYNC_MS;
    if (!isQuick) this.#slowLeft = this.#slowNext;
    this.#slowNext = isQuick ? SLOW_SYNCS.first : Math.min(this.#slowNext * 4, SLOW_SYNCS.most);
    return undefined;
  }

  /**
   * Makes the names in a folder durable.
   *
   * @param path The folder.
   * @returns When everything done in it before the call is on disk.
   */
  async folder(path: string): Promise<void> {
    let work = this.#folders.get(path);
    if (work === undefined) {
      work = new SharedWork(() => syncFolder(path));
      this.#folders.set(path, work);
    }
    try {
      await work.run();
    } finally {
      if (work.isIdle && this.#folders.get(path) === work) this.#folders.delete(path);
    }
  }
}

async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}
