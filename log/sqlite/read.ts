import type { DatabaseSync } from "node:sqlite";
import type { Page, ReadOptions, StreamState } from "../event_log.ts";

/** What the reader is asked for the log. */
export type LogQuery =
  | ({ readonly type: "read"; readonly stream: string } & ReadOptions)
  | { readonly type: "state"; readonly stream: string; readonly after: number };

/** A page, or a state. */
export type LogRead = Page | StreamState;

/** Reads streams. Portable. */
export function readEvents(
  database: DatabaseSync,
): (query: readonly [LogQuery]) => readonly [LogRead] {
  interface Row {
    readonly seq: number;
    readonly sender: string;
    readonly id: string;
    readonly at: number;
    readonly body: string;
    readonly bytes: number;
  }
  const findStream = database.prepare(
    "SELECT number, last, trimmed_through AS trimmedThrough FROM streams WHERE name = ?",
  );
  const columns = "place & 4294967295 AS seq, sender, id, at, body, octet_length(body) AS bytes";
  const within = "place > ((?1 << 32) | ?2) AND place < ((?1 << 32) | ?3)";
  const upwards = database.prepare(
    `SELECT ${columns} FROM events WHERE ${within} ORDER BY place LIMIT ?4`,
  );
  const downwards = database.prepare(
    `SELECT ${columns} FROM events WHERE ${within} ORDER BY place DESC LIMIT ?4`,
  );
  const redacted = database.prepare("SELECT body FROM redactions WHERE place = ((?1 << 32) | ?2)");
  const { value: log } = database.prepare("SELECT value FROM facts WHERE name = 'log'")
    .get() as { value: string };

  const streamOf = (name: string) =>
    findStream.get(name) as
      | { readonly number: number; readonly last: number; readonly trimmedThrough: number }
      | undefined;

  const read = (
    { stream: name, after, before, limit, maxBytes }: Extract<LogQuery, { type: "read" }>,
  ) => {
    const stream = streamOf(name);
    if (stream === undefined) return { events: [], more: false, trimmedThrough: 0 };
    const { number, last, trimmedThrough } = stream;
    const rows = (after === undefined ? downwards : upwards).iterate(
      number,
      // Within the 32 bits that a seq has, so that no bound is in another stream.
      Math.min(Math.max(after ?? 0, trimmedThrough), last),
      Math.min(before ?? last + 1, last + 1),
      // One more than is given tells whether there are more.
      limit + 1,
    ) as Iterable<Row>;
    const events = [];
    let pageBytes = 0;
    let more = false;
    for (const { seq, sender, id, at, body: stored, bytes } of rows) {
      pageBytes += bytes;
      if (events.length === limit || (events.length > 0 && pageBytes > maxBytes)) {
        more = true;
        break;
      }
      // A body is JSON text of an object; a space says that it was taken out.
      const body = stored.startsWith(" ")
        ? (redacted.get(number, seq) as { readonly body: string }).body
        : stored;
      events.push({ stream: name, sender, id, at, body, seq });
    }
    if (after === undefined) events.reverse();
    return { events, more, trimmedThrough };
  };

  const state = ({ stream: name, after }: Extract<LogQuery, { type: "state" }>) => {
    const stream = streamOf(name);
    if (stream === undefined) return { log, trimmedThrough: 0, last: 0, countAfter: 0 };
    const { last, trimmedThrough } = stream;
    return {
      log,
      trimmedThrough,
      last,
      countAfter: Math.max(0, last - Math.max(after, trimmedThrough)),
    };
  };

  // One transaction a query: what retention takes between two statements must not show.
  return ([query]) => {
    database.exec("BEGIN");
    try {
      return [query.type === "read" ? read(query) : state(query)];
    } finally {
      database.exec("COMMIT");
    }
  };
}
