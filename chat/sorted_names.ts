/** A part of a list in order. */
export interface NamePage {
  readonly names: readonly string[];
  readonly more: boolean;
}

/**
 * Names in order, kept so while they come and go: who asks for a page while others come and go must
 * not have thousands of names sorted each time.
 */
export class SortedNames {
  readonly #names: string[] = [];

  /** Adds a name; one that is there stays. */
  add(name: string): void {
    const at = this.#placeOf(name);
    if (this.#names[at] !== name) this.#names.splice(at, 0, name);
  }

  /** Takes a name out, if it is there. */
  delete(name: string): void {
    const at = this.#placeOf(name);
    if (this.#names[at] === name) this.#names.splice(at, 1);
  }

  /**
   * A page of the names.
   *
   * @param after Only names after this one.
   * @param limit How many at most.
   * @returns The page.
   */
  page(after: string | undefined, limit: number): NamePage {
    // No string lies between a name and the same with a NUL behind it.
    const from = after === undefined ? 0 : this.#placeOf(after + "\0");
    const names = this.#names.slice(from, from + limit);
    return { names, more: from + names.length < this.#names.length };
  }

  /** The first index whose name is not less. */
  #placeOf(name: string): number {
    let [low, high] = [0, this.#names.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#names[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
