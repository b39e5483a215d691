import type { DatabaseSync } from "node:sqlite";
import type { eachRow, pack, Row } from "./flat.ts";
import type { InstalledReads } from "./program.ts";

/** Queries that came in one turn, row after row: the program's name, then what it is asked. */
export type ReadBatch = Row;

/** What became of the queries. */
export interface ReadAnswers {
  /** The answer to each query, in order, as `pack` gives them. */
  readonly answers: readonly unknown[];
  /** Why queries were not answered, by their place; undefined where all were. */
  readonly errors: Readonly<Record<number, string>> | undefined;
}

/** What a reading worker is started with. */
export interface ReaderParts {
  readonly sqlite: typeof import("node:sqlite");
  readonly fs: typeof import("node:fs");
  readonly path: string;
  readonly programs: InstalledReads;
  readonly pack: typeof pack;
  readonly eachRow: typeof eachRow;
}

/** A reading worker: answers queries while the writer writes. Portable. */
export function serveReads({ sqlite, fs, path, programs, pack, eachRow }: ReaderParts): void {
  const scope = globalThis as unknown as {
    onmessage: ((event: { data: ReadBatch | "close" }) => void) | null;
    postMessage(message: ReadAnswers | "closed"): void;
  };
  const beside: DatabaseSync[] = [];
  let database: DatabaseSync | undefined;
  let readers = new Map<string, (query: Row) => Row>();

  const openBeside = (name: string, anew = false): DatabaseSync => {
    const otherPath = path.replace(/[^/\\]+$/, name);
    for (const suffix of anew ? ["", "-wal", "-shm"] : []) {
      fs.rmSync(otherPath + suffix, { force: true });
    }
    // SQLite would make it readable by all, and what it holds is as private as the database.
    fs.closeSync(fs.openSync(otherPath, "a", 0o600));
    const other = new sqlite.DatabaseSync(otherPath, { timeout: 5_000 });
    beside.push(other);
    return other;
  };
  const close = () => {
    for (const other of [...beside.splice(0), database]) if (other?.isOpen) other.close();
    database = undefined;
  };
  /** Opened at the first query, and anew after one that failed: what is remembered may be to blame. */
  const reader = (name: string) => {
    if (database === undefined) {
      const opened = database = new sqlite.DatabaseSync(path, { readOnly: true, timeout: 5_000 });
      readers = new Map(
        Object.entries(programs).map((
          [name, { program, settings }],
        ) => [name, program(opened, settings, openBeside)]),
      );
    }
    return readers.get(name)!;
  };

  scope.onmessage = ({ data }) => {
    if (data === "close") {
      close();
      return scope.postMessage("closed");
    }
    let errors: Record<number, string> | undefined;
    const answers: Row[] = [];
    eachRow(data, 1, (query, program) => {
      try {
        answers.push(reader(program as string)(query));
      } catch (error) {
        close();
        errors ??= {};
        errors[answers.length] = error instanceof Error ? error.message : String(error);
        answers.push([]);
      }
    });
    scope.postMessage({ answers: pack(answers), errors });
  };
}
