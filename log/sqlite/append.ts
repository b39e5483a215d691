import type { DatabaseSync } from "node:sqlite";
import type { Storer } from "../../sqlite/program.ts";

/** Stream, sender, id, at, body of each entry, one after the other. */
export type AppendJob = readonly ["append", ...(string | number)[]];

/** Which event's body to take out, what to put there, and the notice to append. */
export type RedactJob = readonly [
  "redact",
  stream: string,
  seq: number,
  body: string,
  sender: string,
  id: string,
  at: number,
  notice: string,
];

/** What the writer is asked for the log. */
export type LogJob =
  | AppendJob
  | RedactJob
  /** Takes what is older than retention allows: from the stream with this number on, some streams. */
  | readonly ["sweep", from: number, now: number];

/** What became of one entry: stored, there already, there already with another body. */
export type Outcome = typeof STORED | typeof DUPLICATE | typeof CONFLICT;
/** It was stored. */
export const STORED = 0;
/** Its id was there, with the same body. */
export const DUPLICATE = 1;
/** Its id was there with another body, or that of another entry of the call was. */
export const CONFLICT = 2;

/**
 * Of an append: seq, at and {@link Outcome} of each entry, one after the other. Of a redaction: those of its
 * notice; nothing where there is no such body. Of a sweep: the number of the stream where it goes on, 0 at
 * its end.
 */
export type LogAnswer = readonly number[];

/** What the writer is given for the log. */
export interface AppendSettings {
  readonly digestOf: (text: string) => number;
  /** The digest of what was taken out: everything is a repeat of it. */
  readonly anyDigest: number;
  /** How long ids are remembered of events that retention took. */
  readonly idWindowMs: number;
  /** The most events that a stream keeps; 0: all. */
  readonly maxCount: number;
  /** The most bytes of bodies that a stream keeps; 0: all. */
  readonly maxBytes: number;
  /** How long events are kept; 0: for ever. */
  readonly maxAgeMs: number;
}

/** Stores what is appended, and takes what retention does not allow any more. Portable. */
export function storeEvents(
  database: DatabaseSync,
  { digestOf, anyDigest, idWindowMs, maxCount, maxBytes, maxAgeMs }: AppendSettings,
): Storer<LogJob, LogAnswer> {
  interface Stream {
    readonly number: number;
    last: number;
    trimmedThrough: number;
    /** Bytes of its bodies; known where there is a limit to them. */
    bytes: number | undefined;
  }
  /** Streams remembered: about 200 bytes each. */
  const maxStreams = 50_000;
  /** The most events that one transaction takes of one stream: no append is to wait long. */
  const trimStep = 2_000;
  const sweepStep = 200;
  /** A seq has 32 bits of an event's place; one more is the end of a range. */
  const maxSeq = 2 ** 32 - 2;
  /** Rows that one statement stores: more take as long each, one at a time takes half as long again. */
  const groupSize = 16;
  const streams = new Map<string, Stream>();
  const changed = new Set<Stream>();

  const findStream = database.prepare(
    "SELECT number, last, trimmed_through AS trimmedThrough FROM streams WHERE name = ?",
  );
  const addStream = database.prepare(
    "INSERT INTO streams (name, last, trimmed_through) VALUES (?, 0, 0) RETURNING number",
  );
  const updateStream = database.prepare(
    "UPDATE streams SET last = ?, trimmed_through = ? WHERE number = ?",
  );
  const findId = database.prepare(
    `SELECT place & 4294967295 AS seq, at, digest FROM events
     WHERE id = ?1 AND sender = ?2 AND place >> 32 = ?3`,
  );
  const insert = database.prepare(
    `INSERT INTO events (place, sender, id, at, digest, body)
     VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  );
  const insertGroup = database.prepare(
    `INSERT INTO events (place, sender, id, at, digest, body)
     VALUES ${Array(groupSize).fill("(?, ?, ?, ?, ?, ?)").join()}`,
  );
  const oldest = database.prepare(
    `SELECT place & 4294967295 AS seq, at, octet_length(body) AS bytes FROM events
     WHERE place > ((?1 << 32) | ?2) AND place <= ((?1 << 32) | ?3) ORDER BY place LIMIT ?4`,
  );
  const takeBodies = database.prepare(
    `UPDATE events SET body = NULL WHERE place > ((?1 << 32) | ?2) AND place <= ((?1 << 32) | ?3)`,
  );
  const forgetIds = database.prepare(
    `DELETE FROM events WHERE at < ?3 AND place IN (SELECT place FROM events
     WHERE place BETWEEN (?1 << 32) AND ((?1 << 32) | ?2) ORDER BY place LIMIT ?4)`,
  );
  const sumBytes = database.prepare(
    `SELECT coalesce(sum(octet_length(body)), 0) AS bytes FROM events
     WHERE place > ((?1 << 32) | ?2) AND place <= ((?1 << 32) | 4294967295)`,
  );
  const bodyAt = database.prepare(
    "SELECT octet_length(body) AS bytes, substr(body, 1, 1) AS first FROM events WHERE place = ?",
  );
  // As long as what was there: SQLite overwrites it where it lies then, and moves nothing of its neighbours.
  const blank = database.prepare("UPDATE events SET body = ?2, digest = ?3 WHERE place = ?1");
  const addRedaction = database.prepare("INSERT INTO redactions (place, body) VALUES (?, ?)");
  const takeRedactions = database.prepare(
    "DELETE FROM redactions WHERE place > ((?1 << 32) | ?2) AND place <= ((?1 << 32) | ?3)",
  );
  const nextStreams = database.prepare(
    "SELECT number, name FROM streams WHERE number >= ? ORDER BY number LIMIT ?",
  );

  const streamOf = (name: string): Stream => {
    let stream = streams.get(name);
    if (stream === undefined) {
      const found = findStream.get(name) as Omit<Stream, "bytes"> | undefined;
      const { number, last, trimmedThrough } = found ??
        { ...addStream.get(name) as { number: number }, last: 0, trimmedThrough: 0 };
      stream = { number, last, trimmedThrough, bytes: undefined };
      streams.set(name, stream);
    }
    if (maxBytes > 0 && stream.bytes === undefined) {
      const row = sumBytes.get(stream.number, stream.trimmedThrough) as { bytes: number };
      stream.bytes = row.bytes;
    }
    return stream;
  };

  /** Takes the oldest events of a stream, as many as it is over its limits, and `trimStep` at most. */
  const trim = (stream: Stream, now: number): void => {
    const { number, trimmedThrough, last } = stream;
    let count = maxCount > 0 ? last - trimmedThrough - maxCount : 0;
    if (count <= 0 && !(maxBytes > 0 && stream.bytes! > maxBytes) && maxAgeMs === 0) return;
    let through = trimmedThrough;
    let bytes = stream.bytes ?? 0;
    const rows = oldest.iterate(number, trimmedThrough, last, trimStep) as Iterable<
      { readonly seq: number; readonly at: number; readonly bytes: number }
    >;
    for (const row of rows) {
      const isTooOld = maxAgeMs > 0 && row.at < now - maxAgeMs;
      // The newest event stays, however large it is, unless it is too old.
      const isOver = (count > 0 || (maxBytes > 0 && bytes > maxBytes)) && row.seq < last;
      if (!isOver && !isTooOld) break;
      count--;
      bytes -= row.bytes;
      through = row.seq;
    }
    if (through === trimmedThrough) return;
    takeBodies.run(number, trimmedThrough, through);
    takeRedactions.run(number, trimmedThrough, through);
    // Twice as many as were taken, so that these never grow to be many.
    forgetIds.run(number, through, now - idWindowMs, 2 * (through - trimmedThrough));
    stream.trimmedThrough = through;
    if (stream.bytes !== undefined) stream.bytes = bytes;
    changed.add(stream);
  };

  type Entry = readonly [
    stream: string,
    sender: string,
    id: string,
    at: number,
    body: string,
  ];
  interface Row {
    readonly seq: number;
    readonly at: number;
    readonly digest: number;
  }
  /** The newest time that was appended. */
  let newest = 0;

  const firstOf = (name: string, sender: string, id: string): Row | undefined => {
    const number = (streams.get(name) ?? findStream.get(name) as { number: number } | undefined)
      ?.number;
    return number === undefined ? undefined : findId.get(id, sender, number) as Row | undefined;
  };

  const isRepeat = (before: number, digest: number) => before === digest || before === anyDigest;

  /** Whether an entry has the id of one that was stored, or of one before it, and another body. */
  const isAnyConflict = (entries: readonly Entry[]): boolean => {
    const digests = new Map<string, number>();
    return entries.some(([name, sender, id, , body]) => {
      const key = JSON.stringify([name, sender, id]);
      const digest = digestOf(body);
      const first = digests.get(key) ?? firstOf(name, sender, id)?.digest ?? digest;
      digests.set(key, first);
      return !isRepeat(first, digest);
    });
  };

  /** An event that has its number, and is not in the table yet. */
  interface Gathered {
    readonly stream: Stream;
    readonly entry: Entry;
    readonly digest: number;
    /** What its asker will hear: right if its id is new. */
    readonly answer: [seq: number, at: number, outcome: Outcome];
  }
  let gathered: Gathered[] = [];

  const placeOf = ({ stream, answer }: Gathered): number => stream.number * 2 ** 32 + answer[0];

  const insertOne = (one: Gathered): void => {
    const { stream, entry: [, sender, id, at, body], digest, answer } = one;
    answer[0] = stream.last + 1;
    // The index of ids is walked once for both: whether the id is new, and where it goes.
    if (insert.run(placeOf(one), sender, id, at, digest, body).changes === 0) {
      const first = findId.get(id, sender, stream.number) as unknown as Row;
      answer[0] = first.seq;
      answer[1] = first.at;
      answer[2] = isRepeat(first.digest, digest) ? 1 : 2;
      return;
    }
    stream.last++;
    count(one);
  };

  const count = ({ stream, entry: [, , , at, body] }: Gathered): void => {
    // A character counts as what it takes in UTF-8, as when it is read again.
    if (stream.bytes !== undefined) stream.bytes += new TextEncoder().encode(body).length;
    if (at > newest) newest = at;
    changed.add(stream);
  };

  const insertWhole = (group: readonly Gathered[]): boolean => {
    const values: (string | number)[] = [];
    for (const one of group) {
      const [, sender, id, at, body] = one.entry;
      values.push(placeOf(one), sender, id, at, one.digest, body);
    }
    try {
      insertGroup.run(...values);
      return true;
    } catch (error) {
      if (/UNIQUE/.test(String(error))) return false;
      throw error;
    }
  };

  /** Puts what was gathered into the table; where an id is there already, one by one. */
  const settle = (): void => {
    const group = gathered;
    gathered = [];
    if (group.length === groupSize && insertWhole(group)) return group.forEach(count);
    for (const { stream } of group) stream.last--;
    group.forEach(insertOne);
  };

  const appendOne = (entry: Entry): Gathered["answer"] => {
    const stream = streamOf(entry[0]);
    if (stream.last >= maxSeq) throw new RangeError(`The stream "${entry[0]}" is full`);
    const answer: Gathered["answer"] = [++stream.last, entry[3], 0];
    gathered.push({ stream, entry, digest: digestOf(entry[4]), answer });
    if (gathered.length === groupSize) settle();
    return answer;
  };

  /** Answers for an entry that is not stored since another one of its call is a conflict. */
  const refuse = ([name, sender, id, at, body]: Entry): [number, number, Outcome] => {
    const first = firstOf(name, sender, id);
    if (first === undefined) return [0, at, 2];
    return [first.seq, first.at, isRepeat(first.digest, digestOf(body)) ? 1 : 2];
  };

  const append = (job: AppendJob): LogAnswer => {
    // Nearly always it is one entry.
    if (job.length === 6) return appendOne(job.slice(1) as unknown as Entry);
    settle();
    const entries: Entry[] = [];
    for (let at = 1; at < job.length; at += 5) {
      entries.push(job.slice(at, at + 5) as unknown as Entry);
    }
    if (isAnyConflict(entries)) return entries.flatMap(refuse);
    const answers = entries.map(appendOne);
    settle();
    return answers.flat();
  };

  let wiped = false;

  const redact = ([, name, seq, body, sender, id, at, notice]: RedactJob): LogAnswer => {
    settle();
    const stream = (streams.get(name) ?? findStream.get(name)) as Stream | undefined;
    if (stream === undefined || seq > stream.last) return [];
    const place = stream.number * 2 ** 32 + seq;
    const there = bodyAt.get(place) as
      | { readonly bytes: number | null; readonly first: string | null }
      | undefined;
    // A body is JSON text of an object: a space in its place says that another one stands in `redactions`.
    if (there === undefined || there.bytes === null || there.first === " ") return [];
    blank.run(place, " ".repeat(there.bytes), anyDigest);
    addRedaction.run(place, body);
    wiped = true;
    const answer = appendOne([name, sender, id, at, notice]);
    settle();
    if (answer[2] !== 0) throw new Error("Cannot redact: the notice's id is taken");
    return answer;
  };

  const sweep = (from: number, now: number): number => {
    const rows = nextStreams.all(from, sweepStep) as { number: number; name: string }[];
    for (const { number, name } of rows) {
      const stream = streamOf(name);
      const { trimmedThrough } = stream;
      trim(stream, now);
      // There may be more of it: the next step begins with the same stream.
      if (stream.trimmedThrough - trimmedThrough >= trimStep) return number;
    }
    return rows.length < sweepStep ? 0 : rows.at(-1)!.number + 1;
  };

  return {
    store(job) {
      if (job[0] === "append") return append(job);
      if (job[0] === "redact") return redact(job);
      settle();
      return [sweep(job[1], job[2])];
    },
    flush() {
      settle();
      if (maxCount > 0 || maxBytes > 0) { for (const stream of [...changed]) trim(stream, newest); }
      for (const { last, trimmedThrough, number } of changed) {
        updateStream.run(last, trimmedThrough, number);
      }
      changed.clear();
      if (streams.size > maxStreams) streams.clear();
    },
    wipes() {
      const wipes = wiped;
      wiped = false;
      return wipes;
    },
    forget() {
      wiped = false;
      gathered = [];
      changed.clear();
      streams.clear();
    },
  };
}
