import { FileStore, type FileStoreOptions } from "../files/file_store.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import type { EventLog } from "../log/event_log.ts";
import type { LogObserver } from "../log/log_observer.ts";
import { type KeepOptions, sqliteLog, sqliteLogPrograms } from "../log/sqlite.ts";
import type { Registry } from "../registry/registry.ts";
import { SQLITE_REGISTRY_PROGRAMS, sqliteRegistry } from "../registry/sqlite.ts";
import { Database, type DatabaseOptions } from "../sqlite/database.ts";
import { DatabaseError } from "../sqlite/database_error.ts";
import { APPLICATION_ID, MIGRATIONS } from "../sqlite/schema.ts";
import { lockFolder } from "./folder_lock.ts";

/** How a {@link DataFolder} is opened. */
export interface DataFolderOptions {
  /** What each stream keeps. @default everything */
  readonly keep?: KeepOptions;
  /** How long ids are remembered of events that are not kept, in milliseconds. @default {86_400_000} */
  readonly idWindowMs?: number;
  /** How large the database may grow, in bytes. @default to the end of the disk */
  readonly maxBytes?: number;
  /** Whose time it is. @default {systemClock} */
  readonly clock?: Clock;
  /** What files people may keep, and how long; false where none are. @default as {@link FileStore} has it */
  readonly files?: Omit<FileStoreOptions, "registry" | "clock"> | false;
  /** Told what was stored, and what could not be: events, names and positions. */
  readonly observer?: LogObserver;
}

/** The database's file in a data folder. */
export const DATABASE_FILE = "parley.db";
/** The folder of shared files in a data folder. */
export const FILES_FOLDER = "files";

/**
 * A folder that a server keeps its log, names, read positions and files in; one process at a time has it.
 *
 * ```
 * data/parley.db       everything (SQLite; with -wal and -shm while it is open)
 *      search.db       the search index: may be removed while no server runs, and is made again
 *      files/          shared files, each under its id, and uploads that were interrupted
 *      parley.lock     held while a server runs; freed by the system, however that ends
 * ```
 *
 * @example
 * ```ts ignore
 * await using folder = await DataFolder.open("data");
 * await using server = ChatServer.listen({ log: folder.log, registry: folder.registry });
 * ```
 */
export class DataFolder implements AsyncDisposable {
  /** The log; acknowledgements promise `"disk"`. */
  readonly log: EventLog;
  /** Names and read positions. */
  readonly registry: Registry;
  /** The files that people share; undefined where none are kept. */
  readonly files: FileStore | undefined;
  readonly #database: Database;
  readonly #lock: Deno.FsFile;
  #closing: Promise<void> | undefined;

  private constructor(
    parts: Pick<DataFolder, "log" | "registry" | "files">,
    database: Database,
    lock: Deno.FsFile,
  ) {
    this.log = parts.log;
    this.registry = parts.registry;
    this.files = parts.files;
    this.#database = database;
    this.#lock = lock;
  }

  /**
   * Opens a data folder, or makes it.
   *
   * @param path The folder. What is made can be read by this user only.
   * @param options What is kept.
   * @returns The folder; who opened it closes it, after the server.
   * @throws {DatabaseError} Another process has it, or what is in it cannot be used; nothing was changed.
   */
  static async open(path: string, options: DataFolderOptions = {}): Promise<DataFolder> {
    const lock = lockForServer(path);
    try {
      const { clock = systemClock, maxBytes, observer = {} } = options;
      const { writes, reads, slowReads } = sqliteLogPrograms({ ...options, clock });
      const databaseOptions: DatabaseOptions = {
        path: `${path}/${DATABASE_FILE}`,
        applicationId: APPLICATION_ID,
        migrations: MIGRATIONS,
        writes: { ...writes, ...SQLITE_REGISTRY_PROGRAMS.writes },
        reads: { ...reads, ...SQLITE_REGISTRY_PROGRAMS.reads },
        ...(slowReads && { slowReads }),
        ...(maxBytes !== undefined && { maxBytes }),
        onStored: (entries, ms) => observer.committed?.(entries, ms),
        onFailed: (error) => observer.failed?.(error),
      };
      const database = await Database.open(databaseOptions);
      const registry = sqliteRegistry(database, { clock });
      try {
        const files = await openFiles(path, registry, { ...options, clock });
        const log = sqliteLog(database, { ...options, clock });
        return new DataFolder({ log, registry, files }, database, lock);
      } catch (error) {
        await registry.close();
        await database.close();
        throw error;
      }
    } catch (error) {
      lock.close();
      if (error instanceof DatabaseError) throw explained(path, error);
      throw error;
    }
  }

  /**
   * Resolves when the database can be used no more, though the program runs on: see {@link Database}. A
   * server does best to end then: what was acknowledged is on disk, and clients go on with the next one.
   */
  get broken(): Promise<Error> {
    return this.#database.broken;
  }

  /** Finishes what was begun, then gives the folder back. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.files?.close();
    await this.log.close();
    await this.registry.close();
    await this.#database.close();
    this.#lock.close();
  }
}

async function openFiles(
  path: string,
  registry: Registry,
  { files = {}, clock = systemClock }: DataFolderOptions,
): Promise<FileStore | undefined> {
  if (files === false) return undefined;
  const folder = `${path}/${FILES_FOLDER}`;
  try {
    return await FileStore.open(folder, { ...files, registry, clock });
  } catch (cause) {
    if (cause instanceof DatabaseError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError("unusable", `${folder} cannot be used: ${reason}`, { cause });
  }
}

function lockForServer(path: string): Deno.FsFile {
  let lock: Deno.FsFile;
  try {
    lock = lockFolder(path);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const { fault, message, cause } = error;
    const advice = fault === "in_use"
      ? "Stop it, or name another folder with --data"
      : "Name another one with --data, or keep nothing with --memory";
    throw new DatabaseError(fault, `${message}. ${advice}`, { cause });
  }
  const file = `${path}/${DATABASE_FILE}`;
  try {
    // SQLite would make it readable by all; what it makes beside it is as this is.
    Deno.openSync(file, { write: true, create: true, mode: 0o600 }).close();
    return lock;
  } catch (cause) {
    lock.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatabaseError("unusable", `Cannot use ${file}: ${reason}`, { cause });
  }
}

function explained(path: string, { fault, message, cause }: DatabaseError): DatabaseError {
  const file = `${path}/${DATABASE_FILE}`;
  const text = {
    in_use: message,
    newer:
      `Cannot use ${file}: ${message}. Run the version of Parley that wrote it, or a newer one`,
    foreign: `Cannot use ${file}: ${message}. Name another folder with --data`,
    damaged:
      `Cannot use ${file}: it is damaged (${message}). Nothing was changed: put a backup in its place, or move it away to begin anew`,
    unusable: `Cannot use ${file}: ${message}${
      /I\/O error|is full/.test(message) ? ". Look whether the disk is full, or broken" : ""
    }`,
  }[fault];
  return new DatabaseError(fault, text, { cause });
}
