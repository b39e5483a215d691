import { backup, DatabaseSync } from "node:sqlite";
import { DatabaseError } from "../sqlite/database_error.ts";
import { APPLICATION_ID, MIGRATIONS } from "../sqlite/schema.ts";
import { type BackedUpFiles, backUpFiles } from "./back_up_files.ts";
import { DATABASE_FILE } from "./data_folder.ts";
import { lockFolder } from "./folder_lock.ts";

/** How {@link backUp} copies. */
export interface BackUpOptions {
  /** Whether a database that is in the target already may be replaced. @default {false} */
  readonly force?: boolean;
}

/** What {@link backUp} has copied. */
export interface BackedUp {
  /** How many events, of which retention had not taken the text. */
  readonly events: number;
  /** How many streams: rooms and inboxes. */
  readonly streams: number;
  /** The size of the database's copy, in bytes. */
  readonly bytes: number;
  /** The shared files. */
  readonly files: BackedUpFiles;
}

/** While it is being made. */
const PART = `.${DATABASE_FILE}.part`;

/**
 * Copies a data folder's shared files, and its database as it is in one moment, also while a server writes to it: everything
 * that was acknowledged before is in the copy. The target is then a data folder that a server can use.
 *
 * - I1 The source is read and nothing more; the server waits for nothing.
 * - I2 The copy is there whole, checked and synced, or not at all; nothing is replaced unless `force` says so.
 * - I3 The copy is another log (`log` of the protocol): what a server that uses it says from then on bears
 *   numbers that the source gives to other events. So clients hear `complete: false` and take everything.
 *   Read positions that the server keeps, and where inboxes began, count in the copy as they did.
 *
 * It takes as long as the database is large, and keeps its thread busy: a server does it in another
 * process. While it copies, the source's WAL grows by what is written.
 *
 * @param data The data folder.
 * @param target The folder to copy to; it is made where there is none, for this user only.
 * @param options What may be replaced.
 * @returns What was copied.
 * @throws {DatabaseError} There is nothing that can be copied, or nowhere to copy it to.
 */
export async function backUp(
  data: string,
  target: string,
  { force = false }: BackUpOptions = {},
): Promise<BackedUp> {
  const source = openSource(data, target);
  try {
    using _lock = lockTarget(target);
    const file = `${target}/${DATABASE_FILE}`;
    const part = `${target}/${PART}`;
    if (!force && statOf(file) !== undefined) {
      throw new DatabaseError(
        "unusable",
        `Cannot back up to ${target}: there is a ${DATABASE_FILE} in it already. Name another folder, or replace it with --force`,
      );
    }
    // What is there is of a backup that was killed: nobody else has the folder.
    removeDatabase(part);
    try {
      const copied = await copy(source, part, (database) => backUpFiles(database, data, target));
      // What the replaced database had beside it would be taken for the copy's.
      for (const suffix of ["-wal", "-shm", "-journal"]) remove(file + suffix);
      Deno.renameSync(part, file);
      sync(target);
      return copied;
    } finally {
      removeDatabase(part);
    }
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const message = textOf(error);
    const damaged = /malformed|not a database/.test(message);
    throw new DatabaseError(
      damaged ? "damaged" : "unusable",
      damaged
        ? `Cannot back up ${data}: its ${DATABASE_FILE} is damaged (${message})`
        : `Cannot back up ${data} to ${target}: ${message}`,
      { cause: error },
    );
  } finally {
    source.close();
  }
}

function openSource(data: string, target: string): DatabaseSync {
  const no = (fault: DatabaseError["fault"], reason: string, cause?: unknown) =>
    new DatabaseError(fault, `Cannot back up ${data}: ${reason}`, { cause });
  const file = `${data}/${DATABASE_FILE}`;
  if (statOf(data)?.isDirectory !== true) throw no("unusable", "there is no such folder");
  const stat = statOf(file);
  if (stat?.isFile !== true) throw no("unusable", `there is no ${DATABASE_FILE} in it`);
  if (statOf(target) !== undefined && Deno.realPathSync(data) === Deno.realPathSync(target)) {
    throw no("unusable", "the copy cannot be in the same folder. Name another one");
  }
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    const version = numberOf(source, "PRAGMA user_version");
    if (stat.size === 0 && numberOf(source, "SELECT count(*) FROM sqlite_schema") === 0) {
      throw no("unusable", `its ${DATABASE_FILE} is empty`);
    }
    if (numberOf(source, "PRAGMA application_id") !== APPLICATION_ID) {
      throw no("foreign", `its ${DATABASE_FILE} is the database of another program`);
    }
    if (version > MIGRATIONS.length) {
      const knows = `its version is ${version}, and this program knows up to ${MIGRATIONS.length}`;
      throw no("newer", `${knows}. Run the version of Parley that wrote it, or a newer one`);
    }
    return source;
  } catch (error) {
    source?.close();
    if (error instanceof DatabaseError) throw error;
    const message = textOf(error);
    if (/malformed|not a database/.test(message)) {
      throw no("damaged", `its ${DATABASE_FILE} is damaged (${message})`, error);
    }
    throw no("unusable", message, error);
  }
}

function lockTarget(target: string): Deno.FsFile {
  try {
    return lockFolder(target);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const { fault, cause } = error;
    const reason = fault === "in_use" ? "a server is using that folder" : textOf(cause);
    throw new DatabaseError(fault, `Cannot back up to ${target}: ${reason}`, { cause });
  }
}

/** Copies into a file that is not there yet, and makes a log of its own of the copy. */
async function copy(
  source: DatabaseSync,
  part: string,
  copyFiles: (database: DatabaseSync) => BackedUpFiles,
): Promise<BackedUp> {
  Deno.openSync(part, { write: true, createNew: true, mode: 0o600 }).close();
  // One read transaction for counting and copying, and all pages in one step: SQLite's backup begins anew
  // whenever another process has written between two steps, and a busy server always has.
  source.exec("BEGIN");
  const expected = countsOf(source);
  await backup(source, part, { rate: -1 });
  source.exec("COMMIT");
  const database = new DatabaseSync(part);
  try {
    // One file, which can be moved and copied like any other; a server makes it a WAL again.
    database.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    const [found] = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {});
    if (found !== "ok") throw new Error("database disk image is malformed");
    const counts = countsOf(database);
    if (JSON.stringify(counts) !== JSON.stringify(expected)) {
      throw new Error("database disk image is malformed: the copy differs from it");
    }
    renewLog(database);
    const { events, streams } = counts;
    const files = copyFiles(database);
    database.close();
    sync(part);
    return { events, streams, bytes: Deno.statSync(part).size, files };
  } finally {
    if (database.isOpen) database.close();
  }
}

function countsOf(database: DatabaseSync): { events: number; streams: number; rows: number } {
  return {
    events: numberOf(database, "SELECT coalesce(sum(last - trimmed_through), 0) FROM streams"),
    streams: numberOf(database, "SELECT count(*) FROM streams"),
    rows: numberOf(database, "SELECT count(*) FROM events"),
  };
}

/** Gives a copy an id of its own (I3), also where positions tell which log they count in. */
function renewLog(database: DatabaseSync): void {
  const idOf = () =>
    (database.prepare("SELECT value FROM facts WHERE name = 'log'").get() as { value: string })
      .value;
  const old = idOf();
  database.exec("BEGIN");
  database.exec("UPDATE facts SET value = lower(hex(randomblob(16))) WHERE name = 'log'");
  // Values are JSON, and JSON of the chat's own within it.
  const told = (log: string) => JSON.stringify(`"log":"${log}"`).slice(1, -1);
  database.prepare("UPDATE registry SET value = replace(value, ?1, ?2) WHERE instr(value, ?1) > 0")
    .run(told(old), told(idOf()));
  database.exec("COMMIT");
}

function numberOf(database: DatabaseSync, sql: string): number {
  return Object.values(database.prepare(sql).get() as Record<string, number>)[0] ?? 0;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw new DatabaseError("unusable", `Cannot use ${path}: ${textOf(error)}`, { cause: error });
  }
}

function removeDatabase(file: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) remove(file + suffix);
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function sync(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}
