/** Files that are remembered, twice, 40 bytes or so each: when so many are new, those before them go. */
const MAX_NEW = 131_072;

/**
 * The files that one connection brought.
 *
 * They are known by the number that the disk gives them, not by their names: so the disk itself decides
 * which names are equal, whether it folds their case, composes their accents, or does neither.
 */
export class BroughtFiles {
  #new = new Set<number>();
  #older = new Set<number>();

  /**
   * Remembers a file.
   *
   * @param file What the system says of it.
   */
  add({ ino }: Deno.FileInfo): void {
    // Where the system does not number files, nothing can be told.
    if (ino === null) return;
    if (this.#new.size >= MAX_NEW) {
      this.#older = this.#new;
      this.#new = new Set();
    }
    this.#new.add(ino);
  }

  /**
   * Whether what has a name is one of them.
   *
   * @param path The name.
   */
  has(path: string): boolean {
    if (this.#new.size === 0) return false;
    try {
      const { isFile, ino } = Deno.lstatSync(path);
      return isFile && ino !== null && (this.#new.has(ino) || this.#older.has(ino));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
}
