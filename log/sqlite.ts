import { type Clock, systemClock } from "../clock/clock.ts";
import type { Database, DatabaseOptions } from "../sqlite/database.ts";
import type {
  Appended,
  Entry,
  EventLog,
  Found,
  LogEvent,
  Page,
  ReadOptions,
  Redaction,
  SearchOptions,
  StreamState,
} from "./event_log.ts";
import { ANY_DIGEST, digestOf } from "./recent_ids.ts";
import { parseQuery, toFts5 } from "./search_query.ts";
import { searchText } from "./search_text.ts";
import {
  type AppendJob,
  type AppendSettings,
  CONFLICT,
  DUPLICATE,
  type LogAnswer,
  type LogJob,
  STORED,
  storeEvents,
} from "./sqlite/append.ts";
import { HeadCache } from "./sqlite/heads.ts";
import { type LogQuery, readEvents } from "./sqlite/read.ts";
import { type SearchAnswer, searchEvents, type SearchQuery } from "./sqlite/search.ts";
import { Tail } from "./tail.ts";

/** What each stream keeps; what is not told has no limit. */
export interface KeepOptions {
  /** How long events are kept, in milliseconds. */
  readonly maxAgeMs?: number;
  /** How many events. */
  readonly maxCount?: number;
  /** How many bytes of bodies. */
  readonly maxBytes?: number;
}

/** How a {@link sqliteLog} works. */
export interface SqliteLogOptions {
  /** What each stream keeps. @default everything */
  readonly keep?: KeepOptions;
  /** How long ids of events are remembered that are not kept, in milliseconds. @default {86_400_000} */
  readonly idWindowMs?: number;
  /** Whose time it is. @default {systemClock} */
  readonly clock?: Clock;
}

const DEFAULT_ID_WINDOW_MS = 24 * 60 * 60 * 1_000;
/** How often events are looked for that are too old. */
const SWEEP_MS = 60_000;
/** Indexing begins when nothing was said for so long: it is not to compete with what is being said. */
const QUIET_MS = 2_000;

/** What a database needs to be told to hold a log: see {@link sqliteLog}. */
export function sqliteLogPrograms(
  options: SqliteLogOptions = {},
): Pick<DatabaseOptions, "writes" | "reads" | "slowReads"> {
  const { keep = {}, idWindowMs = DEFAULT_ID_WINDOW_MS } = options;
  const { maxAgeMs = 0, maxCount = 0, maxBytes = 0 } = keep;
  const settings: AppendSettings = {
    ...{ digestOf, anyDigest: ANY_DIGEST, idWindowMs, maxAgeMs, maxCount, maxBytes },
  };
  return {
    writes: { log: { program: storeEvents, settings } },
    reads: { log: { program: readEvents } },
    slowReads: { search: { program: searchEvents, settings: { searchText } } },
  };
}

/**
 * A log on disk: what `append` has answered survives a crash and a power cut (`stored: "disk"`).
 *
 * @param database A database that was opened with {@link sqliteLogPrograms} of the same options; who
 * opened it closes it, after the log.
 * @param options What is kept.
 * @returns The log.
 */
export function sqliteLog(database: Database, options: SqliteLogOptions = {}): EventLog {
  return new SqliteLog(database, options);
}

class SqliteLog implements EventLog {
  readonly idWindowMs: number;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #tail = new Tail();
  /** Where streams stand; not where retention changes that in the writer's worker. */
  readonly #heads: HeadCache | undefined;
  readonly #afterWrites: Disposable;
  /** What the searching worker was asked and has not answered yet. */
  readonly #searching = new Set<Promise<unknown>>();
  #sweepTimer: Disposable | undefined;
  #indexTimer: Disposable | undefined;
  #committedAt = -Infinity;
  #closed = false;

  constructor(database: Database, options: SqliteLogOptions) {
    const { keep = {}, idWindowMs = DEFAULT_ID_WINDOW_MS, clock = systemClock } = options;
    this.#database = database;
    this.#clock = clock;
    this.idWindowMs = idWindowMs;
    // I4: before anybody hears that it was stored, and once for all that one transaction stored.
    this.#afterWrites = database.afterWrites(() => this.#tail.tell());
    const keepsAll = Object.values(keep).every((limit) => limit === undefined);
    if (keepsAll) this.#heads = new HeadCache((stream) => this.#readState(stream, 0));
    if (keep.maxAgeMs !== undefined) this.#sweepSoon();
  }

  append(entries: readonly Entry[]): Promise<readonly Appended[]> {
    if (this.#closed) return Promise.reject(closedError());
    if (entries.length === 0) return Promise.resolve([]);
    return this.#database.write("log", jobOf(entries), entries.length, (answer) => {
      return this.#commit(entries, answer as LogAnswer);
    });
  }

  async redact({ stream, seq, body, notice }: Redaction): Promise<Appended | undefined> {
    if (this.#closed) throw closedError();
    const { sender, id, at, body: said } = notice;
    const job: LogJob = ["redact", stream, seq, body, sender, id, at, said];
    return await this.#database.write("log", job, 1, (answer) => {
      if ((answer as LogAnswer).length === 0) return undefined;
      return this.#commit([{ ...notice, stream }], answer as LogAnswer, seq)[0];
    });
  }

  async read(stream: string, options: ReadOptions): Promise<Page> {
    if (this.#closed) throw closedError();
    const query: LogQuery = { type: "read", stream, ...options };
    return await this.#database.read("log", [query]) as Page;
  }

  async state(stream: string, after = 0): Promise<StreamState> {
    if (this.#closed) throw closedError();
    return await (this.#heads?.state(stream, after) ?? this.#readState(stream, after));
  }

  async search(options: SearchOptions): Promise<Found> {
    const { query, streams, sender, limit, maxBytes } = options;
    const terms = parseQuery(query);
    if (terms.length === 0) return { events: [], more: false };
    const names = [...streams.keys()];
    while (await this.#askSearch({ type: "index", streams: names }));
    const found = await this.#askSearch({
      type: "search",
      match: toFts5(terms),
      streams: [...streams],
      sender,
      limit,
      maxBytes,
    });
    return found as Found;
  }

  tail(onCommitted: (events: readonly LogEvent[]) => void): Disposable {
    return this.#tail.follow(onCommitted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweepTimer?.[Symbol.dispose]();
    this.#indexTimer?.[Symbol.dispose]();
    // Answers come in order: when these have come, all have.
    const nothing: LogJob = ["append"];
    await Promise.allSettled([
      this.#database.write("log", nothing),
      this.#database.read("log", [{ type: "state", stream: "", after: 0 } satisfies LogQuery]),
      ...this.#searching,
    ]);
    this.#afterWrites[Symbol.dispose]();
    this.#tail.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #readState(stream: string, after: number): Promise<StreamState> {
    const query: LogQuery = { type: "state", stream, after };
    return await this.#database.read("log", [query]) as StreamState;
  }

  async #askSearch(query: SearchQuery): Promise<SearchAnswer> {
    if (this.#closed) throw closedError();
    const asked = this.#database.readSlowly("search", [query]);
    this.#searching.add(asked);
    try {
      return await asked as SearchAnswer;
    } finally {
      this.#searching.delete(asked);
    }
  }

  #commit(entries: readonly Entry[], answer: LogAnswer, redacts?: number): Appended[] {
    const appended: Appended[] = [];
    for (let place = 0; place < entries.length; place++) {
      const seq = answer[3 * place]!;
      const at = answer[3 * place + 1]!;
      const outcome = answer[3 * place + 2]!;
      appended.push({
        seq,
        at,
        stored: "disk",
        duplicate: outcome === DUPLICATE,
        conflict: outcome === CONFLICT,
      });
      if (outcome !== STORED) continue;
      const { stream, sender, id, body } = entries[place]!;
      this.#heads?.stored(stream, seq);
      const event = { stream, sender, id, at, body, seq };
      this.#tail.add(redacts === undefined ? event : { ...event, redacts });
    }
    this.#committedAt = this.#clock.now();
    this.#indexLater();
    return appended;
  }

  #sweepSoon(): void {
    this.#sweepTimer = this.#clock.after(SWEEP_MS, () => {
      this.#sweep().catch(() => {
        // The disk says no; senders are told of that. What is too old is taken a minute later.
      }).finally(() => {
        if (!this.#closed) this.#sweepSoon();
      });
    });
  }

  async #sweep(): Promise<void> {
    for (let from = 1; from > 0 && !this.#closed;) {
      const job: LogJob = ["sweep", from, this.#clock.now()];
      from = await this.#database.write("log", job) as number;
    }
  }

  #indexLater(): void {
    if (this.#closed) return;
    this.#indexTimer ??= this.#clock.after(QUIET_MS, () => {
      this.#indexTimer = undefined;
      this.#indexWhileQuiet().catch(() => {
        // It is done when somebody searches, who hears then what is wrong.
      });
    });
  }

  async #indexWhileQuiet(): Promise<void> {
    for (;;) {
      if (this.#closed) return;
      const quietMs = this.#clock.now() - this.#committedAt;
      if (quietMs >= 0 && quietMs < QUIET_MS) return this.#indexLater();
      if (!await this.#askSearch({ type: "index", streams: undefined })) return;
    }
  }
}

function jobOf(entries: readonly Entry[]): AppendJob {
  const [{ stream, sender, id, at, body }] = entries as readonly [Entry];
  if (entries.length === 1) return ["append", stream, sender, id, at, body];
  const values = entries.flatMap(({ stream, sender, id, at, body }) => [
    stream,
    sender,
    id,
    at,
    body,
  ]);
  return ["append", ...values];
}

function closedError(): Error {
  return new Error("Cannot use the log: it is closed");
}
