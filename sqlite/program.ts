import type { DatabaseSync } from "node:sqlite";
import type { Row } from "./flat.ts";

/** Who stores one kind of job, in the writer's worker. */
export interface Storer<Job extends Row = Row, Answer extends Row = Row> {
  /**
   * Does a job (values in a row, which are copied faster than objects), within a transaction that other jobs may share.
   *
   * @throws It cannot be done: nothing of it is stored.
   */
  store(job: Job): Answer;
  /** The transaction is about to be committed: what was gathered for several jobs is to be written. */
  flush?(): void;
  /** Whether the transaction, which is committed, took something out that is to be left nowhere in the files. */
  wipes?(): boolean;
  /** The transaction was rolled back: what was remembered of it never happened. */
  forget?(): void;
}

/**
 * What the writer's worker runs for one kind of job. Its source is sent there, so it uses its parameters
 * and nothing else of its module.
 *
 * @param database The database; a transaction is open whenever a job is handed over.
 * @param settings What it was given, as JSON carries it.
 */
export type WriteProgram<Job extends Row, Answer extends Row, Settings = undefined> = (
  database: DatabaseSync,
  settings: Settings,
) => Storer<Job, Answer>;

/**
 * What a reading worker runs for one kind of query; portable like a {@link WriteProgram}.
 *
 * @param database The database, which cannot be written through it.
 * @param settings What it was given, as JSON carries it.
 * @param openBeside Opens another database in the same folder, for reading and writing; `anew` removes
 * what is there.
 */
export type ReadProgram<Query extends Row, Answer extends Row, Settings = undefined> = (
  database: DatabaseSync,
  settings: Settings,
  openBeside: (name: string, anew?: boolean) => DatabaseSync,
) => (query: Query) => Answer;

/** Programs of one worker by name, each with its settings. */
type Installed<Program> = Readonly<
  Record<string, { readonly program: Program; readonly settings?: unknown }>
>;

/** What a writer's worker can do. */
// deno-lint-ignore no-explicit-any -- each program has its own types, known to those who ask it
export type InstalledWrites = Installed<WriteProgram<any, any, any>>;

/** What a reading worker can do. */
// deno-lint-ignore no-explicit-any -- as above
export type InstalledReads = Installed<ReadProgram<any, any, any>>;
