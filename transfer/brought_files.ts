/** Files that are remembered, 40 bytes or so each; the oldest go first. */
const MAX_REMEMBERED = 262_144;

/**
 * The files that one connection brought.
 *
 * They are known by the number that the disk gives them, not by their names: so the disk itself decides
 * which names are equal, whether it folds their case, composes their accents, or does neither.
 */
export class BroughtFiles {
  readonly #numbers = new Set<number>();

  /**
   * Remembers a file.
   *
   * @param file The open file.
   */
  add(file: Deno.FsFile): void {
    const { ino } = file.statSync();
    // Where the system does not number files, nothing can be told.
    if (ino === null) return;
    if (this.#numbers.size >= MAX_REMEMBERED) {
      for (const oldest of this.#numbers) {
        this.#numbers.delete(oldest);
        break;
      }
    }
    this.#numbers.add(ino);
  }

  /**
   * Whether what has a name is one of them.
   *
   * @param path The name.
   */
  has(path: string): boolean {
    if (this.#numbers.size === 0) return false;
    try {
      const { isFile, ino } = Deno.lstatSync(path);
      return isFile && ino !== null && this.#numbers.has(ino);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
}
