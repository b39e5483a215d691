/**
 * Work that serves everybody who asks before it begins: who asks while it runs shares the next run.
 *
 * A run that has begun may have missed what the caller did a moment ago; so it is not enough for them.
 */
export class SharedWork {
  readonly #work: () => Promise<void>;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param work What is done; it never runs twice at a time. */
  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  /** Whether nobody waits for it. */
  get isIdle(): boolean {
    return this.#running === undefined && this.#next === undefined;
  }

  /**
   * Asks for a run.
   *
   * @returns When a run that began after the call has ended.
   * @throws What the work throws, to everybody who shares the run.
   */
  run(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#begin();
    return this.#next = this.#after(this.#running);
  }

  #begin(): Promise<void> {
    const running = this.#work().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    return this.#running = running;
  }

  async #after(running: Promise<void>): Promise<void> {
    // Whether the one before succeeded is told to those who wait for it.
    await running.catch(() => {});
    this.#next = undefined;
    await this.#begin();
  }
}
