import type { DatabaseSync } from "node:sqlite";
import type { LogEvent } from "../event_log.ts";

/** What the searching worker is asked. */
export type SearchQuery =
  /** Takes a step of indexing, of these streams or of all: says whether there is more to do. */
  | { readonly type: "index"; readonly streams: readonly string[] | undefined }
  | {
    readonly type: "search";
    /** An FTS5 expression over words. */
    readonly match: string;
    /** Streams, and the seq after which to look. */
    readonly streams: readonly (readonly [name: string, after: number])[];
    readonly sender: string | undefined;
    readonly limit: number;
    readonly maxBytes: number;
  };

/** Whether there is more to index; or what was found. */
export type SearchAnswer = boolean | {
  readonly events: readonly LogEvent[];
  readonly more: boolean;
};

/** What the searching worker is given. */
export interface SearchSettings {
  /** The words of a text; queries are made of the same. */
  readonly searchText: (text: string) => string;
}

/**
 * Finds events by their words (SQLite FTS5), in a database of its own beside the log: what is in it can
 * be made again from the log at any time, so that nothing that is said waits for it. Portable.
 *
 * A row's number is its event's time, so that newest first is the order in which FTS5 walks anyway. Stream
 * and sender are words of their own columns: FTS5 intersects, and walks no event that may not be seen.
 */
export function searchEvents(
  database: DatabaseSync,
  { searchText }: SearchSettings,
  openBeside: (name: string, anew?: boolean) => DatabaseSync,
): (query: readonly [SearchQuery]) => readonly [SearchAnswer] {
  const fileName = "search.db";
  /** To be raised when `searchText` or the tables change: the index is made again then. */
  const version = 2;
  const stepEvents = 500;
  /** Pages of the index that one step of merging writes. */
  const mergePages = 500;
  /** So many events of one millisecond have numbers of their own. */
  const perMs = 1_024;

  const { value: log } = database.prepare("SELECT value FROM facts WHERE name = 'log'")
    .get() as { value: string };

  const openIndex = (anew: boolean): DatabaseSync => {
    const index = openBeside(fileName, anew);
    index.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8192;
      PRAGMA secure_delete = ON`,
    );
    index.exec(`
      CREATE TABLE IF NOT EXISTS facts (log TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS progress (
        stream INTEGER PRIMARY KEY, through INTEGER NOT NULL, trimmed_through INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE IF NOT EXISTS forgotten (through INTEGER NOT NULL, merging INTEGER NOT NULL) STRICT;
      INSERT INTO forgotten SELECT 0, 0 WHERE NOT EXISTS (SELECT 1 FROM forgotten);
      CREATE TABLE IF NOT EXISTS places (number INTEGER PRIMARY KEY, place INTEGER NOT NULL UNIQUE) STRICT;
      CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
        stream, sender, text,
        content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0 categories 'L* M* N* Co'"
      );
    `);
    return index;
  };
  /** The index of this log; begun anew where it is another's, or cannot be read. */
  const openOurs = (): DatabaseSync => {
    try {
      const index = openIndex(false);
      const { user_version } = index.prepare("PRAGMA user_version").get() as {
        user_version: number;
      };
      const facts = index.prepare("SELECT log FROM facts").get() as { log: string } | undefined;
      if (user_version === version && facts?.log === log) return index;
      index.close();
    } catch {
      // Whatever it is, it is made again below.
    }
    const index = openIndex(true);
    index.prepare("INSERT INTO facts VALUES (?)").run(log);
    index.exec(`PRAGMA user_version = ${version}`);
    return index;
  };
  const index = openOurs();

  interface Progress {
    through: number;
    trimmedThrough: number;
  }
  interface Stream {
    readonly number: number;
    readonly name: string;
    readonly last: number;
    readonly trimmedThrough: number;
  }
  const progress = new Map<number, Progress>();
  for (const row of index.prepare("SELECT * FROM progress").iterate()) {
    const { stream, through, trimmed_through } = row as Record<string, number>;
    progress.set(stream!, { through: through!, trimmedThrough: trimmed_through! });
  }
  const columns = "number, name, last, trimmed_through AS trimmedThrough";
  const findStream = database.prepare(`SELECT ${columns} FROM streams WHERE name = ?`);
  const allStreams = database.prepare(`SELECT ${columns} FROM streams`);
  const texts = database.prepare(
    `SELECT place & 4294967295 AS seq, sender, at,
       CASE WHEN substr(body, 1, 1) = ' ' THEN NULL
         ELSE CASE json_type(body, '$.text') WHEN 'text' THEN body ->> '$.text' END END AS text FROM events
     WHERE place > ((?1 << 32) | ?2) AND place <= ((?1 << 32) | ?3) ORDER BY place LIMIT ?4`,
  );
  const isTaken = index.prepare("SELECT 1 FROM places WHERE number = ?");
  const addPlace = index.prepare("INSERT INTO places VALUES (?1, (?2 << 32) | ?3)");
  const addWords = index.prepare(
    "INSERT INTO words (rowid, stream, sender, text) VALUES (?, ?, ?, ?)",
  );
  const oldPlaces = index.prepare(
    "SELECT number FROM places WHERE place > (?1 << 32) AND place <= ((?1 << 32) | ?2) LIMIT ?3",
  );
  const deletePlace = index.prepare("DELETE FROM places WHERE number = ?");
  const deleteWords = index.prepare("DELETE FROM words WHERE rowid = ?");
  const redactions = database.prepare(
    "SELECT number, place FROM redactions WHERE number > ? ORDER BY number LIMIT ?",
  );
  const numberAt = index.prepare("SELECT number FROM places WHERE place = ?");
  const readForgotten = index.prepare("SELECT through, merging FROM forgotten");
  const saveForgotten = index.prepare("UPDATE forgotten SET through = ?, merging = ?");
  const merge = index.prepare("INSERT INTO words (words, rank) VALUES ('merge', ?)");
  const countChanges = index.prepare("SELECT total_changes() AS changes");
  const saveProgress = index.prepare(
    "INSERT INTO progress VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET through = ?2, trimmed_through = ?3",
  );
  const eventAt = database.prepare(
    `SELECT s.name AS stream, e.sender, e.id, e.at, e.body, e.place & 4294967295 AS seq
     FROM events e JOIN streams s ON s.number = e.place >> 32
     WHERE e.place = ((?1 << 32) | ?2) AND e.body IS NOT NULL AND substr(e.body, 1, 1) <> ' '`,
  );
  const find = index.prepare(
    `SELECT p.place >> 32 AS stream, p.place & 4294967295 AS seq FROM words
     JOIN places p ON p.number = words.rowid WHERE words MATCH ? ORDER BY words.rowid DESC`,
  );

  const senderWord = (name: string) =>
    "x" +
    Array.from(new TextEncoder().encode(name), (byte) => byte.toString(16).padStart(2, "0")).join(
      "",
    );

  const isDone = ({ number, last, trimmedThrough }: Stream) => {
    const done = progress.get(number);
    if (done === undefined) return last === trimmedThrough;
    return done.through >= last && done.trimmedThrough >= trimmedThrough;
  };

  const inTransaction = (work: () => void): void => {
    index.exec("BEGIN IMMEDIATE");
    try {
      work();
      index.exec("COMMIT");
    } catch (error) {
      if (index.isTransaction) index.exec("ROLLBACK");
      throw error;
    }
  };

  const indexSome = (stream: Stream): void => {
    const { number, last, trimmedThrough } = stream;
    const done = progress.get(number) ?? { through: 0, trimmedThrough: 0 };
    let { through } = done;
    let saved = done;
    inTransaction(() => {
      const gone = done.trimmedThrough < trimmedThrough
        ? oldPlaces.all(number, trimmedThrough, stepEvents) as { number: number }[]
        : [];
      for (const { number: row } of gone) {
        deleteWords.run(row);
        deletePlace.run(row);
      }
      const rows = texts.all(number, Math.max(through, trimmedThrough), last, stepEvents) as {
        readonly seq: number;
        readonly sender: string;
        readonly at: number;
        readonly text: string | null;
      }[];
      for (const { seq, sender, at, text } of rows) {
        if (text === null) continue;
        let row = at * perMs;
        while (isTaken.get(row) !== undefined) row++;
        addPlace.run(row, number, seq);
        addWords.run(row, `s${number}`, senderWord(sender), searchText(text));
      }
      through = rows.length < stepEvents ? last : rows.at(-1)!.seq;
      const trimmed = gone.length < stepEvents ? trimmedThrough : done.trimmedThrough;
      saveProgress.run(number, through, trimmed);
      saved = { through, trimmedThrough: trimmed };
    });
    progress.set(number, saved);
  };

  const forgottenOf = () =>
    readForgotten.get() as { readonly through: number; readonly merging: number };

  /** Whether the index is being written anew, without what was taken out before. */
  let isMerging = false;

  /** Takes out what was taken out of the log. Says whether there was anything. */
  const forgetSome = (): boolean => {
    const { through, merging } = forgottenOf();
    const gone = redactions.all(through, stepEvents) as { number: number; place: number }[];
    if (gone.length === 0) return false;
    isMerging = false;
    inTransaction(() => {
      let isAny = merging;
      for (const { place } of gone) {
        const row = numberAt.get(place) as { readonly number: number } | undefined;
        if (row === undefined) continue;
        deleteWords.run(row.number);
        deletePlace.run(row.number);
        isAny = 1;
      }
      saveForgotten.run(gone.at(-1)!.number, isAny);
    });
    return true;
  };

  /**
   * FTS5 only notes what was taken out; its words go when what they lie among is written anew ("merge",
   * which a negative number begins). Takes a step of that. Says whether there is more to do.
   */
  const mergeSome = (): boolean => {
    const { through, merging } = forgottenOf();
    if (merging === 0) return false;
    const changes = () => (countChanges.get() as { changes: number }).changes;
    const before = changes();
    inTransaction(() => void merge.run(isMerging ? mergePages : -mergePages));
    const isDone = isMerging && changes() - before < 2;
    isMerging = !isDone;
    if (!isDone) return true;
    saveForgotten.run(through, 0);
    // The WAL has the pages as they were before.
    index.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return false;
  };

  let todo: Stream[] = [];
  const indexStep = (names: readonly string[] | undefined): boolean => {
    if (forgetSome()) return true;
    if (names !== undefined) {
      const streams = names.map((name) => findStream.get(name) as Stream | undefined)
        .filter((stream) => stream !== undefined && !isDone(stream)) as Stream[];
      if (streams.length === 0) return false;
      indexSome(streams[0]!);
      return streams.length > 1 || !isDone(streams[0]!);
    }
    while (todo.length > 0 && isDone(todo.at(-1)!)) todo.pop();
    if (todo.length === 0) {
      todo = (allStreams.all() as unknown as Stream[]).filter((one) => !isDone(one));
    }
    const stream = todo.at(-1);
    if (stream === undefined) return mergeSome();
    indexSome(stream);
    return true;
  };

  const search = (
    { match, streams, sender, limit, maxBytes }: Extract<SearchQuery, { type: "search" }>,
  ) => {
    const after = new Map<number, number>();
    for (const [name, floor] of streams) {
      const stream = findStream.get(name) as Stream | undefined;
      if (stream !== undefined) after.set(stream.number, floor);
    }
    if (after.size === 0) return { events: [], more: false };
    const within = [...after.keys()].map((number) => `"s${number}"`).join(" OR ");
    const by = sender === undefined ? "" : `AND {sender} : "${senderWord(sender)}" `;
    const rows = find.iterate(`{stream} : (${within}) ${by}AND {text} : (${match})`);
    const events: LogEvent[] = [];
    let bytes = 0;
    for (const row of rows as Iterable<{ readonly stream: number; readonly seq: number }>) {
      if (row.seq <= after.get(row.stream)!) continue;
      const event = eventAt.get(row.stream, row.seq) as unknown as LogEvent | undefined;
      if (event === undefined) continue;
      bytes += new TextEncoder().encode(event.body).length;
      if (events.length === limit || (events.length > 0 && bytes > maxBytes)) {
        return { events, more: true };
      }
      events.push(event);
    }
    return { events, more: false };
  };

  return ([query]) => [query.type === "index" ? indexStep(query.streams) : search(query)];
}
