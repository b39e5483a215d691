import type { RegistryChange } from "./registry.ts";

/** One iteration over changes: what nobody has asked for yet waits in a queue. */
export class Watch implements AsyncIterator<RegistryChange, undefined> {
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #onEnd: () => void;
  #queue: RegistryChange[] = [];
  /** How much of the queue was taken: taking from an array's front would move the rest. */
  #taken = 0;
  #waiting: PromiseWithResolvers<IteratorResult<RegistryChange, undefined>>[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /**
   * @param prefix Which keys.
   * @param signal Aborting it ends the iteration.
   * @param onEnd Called when it has ended; nothing needs to be told any more.
   */
  constructor(prefix: string, signal: AbortSignal, onEnd: () => void) {
    this.#prefix = prefix;
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal.aborted) this.#ended = true;
    else signal.addEventListener("abort", this.end, { once: true });
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Hands on a change, if it is under the prefix. */
  tell(change: RegistryChange): void {
    if (this.#ended || !change.key.startsWith(this.#prefix)) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#queue.push(change);
    else waiting.resolve({ done: false, value: change });
  }

  /** The next change; done when the watch has ended. */
  next(): Promise<IteratorResult<RegistryChange, undefined>> {
    const value = this.#queue[this.#taken];
    if (value !== undefined) {
      if (++this.#taken === this.#queue.length) this.#clear();
      return Promise.resolve({ done: false, value });
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    const waiting = Promise.withResolvers<IteratorResult<RegistryChange, undefined>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** Ends it: the reader has left. */
  return(): Promise<IteratorResult<RegistryChange, undefined>> {
    this.end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends it with an error: what changes cannot be told any more. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#failure = { error };
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
    this.end();
  }

  /** Ends it; what was not taken is forgotten. */
  readonly end = (): void => {
    this.#ended = true;
    this.#clear();
    this.#signal.removeEventListener("abort", this.end);
    for (const waiting of this.#waiting) waiting.resolve({ done: true, value: undefined });
    this.#waiting = [];
    this.#onEnd();
  };

  #clear(): void {
    this.#queue = [];
    this.#taken = 0;
  }
}
