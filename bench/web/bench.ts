import type { Surroundings } from "../transfer/contender.ts";
import type { FileSystem } from "../transfer/file_system.ts";

/** How much is done, and how often. */
export interface Sizes {
  readonly rounds: number;
  /** The file that goes up and down, MiB. */
  readonly fileMiB: number;
  /** WebSockets in one room. */
  readonly sockets: number;
  /** Messages that each of them gets in a round. */
  readonly messages: number;
  /** Messages of the room that the page opens. */
  readonly history: number;
}

/** What every section is given. */
export interface Bench extends Surroundings {
  readonly sizes: Sizes;
  /** The folder to work in, and what it is on. */
  readonly work: string;
  readonly workSystem: FileSystem;
}
