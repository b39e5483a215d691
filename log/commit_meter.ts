import type { LogObserver } from "./log_observer.ts";

/** Upper bounds of the counted durations, in seconds, inclusive; longer ones are over them all. */
export const COMMIT_BOUNDS_SECONDS: readonly number[] = [
  0.0001,
  0.00025,
  0.0005,
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/**
 * Measures what a log writes: hand it to the log as its observer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CommitMeter } from "@parley/parley";
 *
 * const commits = new CommitMeter();
 * commits.committed(100, 0.2);
 * commits.failed(new Error("database or disk is full"));
 * assertEquals(commits.failure?.message, "database or disk is full");
 * commits.committed(1, 4);
 * assertEquals([commits.count, commits.entries, commits.failure], [2, 101, undefined]);
 * ```
 */
export class CommitMeter implements LogObserver {
  /** Writes that succeeded. */
  count = 0;
  /** Entries that they took. */
  entries = 0;
  /** How long they took together, in seconds. */
  seconds = 0;
  /** Writes that failed. */
  failures = 0;
  /** Why the last write failed; undefined where it succeeded, or there was none. */
  failure: Error | undefined;
  readonly #counts = new Array<number>(COMMIT_BOUNDS_SECONDS.length + 1).fill(0);

  /** How many writes took as long as each of {@link COMMIT_BOUNDS_SECONDS}, not counted before; longer ones last. */
  get counts(): readonly number[] {
    return this.#counts;
  }

  /** A write has succeeded. */
  committed(entries: number, ms: number): void {
    const seconds = ms / 1_000;
    this.count++;
    this.entries += entries;
    this.seconds += seconds;
    this.failure = undefined;
    let at = 0;
    while (at < COMMIT_BOUNDS_SECONDS.length && seconds > COMMIT_BOUNDS_SECONDS[at]!) at++;
    this.#counts[at]!++;
  }

  /** A write has failed. */
  failed(error: unknown): void {
    this.failures++;
    this.failure = error instanceof Error ? error : new Error(String(error));
  }
}
