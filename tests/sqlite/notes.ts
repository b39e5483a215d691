import type { DatabaseSync } from "node:sqlite";
import type { DatabaseOptions } from "../../sqlite/database.ts";
import type { Storer } from "../../sqlite/program.ts";

/** A job: a note to keep; `""` fails, as does one that the disk has no room for; `"die"` ends the worker. */
export type NoteJob = string;

/** Keeps notes; answers with the number of the transaction, and the notes' count. Portable. */
function keepNotes(
  database: DatabaseSync,
): Storer<readonly [NoteJob], readonly [[number, number]]> {
  const insert = database.prepare("INSERT INTO notes (text) VALUES (?)");
  const count = database.prepare("SELECT count(*) AS count FROM notes");
  let transaction = 1;
  return {
    store([text]) {
      if (text === "") throw new RangeError("Cannot keep an empty note");
      if (text === "die") {
        // Nobody catches it, as nobody would a fault of the runtime's.
        setTimeout(() => {
          throw new Error("a fault of the worker's");
        });
      }
      insert.run(text);
      return [[transaction, (count.get() as { count: number }).count]];
    },
    flush: () => void transaction++,
  };
}

/** Reads notes from one on, after having kept the worker busy. Portable. */
function readNotes(database: DatabaseSync): (
  query: readonly [{ from: number; busyMs: number }],
) => readonly [string[]] {
  return ([{ from, busyMs }]) => {
    for (const until = performance.now() + busyMs; performance.now() < until;);
    if (from < 0) throw new RangeError("Cannot read from before the first note");
    const rows = database.prepare("SELECT text FROM notes WHERE number >= ?").all(from);
    return [(rows as { text: string }[]).map(({ text }) => text)];
  };
}

/** What a database of notes is opened with. */
export function notesOptions(path: string): DatabaseOptions {
  return {
    path,
    applicationId: 77,
    migrations: ["CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"],
    writes: { notes: { program: keepNotes } },
    reads: { notes: { program: readNotes } },
    slowReads: { notes: { program: readNotes } },
  };
}
