import type { DatabaseSync } from "node:sqlite";
import type { InstalledWrites, Storer } from "./program.ts";
import type { DatabaseFault } from "./database_error.ts";
import type { eachRow, pack, Row } from "./flat.ts";

/** Jobs for one transaction, row after row: the name of the program, then what it is handed. */
export type WriteBatch = Row;

/** What became of a batch. */
export interface WriteAnswers {
  /** The answer to each job, in order, as `pack` gives them. */
  readonly answers: readonly unknown[];
  /** Why jobs were not stored, by their place; undefined where all were. */
  readonly errors: Readonly<Record<number, string>> | undefined;
  /** How long the worker took for what it stored, in milliseconds: nearly all of it is the disk's. */
  readonly storedMs: number;
}

/** What the writer's worker says. */
export type WriterMessage =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly fault: DatabaseFault; readonly message: string }
  | ({ readonly type: "answers" } & WriteAnswers)
  | { readonly type: "closed" };

/** What the writer's worker is started with. */
export interface WriterParts {
  readonly sqlite: typeof import("node:sqlite");
  readonly path: string;
  /** Marks a database as ours (SQLite's `application_id`). */
  readonly applicationId: number;
  /** SQL scripts: a database at version n needs those from n on. */
  readonly migrations: readonly string[];
  /** The most pages that it may grow to; 0: as many as the disk holds. */
  readonly maxPages: number;
  /** A database of up to so many bytes is checked whole before it is used. */
  readonly checkBytes: number;
  readonly programs: InstalledWrites;
  readonly pack: typeof pack;
  readonly eachRow: typeof eachRow;
}

/**
 * The writer's worker: one transaction a batch. Portable.
 *
 * - A batch of which a job fails is rolled back and its jobs are stored one by one, each in its own
 *   transaction: the fault of one is not the others'.
 * - After a failure of the disk the connection is opened anew: what SQLite holds of a disk that said no
 *   (pages whose fsync failed, above all) is not to be trusted.
 */
export function serveWrites(
  { sqlite, path, applicationId, migrations, maxPages, checkBytes, programs, pack, eachRow }:
    WriterParts,
): void {
  const scope = globalThis as unknown as {
    onmessage: ((event: { data: WriteBatch | "close" }) => void) | null;
    postMessage(message: WriterMessage): void;
  };
  interface Job {
    readonly program: string;
    readonly job: Row;
  }
  interface Open {
    readonly database: DatabaseSync;
    readonly storers: Map<string, Storer>;
  }
  let current: Open | undefined;
  /** Where a connection failed: kept until there is another one. */
  let failed: DatabaseSync | undefined;
  let storedMs = 0;
  const wipeAgainMs = 1_000;

  const textOf = (error: unknown) => error instanceof Error ? error.message : String(error);

  const numberOf = (database: DatabaseSync, sql: string): number => {
    const row = database.prepare(sql).get() as Record<string, number> | undefined;
    return Object.values(row ?? {})[0] ?? 0;
  };

  /** Says no to a database that is not ours, or that this version does not understand. */
  const faultOf = (database: DatabaseSync): WriterMessage | undefined => {
    const version = numberOf(database, "PRAGMA user_version");
    const isEmpty = numberOf(database, "SELECT count(*) FROM sqlite_schema") === 0;
    if (numberOf(database, "PRAGMA application_id") !== applicationId && !isEmpty) {
      return { type: "failed", fault: "foreign", message: "it is the database of another program" };
    }
    if (version > migrations.length) {
      const message =
        `its version is ${version}, and this program knows up to ${migrations.length}`;
      return { type: "failed", fault: "newer", message };
    }
    const bytes = numberOf(database, "PRAGMA page_count") * numberOf(database, "PRAGMA page_size");
    if (isEmpty || bytes > checkBytes) return undefined;
    const [found] = Object.values(database.prepare("PRAGMA quick_check(1)").get() ?? {});
    if (found === "ok") return undefined;
    // SQLite tells it in lines of which the first one only names the database.
    const message = String(found).replace(/^\*\*\* in database main \*\*\*\n/, "").replace(
      /\n/g,
      ", ",
    );
    return { type: "failed", fault: "damaged", message };
  };

  const migrate = (database: DatabaseSync) => {
    for (let at = numberOf(database, "PRAGMA user_version"); at < migrations.length; at++) {
      database.exec("BEGIN IMMEDIATE");
      database.exec(migrations[at]!);
      database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${at + 1}`);
      database.exec("COMMIT");
    }
  };

  const open = (check: (database: DatabaseSync) => void): Open => {
    const database = new sqlite.DatabaseSync(path, { timeout: 5_000 });
    try {
      check(database);
      // A checkpoint at 32 MiB of WAL writes a page once that many commits have changed.
      // What is deleted is overwritten: the file is not to tell what the database does not.
      database.exec(
        `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;
        PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_size_limit = 67108864;
        PRAGMA secure_delete = ON`,
      );
      if (maxPages > 0) database.exec(`PRAGMA max_page_count = ${maxPages}`);
      migrate(database);
      const storers = Object.entries(programs).map(
        ([name, { program, settings }]) => [name, program(database, settings)] as const,
      );
      return { database, storers: new Map(storers) };
    } catch (error) {
      database.close();
      throw error;
    }
  };

  /** What is to be done a while later: the WAL could not be emptied, since somebody reads in it. */
  let wiping: ReturnType<typeof setTimeout> | undefined;

  /** Moves everything into the database and empties the WAL, which has what was there before. */
  const wipe = (): void => {
    clearTimeout(wiping);
    wiping = undefined;
    const { database } = current ?? {};
    if (database === undefined) return;
    try {
      // Who reads long, a backup above all, is not waited for.
      database.exec("PRAGMA busy_timeout = 100");
      const { busy } = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as {
        busy: number;
      };
      if (busy !== 0) wiping = setTimeout(wipe, wipeAgainMs);
    } catch {
      // The disk says no: so it will to the next who stores something, and hears why.
      wiping = setTimeout(wipe, wipeAgainMs);
    } finally {
      if (database.isOpen) database.exec("PRAGMA busy_timeout = 5000");
    }
  };

  const transact = (batch: readonly Job[]): Row[] => {
    const { database, storers } = current ??= open(() => {});
    failed?.close();
    failed = undefined;
    const begun = performance.now();
    try {
      database.exec("BEGIN IMMEDIATE");
      const answers = batch.map(({ program, job }) => storers.get(program)!.store(job));
      for (const storer of storers.values()) storer.flush?.();
      database.exec("COMMIT");
      storedMs += performance.now() - begun;
      for (const storer of storers.values()) {
        // While somebody reads it is tried once a second, however much is taken out.
        if (storer.wipes?.() && wiping === undefined) wipe();
      }
      return answers;
    } catch (error) {
      // SQLite has rolled back by itself where the disk was full: once more would be an error.
      if (database.isTransaction) database.exec("ROLLBACK");
      for (const storer of storers.values()) storer.forget?.();
      if (/I\/O error|readonly|malformed|not a database|unable to open/.test(textOf(error))) {
        // Not closed yet: were it the last one, the next one would read what it wrote and could not commit
        // out of the WAL, and somebody was told that it is not stored.
        failed = database;
        current = undefined;
      }
      throw error;
    }
  };

  const jobsOf = (batch: WriteBatch): Job[] => {
    const jobs: Job[] = [];
    eachRow(batch, 1, (job, program) => jobs.push({ program: program as string, job }));
    return jobs;
  };

  const answer = (batch: readonly Job[]): WriterMessage => {
    storedMs = 0;
    try {
      return { type: "answers", answers: pack(transact(batch)), errors: undefined, storedMs };
    } catch (error) {
      if (batch.length === 1) {
        return { type: "answers", answers: pack([[]]), errors: { 0: textOf(error) }, storedMs };
      }
    }
    const errors: Record<number, string> = {};
    const answers = batch.map((job, place) => {
      try {
        return transact([job])[0]!;
      } catch (error) {
        errors[place] = textOf(error);
        return [];
      }
    });
    return { type: "answers", answers: pack(answers), errors, storedMs };
  };

  scope.onmessage = ({ data }) => {
    if (data !== "close") return scope.postMessage(answer(jobsOf(data)));
    clearTimeout(wiping);
    failed?.close();
    current?.database.close();
    scope.postMessage({ type: "closed" });
  };

  let fault: WriterMessage | undefined;
  try {
    current = open((database) => {
      fault = faultOf(database);
      if (fault !== undefined) throw new Error("not usable");
    });
    // A crash may have come between a commit and its wiping.
    wipe();
    scope.postMessage({ type: "ready" });
  } catch (error) {
    const message = textOf(error);
    const kind = /not a database|malformed/.test(message) ? "damaged" : "unusable";
    scope.postMessage(fault ?? { type: "failed", fault: kind, message });
  }
}
