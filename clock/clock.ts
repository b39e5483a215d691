/** Time as everything in Parley sees it, so that tests need not wait. */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number;
  /**
   * Calls back once, later.
   *
   * @param delayMs How much later, in milliseconds.
   * @param callback What to call.
   * @returns Disposing it before then takes the call back.
   */
  after(delayMs: number, callback: () => void): Disposable;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/**
 * Waits.
 *
 * @param clock Whose time passes.
 * @param delayMs How long, in milliseconds.
 * @param signal Ends the wait early.
 * @returns When the time has passed.
 * @throws The signal's reason, when it is aborted first.
 */
export function delay(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) return Promise.reject(signal.reason);
  const timer = clock.after(delayMs, () => {
    signal?.removeEventListener("abort", stop);
    resolve();
  });
  const stop = () => {
    timer[Symbol.dispose]();
    reject(signal?.reason);
  };
  signal?.addEventListener("abort", stop, { once: true });
  return promise;
}
