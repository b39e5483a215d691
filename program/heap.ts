/** Asks the collector to run, where that can be had: a program must have exposed it first. */
export async function exposedCollector(): Promise<() => void> {
  const [v8, vm] = await Promise.all([import("node:v8"), import("node:vm")]);
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("gc");
  return typeof collect === "function" ? () => collect() : () => {};
}

/** Files after which the heap is collected: often enough to stay small, seldom enough not to be felt. */
const FILES_BETWEEN = 5_000;

/**
 * Keeps a program's memory flat, however many files it moves.
 *
 * Of what a file in flight needs, most lives just long enough to be promoted; V8 then lets both of its
 * generations grow, to 170 MiB with 100,000 files, although 10 are in use. It has no setting for that which
 * a running program could change, so the collector is asked to run, which a program may only after it has
 * exposed it. A run takes 25 ms: 3 % of the time of small files, nothing of that of large ones.
 */
export class HeapKeeper {
  #files = 0;
  #collect: (() => void) | undefined;

  /** Counts one file more. */
  count(): void {
    if (++this.#files % FILES_BETWEEN !== 0) return;
    if (this.#collect === undefined) this.#expose();
    else this.#collect();
  }

  async #expose(): Promise<void> {
    this.#collect = () => {};
    this.#collect = await exposedCollector();
    this.#collect();
  }
}
