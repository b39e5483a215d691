/** Nobody's. */
const NOTHING: Disposable = { [Symbol.dispose]() {} };

/** Counts things by whom they belong to; who has none takes no memory. */
export class CountByKey {
  readonly #counts = new Map<string, number>();

  /**
   * How many somebody has.
   *
   * @param key Whose; undefined is nobody, who is not counted.
   */
  of(key: string | undefined): number {
    return key === undefined ? 0 : this.#counts.get(key) ?? 0;
  }

  /**
   * Counts one more.
   *
   * @param key Whose.
   * @returns Disposing it counts one less, once.
   */
  add(key: string | undefined): Disposable {
    if (key === undefined) return NOTHING;
    this.#counts.set(key, this.of(key) + 1);
    let isCounted = true;
    return {
      [Symbol.dispose]: () => {
        if (!isCounted) return;
        isCounted = false;
        const left = this.of(key) - 1;
        if (left === 0) this.#counts.delete(key);
        else this.#counts.set(key, left);
      },
    };
  }

  /** How many have something. */
  get size(): number {
    return this.#counts.size;
  }
}
