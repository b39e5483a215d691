/**
 * Makes what was done in folders durable: the names that were given there. Those who ask while a sync
 * of a folder runs share the next one, so that a thousand files cost few.
 */
export class FolderSync {
  /** The running sync of each folder, and the one that waits for it. */
  readonly #syncs = new Map<string, { running: Promise<void>; next: Promise<void> | undefined }>();

  /**
   * Syncs a folder.
   *
   * @param folder Its path.
   * @returns When everything done in it before the call is on disk.
   */
  sync(folder: string): Promise<void> {
    const entry = this.#syncs.get(folder);
    // The running one may have begun before what the caller did.
    if (entry !== undefined) return entry.next ??= this.#after(folder, entry.running);
    return this.#begin(folder);
  }

  #begin(folder: string): Promise<void> {
    const running = syncFolder(folder);
    const entry = { running, next: undefined };
    this.#syncs.set(folder, entry);
    const done = () => {
      if (this.#syncs.get(folder) === entry && entry.next === undefined) this.#syncs.delete(folder);
    };
    running.then(done, done);
    return running;
  }

  async #after(folder: string, running: Promise<void>): Promise<void> {
    // Whether the one before succeeded is told to those who wait for it.
    await running.catch(() => {});
    await this.#begin(folder);
  }
}

async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}
