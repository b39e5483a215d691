import { statfsSync } from "node:fs";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";

/** How long a look at the disk counts; what was taken since is subtracted. */
const FRESH_MS = 1_000;

/** Says how many bytes are free where a folder is; undefined where that cannot be told. */
export type MeasureFree = (folder: string) => number | undefined;

/**
 * How much room the disk of a folder has, so that a file that will not fit is refused before its first
 * byte. Others write to the disk too, so it is a courtesy and no promise: a disk that is full all the same
 * is noticed when it is written to.
 */
export class FreeSpace {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #measure: MeasureFree;
  #freeBytes: number | undefined;
  #lookedAt = -Infinity;

  /**
   * @param folder The folder.
   * @param clock How long a look counts is told by it.
   * @param measure Looks at the disk.
   */
  constructor(folder: string, clock: Clock = systemClock, measure: MeasureFree = measureFree) {
    this.#folder = folder;
    this.#clock = clock;
    this.#measure = measure;
  }

  /**
   * Takes room for a file.
   *
   * @param bytes How much it needs.
   * @throws {ProtocolError} `no_space`: there is less, with both numbers.
   */
  take(bytes: number): void {
    const now = this.#clock.now();
    if (Math.abs(now - this.#lookedAt) >= FRESH_MS) {
      this.#freeBytes = this.#measure(this.#folder);
      this.#lookedAt = now;
    }
    if (this.#freeBytes === undefined) return;
    if (bytes > this.#freeBytes) {
      throw new ProtocolError(
        "no_space",
        `Cannot take a file of ${bytes} bytes: ${this.#freeBytes} are free on the disk`,
      );
    }
    this.#freeBytes -= bytes;
  }

  /** What was taken may be free again: the next one is to look. */
  lookAgain(): void {
    this.#lookedAt = -Infinity;
  }
}

/** Asks the system, where this program may. */
function measureFree(folder: string): number | undefined {
  const permission = { name: "sys", kind: "statfs" } as const;
  if (Deno.permissions.querySync(permission).state !== "granted") return undefined;
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    // A file system that cannot tell takes what fits.
    return undefined;
  }
}
