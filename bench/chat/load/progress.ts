const LOOK_MS = 1_000;
/** A server that drops what it has taken lets the load wait for ever. */
const PATIENCE_MS = 20_000;

/**
 * Waits until so much has been counted.
 *
 * @param target How much.
 * @param count How much there is.
 * @throws {Error} Nothing has been counted for twenty seconds.
 */
export class Progress {
  /** Resolves when the target is reached. */
  readonly reached: Promise<void>;
  readonly #resolve: () => void;
  readonly #target: number;
  #count = 0;

  /** @param target How much is waited for. */
  constructor(target: number) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#target = target;
    let [seen, seenAt] = [0, performance.now()];
    const watch = setInterval(() => {
      if (this.#count > seen) [seen, seenAt] = [this.#count, performance.now()];
      else if (performance.now() - seenAt > PATIENCE_MS) {
        clearInterval(watch);
        reject(new Error(`${this.#count} of ${target} have come, and then no more`));
      }
    }, LOOK_MS);
    this.#resolve = () => {
      clearInterval(watch);
      resolve();
    };
    this.reached = promise;
  }

  /** How much has been counted. */
  get count(): number {
    return this.#count;
  }

  /** So much more has come. */
  add(count: number): void {
    this.#count += count;
    if (this.#count >= this.#target) this.#resolve();
  }
}
