/**
 * Told what becomes of what a log writes, for metrics and health. A log takes one as an option, and calls
 * it on the thread that `append` is called on. Nothing here may throw or wait.
 */
export interface LogObserver {
  /**
   * A write has succeeded: what was appended is stored as the log's `stored` says.
   *
   * @param entries How many entries it took, at least one; duplicates may be among them.
   * @param ms How long it took, in milliseconds: from when the log began to write it until it was stored.
   */
  committed?(entries: number, ms: number): void;
  /**
   * A write has failed: nothing of it is stored, and `append` throws for it. That of a caller's mistake
   * (an event too large, a closed log) is not told; that of a full disk is.
   *
   * @param error Why.
   */
  failed?(error: unknown): void;
}
