import { type Clock, systemClock } from "../clock/clock.ts";

/** How far one file is. */
export interface FileProgress {
  /** The name that was offered: on the receiving side a peer's word. */
  readonly name: string;
  /** Bytes of the whole file; null where it is not known beforehand. */
  readonly size: number | null;
  /** Bytes that were there from an earlier run: this one began after them. */
  readonly from: number;
  /** Bytes of the file so far, those from an earlier run among them. */
  readonly bytes: number;
}

/** How far a transfer is. */
export interface TransferProgress {
  /** Files that have their receipt. */
  readonly files: number;
  /** Files that have none, and never will. */
  readonly failed: number;
  /** Which file it is at, from 1 on; 0 before the first. */
  readonly position: number;
  /** Files in all, as far as they are counted; null where nobody counts. */
  readonly totalFiles: number | null;
  /** Bytes so far, of finished files and of those on their way, what was there before among them. */
  readonly bytes: number;
  /** Bytes in all, as far as they are counted, without those of failed files; null where unknown. */
  readonly totalBytes: number | null;
  /** Whether the totals are final: else they still grow. */
  readonly isCounted: boolean;
  /** Bytes that went over the connection a second, in the last seconds; null before that is known. */
  readonly bytesPerSecond: number | null;
  /** How long it will take, in milliseconds; null where nobody can tell. */
  readonly etaMs: number | null;
  /** The file whose bytes moved last. */
  readonly current: FileProgress | null;
}

/** What came of a transfer. */
export interface TransferSummary {
  /** Files that have their receipt. */
  readonly files: number;
  /** Files that have none. */
  readonly failed: number;
  /** Bytes of the files that have their receipt. */
  readonly bytes: number;
  /** Those of them that were there from an earlier run. */
  readonly resumedBytes: number;
  /** How long it took, in milliseconds. */
  readonly elapsedMs: number;
  /** Bytes of the files that have their receipt, without the resumed ones, by the time that it took. */
  readonly bytesPerSecond: number;
}

/** How a {@link TransferMeter} measures. */
export interface TransferMeterOptions {
  /** Whose time passes. @default {systemClock} */
  readonly clock?: Clock;
  /** How far back the rate looks, in milliseconds. @default {5_000} */
  readonly windowMs?: number;
}

/** Less time than this says nothing about a rate. */
const MIN_SPAN_MS = 50;

/** After so long without a byte, in milliseconds, nobody can tell when it ends. */
const STALL_MS = 1_500;

/** A file that has begun, and has no final answer. */
interface Open {
  readonly size: number | null;
  readonly from: number;
  /** Of `from`, what an earlier run had brought, not this one before its connection broke. */
  readonly resumed: number;
  readonly bytes: number;
}

/** What had moved at a moment. */
interface Sample {
  readonly at: number;
  readonly moved: number;
}

/**
 * Measures a transfer by what `sendFiles` or `receiveFiles` tell on the way.
 *
 * - I1 Telling it costs a few additions; rates and shares are worked out when they are asked for.
 * - I2 Bytes that were there already count for how far it is, never for how fast it goes.
 * - I3 A file that begins again, on another connection or elsewhere, counts once; what moved twice
 *   counts twice for the rate.
 * - I4 It holds files that are on their way, not those that are finished.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { TransferMeter } from "./progress.ts";
 *
 * const meter = new TransferMeter();
 * meter.expect(100);
 * meter.expectNoMore();
 * // sendFiles(connection, sources, { onProgress: (file) => meter.moved(file), ... })
 * meter.moved({ name: "a", size: 100, from: 60, bytes: 90 });
 * const { bytes, totalBytes, position } = meter.progress();
 * assertEquals([bytes, totalBytes, position], [90, 100, 1]);
 * ```
 */
export class TransferMeter {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #startedAt: number;
  readonly #open = new Map<string, Open>();
  /** The oldest is the last one before the window. */
  #samples: Sample[];
  #current: FileProgress | null = null;
  #files = 0;
  #failed = 0;
  /** Of the failed ones, those that were never to be sent: nobody counts them either. */
  #uncounted = 0;
  #position = 0;
  #doneBytes = 0;
  #openBytes = 0;
  #resumedBytes = 0;
  #failedBytes = 0;
  #movedBytes = 0;
  #totalFiles: number | null = null;
  /** NaN where the size of one is not known. */
  #totalBytes = 0;
  #isCounted = false;

  /**
   * The time that it takes begins now.
   *
   * @param options Whose time passes, and how far back the rate looks.
   */
  constructor(options: TransferMeterOptions = {}) {
    const { clock = systemClock, windowMs = 5_000 } = options;
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#startedAt = clock.now();
    this.#samples = [{ at: this.#startedAt, moved: 0 }];
  }

  /** Takes what `onProgress` tells: where a file begins, and every piece of it. */
  moved(file: FileProgress): void {
    const { name, size, from, bytes } = file;
    const before = this.#open.get(name);
    // A piece that follows another adds to it; whatever does not is a beginning.
    const goesOn = before !== undefined && before.from === from && before.size === size &&
      bytes > before.bytes;
    this.#movedBytes += bytes - (goesOn ? before.bytes : from);
    this.#openBytes += bytes - (before?.bytes ?? 0);
    // What an interrupted connection of this run has brought is no earlier run's.
    const resumed = Math.min(from, before?.resumed ?? from);
    this.#open.set(name, { size, from, resumed, bytes });
    this.#current = file;
  }

  /** Takes what `onSent` or `onReceived` tells: a file, or a folder, has its receipt. */
  done({ name, kind, size }: {
    readonly name: string;
    readonly kind: "file" | "directory";
    readonly size: number;
  }): void {
    this.#resumedBytes += this.#close(name)?.resumed ?? size;
    this.#doneBytes += size;
    if (kind === "file") this.#files++;
  }

  /** Takes what `onFailed` tells: a file has no receipt, and never will. */
  failed({ name }: { readonly name: string }): void {
    this.#failed++;
    this.#failedBytes += this.#close(name)?.size ?? 0;
  }

  /** Takes note of a file that could not even be offered: it is in no total. */
  unreadable(): void {
    this.#failed++;
    this.#uncounted++;
  }

  /**
   * Counts one more file among the totals.
   *
   * @param size Its bytes; null where they are not known: then those in all are not.
   */
  expect(size: number | null): void {
    this.#totalFiles = (this.#totalFiles ?? 0) + 1;
    this.#totalBytes += size ?? NaN;
  }

  /** Every file is counted: the totals are final. */
  expectNoMore(): void {
    this.#totalFiles ??= 0;
    this.#isCounted = true;
  }

  /** How far it is. The rate is that since an earlier call, some seconds ago. */
  progress(): TransferProgress {
    const now = this.#clock.now();
    const bytesPerSecond = this.#rate(now);
    const bytes = this.#doneBytes + this.#openBytes;
    // A folder that has begun looks like a file until it has its receipt: never back for its sake.
    this.#position = Math.max(
      this.#position,
      this.#files + this.#failed - this.#uncounted + this.#open.size,
    );
    const totalBytes = this.#totalFiles === null || Number.isNaN(this.#totalBytes)
      ? null
      : Math.max(bytes, this.#totalBytes - this.#failedBytes);
    const left = totalBytes === null || !this.#isCounted ? null : totalBytes - bytes;
    return {
      files: this.#files,
      failed: this.#failed,
      position: this.#isCounted ? Math.min(this.#position, this.#totalFiles!) : this.#position,
      totalFiles: this.#totalFiles,
      bytes,
      totalBytes,
      isCounted: this.#isCounted,
      bytesPerSecond,
      etaMs: left === null || !bytesPerSecond || this.#isStalled(now)
        ? null
        : Math.round(left / bytesPerSecond * 1_000),
      current: this.#current,
    };
  }

  /** What has come of it so far. */
  summary(): TransferSummary {
    const elapsedMs = Math.max(0, this.#clock.now() - this.#startedAt);
    const newBytes = this.#doneBytes - this.#resumedBytes;
    return {
      files: this.#files,
      failed: this.#failed,
      bytes: this.#doneBytes,
      resumedBytes: this.#resumedBytes,
      elapsedMs,
      // The clock's own grain is a millisecond.
      bytesPerSecond: Math.round(newBytes / Math.max(1, elapsedMs) * 1_000),
    };
  }

  #close(name: string): Open | undefined {
    const open = this.#open.get(name);
    this.#open.delete(name);
    this.#openBytes -= open?.bytes ?? 0;
    return open;
  }

  /** Whether nothing has moved of late: the rate sinks then, and would promise hours. */
  #isStalled(now: number): boolean {
    const before = this.#samples.findLast(({ at }) => at <= now - STALL_MS);
    return before?.moved === this.#movedBytes;
  }

  #rate(now: number): number | null {
    // A clock that was set back makes nonsense of what was noted before.
    this.#samples = this.#samples.filter(({ at }) => at <= now);
    const samples = this.#samples;
    samples.push({ at: now, moved: this.#movedBytes });
    while (samples.length > 2 && samples[1]!.at <= now - this.#windowMs) samples.shift();
    const spanMs = now - samples[0]!.at;
    if (spanMs < MIN_SPAN_MS) return null;
    return Math.round((this.#movedBytes - samples[0]!.moved) / spanMs * 1_000);
  }
}
