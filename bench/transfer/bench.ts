import type { Surroundings } from "./contender.ts";
import type { FileSystem } from "./file_system.ts";
import type { Peers } from "./peers.ts";

/** How much is sent, and how often. */
export interface Sizes {
  readonly rounds: number;
  /** The one big file, MiB. */
  readonly bigMiB: number;
  /** The small files. */
  readonly smallFiles: number;
  /** The larger file of which memory is measured, MiB. */
  readonly memoryMiB: number;
  /** The larger number of files of which memory is measured. */
  readonly memoryFiles: number;
  /** The big file on the slow link, in millions of bytes. */
  readonly linkMegabytes: number;
  /** The small files on the slow link. */
  readonly linkFiles: number;
}

/** What every section is given. */
export interface Bench extends Surroundings {
  readonly sizes: Sizes;
  readonly peers: Peers;
  /** The folder to work in, and what it is on. */
  readonly work: string;
  readonly workSystem: FileSystem;
  /** A folder on a disk, where there is one, and what it is on. */
  readonly disk: string;
  readonly diskSystem: FileSystem;
}

/** What holds for small files of each kind. */
export const SMALL_FILE_BYTES = 4_096;

/** "5 rounds", "1 round". */
export function plural(count: number, thing: string): string {
  return `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
}
