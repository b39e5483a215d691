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

/** `setTimeout` counts in 32 bits: a longer delay would be over at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (leftMs: number) => {
      timer = leftMs <= MAX_TIMEOUT_MS
        ? setTimeout(callback, leftMs)
        : setTimeout(wait, MAX_TIMEOUT_MS, leftMs - MAX_TIMEOUT_MS);
    };
    wait(delayMs);
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
