import type { Commands } from "./commands.ts";

/** What surrounds one run of a contender. */
export interface RunHow {
  /** Leads a dial to this port by another one, behind which is a slow link. */
  readonly via?: (port: number) => number;
  /** Kills the sending command. */
  readonly signal?: AbortSignal;
}

/** A way to bring files from one place to another, by whole commands. */
export interface Contender {
  /** What the tables call it. */
  readonly name: string;
  /** What verifies the content, and what is durable when the command has ended. */
  readonly promises: string;
  /**
   * Sends a file or a folder. What is prepared before and cleaned up after is not counted.
   *
   * @param path The file or folder.
   * @param to The folder that it goes into; it is there.
   * @returns Seconds from the start of the sending command until it has ended and, where the receiving
   *   one gives no receipt, that one too.
   * @throws {CommandFailed} The command says that it did not work.
   * @throws The signal's reason.
   */
  send(path: string, to: string, how?: RunHow): Promise<number>;
}

/** What contenders are made with. */
export interface Surroundings {
  readonly commands: Commands;
  /** A folder for logs, keys and configuration. */
  readonly scratch: string;
  /** The folders that anything is sent into. */
  readonly roots: readonly string[];
}
