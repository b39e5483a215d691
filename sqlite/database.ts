import { DatabaseError } from "./database_error.ts";
import { eachRow, pack, type Row } from "./flat.ts";
import { inlineWorker } from "./inline_worker.ts";
import type { InstalledReads, InstalledWrites } from "./program.ts";
import { type ReaderParts, serveReads } from "./serve_reads.ts";
import {
  serveWrites,
  type WriteAnswers,
  type WriterMessage,
  type WriterParts,
} from "./serve_writes.ts";
import { WorkerQueue } from "./worker_queue.ts";

/** How a {@link Database} is opened. */
export interface DatabaseOptions {
  /** The file; it is made where there is none. */
  readonly path: string;
  /** Marks a database as ours. */
  readonly applicationId: number;
  /** SQL scripts: a database at version n needs those from n on. */
  readonly migrations: readonly string[];
  /** What stores each kind of job. */
  readonly writes: InstalledWrites;
  /** What answers each kind of query. */
  readonly reads: InstalledReads;
  /** The same for queries that take long, in a worker of their own that is started when one is asked. */
  readonly slowReads?: InstalledReads;
  /** How large it may grow, in bytes; to the end of the disk without. */
  readonly maxBytes?: number;
  /** Told what was stored: how much it weighed, and how long it took, in milliseconds. */
  readonly onStored?: (weight: number, ms: number) => void;
  /** Told when jobs could not be stored. */
  readonly onFailed?: (error: Error) => void;
}

/** SQLite's page, as a new database has it. */
const PAGE_BYTES = 4_096;
/** A database up to this size is checked whole before it is used: half a second at most. */
const CHECK_BYTES = 64 * 2 ** 20;
/** More in one transaction makes all of them wait longer, and gains nothing. */
const MAX_BATCH_WEIGHT = 1_000;

/**
 * A SQLite database that never holds up the event loop: one worker writes, another reads beside it.
 *
 * - I1 What `write` has answered is on disk (WAL, `synchronous=FULL`): an fsync lies between.
 * - I2 Jobs are stored in the order of the calls. Those that come while a commit runs share the next one
 *   ("group commit").
 * - I3 A read sees everything that `write` had answered when it was asked.
 * - I4 What fails is not stored, and does not keep others from being stored.
 */
export class Database implements AsyncDisposable {
  /**
   * Resolves when a worker has ended by itself, with the reason. What it had in hand may be stored or not,
   * and nothing can be asked of it any more: who uses the database does best to begin anew, as after a crash.
   */
  readonly broken: Promise<Error>;
  readonly #tellBroken: (error: Error) => void;
  readonly #writer: WorkerQueue<WriteAnswers>;
  readonly #reader: WorkerQueue;
  #slowReader: WorkerQueue | undefined;
  readonly #options: DatabaseOptions;
  readonly #afterWrites = new Set<() => void>();
  #closing: Promise<void> | undefined;

  private constructor(options: DatabaseOptions, writer: Worker) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.broken = promise;
    this.#tellBroken = resolve;
    this.#writer = new WorkerQueue(writer, {
      onBroken: resolve,
      maxWeight: MAX_BATCH_WEIGHT,
      onAnswers: ({ errors = {}, storedMs }, weights) => {
        const stored = weights.reduce((sum, weight, at) => at in errors ? sum : sum + weight, 0);
        if (stored > 0) options.onStored?.(stored, storedMs);
        const [first] = Object.values(errors);
        if (first !== undefined) options.onFailed?.(new Error(first));
        for (const told of this.#afterWrites) told();
      },
    });
    this.#reader = this.#startReader(options.reads);
  }

  /**
   * Opens a database, or makes it.
   *
   * @param options Where it is, and what is done with it.
   * @returns The database, ready.
   * @throws {DatabaseError} It cannot be used; nothing of it was changed.
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { path, applicationId, migrations, writes, maxBytes = 0 } = options;
    const worker = inlineWorker(
      serveWrites,
      {
        path,
        applicationId,
        migrations,
        maxPages: Math.ceil(maxBytes / PAGE_BYTES),
        checkBytes: CHECK_BYTES,
        programs: writes,
        pack,
        eachRow,
      } satisfies Omit<WriterParts, "sqlite">,
      { sqlite: "node:sqlite" },
    );
    const first = await firstMessage(worker);
    if (first.type === "ready") return new Database(options, worker);
    worker.terminate();
    const { fault, message } = first.type === "failed"
      ? first
      : { fault: "unusable" as const, message: "its worker did not start" };
    throw new DatabaseError(fault, message);
  }

  /**
   * Stores a job.
   *
   * @param program Which program does it.
   * @param job What it is handed; it is copied (structured clone).
   * @param weight How much work it is, where a usual job is 1.
   * @param read Takes the answer in: those of one transaction are taken in in order, then `afterWrites`
   * is told, then those who asked go on.
   * @returns What `read` gives for the program's answer, when that is on disk.
   * @throws {Error} It could not be stored; nothing of it is.
   */
  write<T = unknown>(
    program: string,
    job: Row,
    weight?: number,
    read?: (answer: Row) => T,
  ): Promise<T> {
    return this.#writer.ask(program, job, weight, read);
  }

  /**
   * Adds somebody who is told when the answers of a transaction were taken in, before those who asked go
   * on.
   *
   * @param told Must not throw.
   * @returns Disposing it ends the calls.
   */
  afterWrites(told: () => void): Disposable {
    this.#afterWrites.add(told);
    return { [Symbol.dispose]: () => void this.#afterWrites.delete(told) };
  }

  /**
   * Asks a query.
   *
   * @param program Which program answers it.
   * @param query What it is handed; it is copied.
   * @returns What the program answers.
   * @throws {Error} It could not be read.
   */
  read(program: string, query: Row): Promise<unknown> {
    return this.#reader.ask(program, query);
  }

  /** As `read`, for what may take long: it does not hold up the others. */
  readSlowly(program: string, query: Row): Promise<unknown> {
    this.#slowReader ??= this.#startReader(this.#options.slowReads ?? {});
    return this.#slowReader.ask(program, query);
  }

  /** Finishes what was asked, then closes. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    // The writer last: who closes last moves what is in the WAL into the database.
    await Promise.all([this.#reader.close(), this.#slowReader?.close()]);
    await this.#writer.close();
  }

  #startReader(programs: ReaderParts["programs"]): WorkerQueue {
    const { path } = this.#options;
    const parts = { path, programs, pack, eachRow } satisfies Omit<ReaderParts, "sqlite" | "fs">;
    const worker = inlineWorker(serveReads, parts, { sqlite: "node:sqlite", fs: "node:fs" });
    return new WorkerQueue(worker, { maxWeight: MAX_BATCH_WEIGHT, onBroken: this.#tellBroken });
  }
}

function firstMessage(worker: Worker): Promise<WriterMessage> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => {
      event.preventDefault();
      resolve({ type: "failed", fault: "unusable", message: event.message });
    };
  });
}
