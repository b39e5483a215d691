import { Buffer } from "node:buffer";
import { type Clock, systemClock } from "../clock/clock.ts";
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
import type { LogObserver } from "./log_observer.ts";
import { newestMatches } from "./newest_matches.ts";
import { ANY_DIGEST, digestOf, isRepeat, RecentIds, type RememberedId } from "./recent_ids.ts";
import { KeptEvents, Retention } from "./retention.ts";
import { Tail } from "./tail.ts";

/** How much a {@link memoryLog} keeps. */
export interface MemoryLogOptions {
  /** About how much memory one stream's events may take, in bytes. @default {16_777_216} */
  readonly maxBytesPerStream?: number;
  /** About how much memory all events may take, in bytes. @default {268_435_456} */
  readonly maxBytes?: number;
  /** How long ids are remembered, in milliseconds. @default {86_400_000} */
  readonly idWindowMs?: number;
  /**
   * How many ids are remembered at most, at about 200 bytes each. Under a load that brings more within
   * `idWindowMs`, the oldest are forgotten early: a repeat of one of those is stored again.
   *
   * @default {1_000_000}
   */
  readonly maxIds?: number;
  /** Whose time `idWindowMs` counts in. @default {systemClock} */
  readonly clock?: Clock;
  /** Told of what is stored: what one turn of the event loop brings is one commit. */
  readonly observer?: LogObserver;
}

const DEFAULT_MAX_BYTES_PER_STREAM = 16 * 2 ** 20;
const DEFAULT_MAX_BYTES = 256 * 2 ** 20;
const DEFAULT_ID_WINDOW_MS = 24 * 60 * 60 * 1_000;
const DEFAULT_MAX_IDS = 1_000_000;
const NO_STREAM: StreamState = { log: "", trimmedThrough: 0, last: 0, countAfter: 0 };

/** One stream. Its numbers rise by one, so an event's place follows from its seq. */
interface Stream {
  readonly name: string;
  /** Stands for the name in the keys of ids. */
  readonly index: number;
  readonly kept: KeptEvents;
  last: number;
}

/**
 * A log in memory: nothing is kept over a restart, and acknowledgements promise no more than that
 * (`stored: "memory"`).
 *
 * What is appended in one turn of the event loop is handed to `tail` at once, at the turn's end. When
 * the log is over a limit the oldest events go, `trimmedThrough` tells which; a stream itself stays,
 * with its last number. Retention takes no ids: those have their own window.
 *
 * @param options How much it keeps. A character counts as one byte, which is what V8 takes for Latin
 * text; for other scripts it takes two.
 * @returns The log.
 * @throws {RangeError} A limit is not a positive number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { memoryLog } from "@parley/parley";
 *
 * await using log = memoryLog();
 * const entry = { stream: "lobby", sender: "ann", id: "1", at: Date.now(), body: "{}" };
 * assertEquals((await log.append([entry, entry])).map(({ duplicate }) => duplicate), [false, true]);
 * ```
 */
export function memoryLog(options: MemoryLogOptions = {}): EventLog {
  return new MemoryLog(options);
}

class MemoryLog implements EventLog {
  readonly idWindowMs: number;
  readonly #log: string = crypto.randomUUID();
  readonly #retention: Retention;
  readonly #ids: RecentIds;
  readonly #streams = new Map<string, Stream>();
  readonly #tail = new Tail();
  /** Events whose bodies were taken out. */
  readonly #redacted = new WeakSet<LogEvent>();
  /** The end of this turn, where something was stored in it. */
  #turn: Promise<void> | undefined;
  #closed = false;

  constructor(options: MemoryLogOptions) {
    const {
      maxBytesPerStream = DEFAULT_MAX_BYTES_PER_STREAM,
      maxBytes = DEFAULT_MAX_BYTES,
      idWindowMs = DEFAULT_ID_WINDOW_MS,
      maxIds = DEFAULT_MAX_IDS,
      clock = systemClock,
      observer,
    } = options;
    for (
      const [name, limit] of Object.entries({ maxBytesPerStream, maxBytes, idWindowMs, maxIds })
    ) {
      if (!(limit > 0)) {
        throw new RangeError(`Cannot make a log with ${name} ${limit}: more than 0 is allowed`);
      }
    }
    this.#retention = new Retention(maxBytesPerStream, maxBytes);
    this.idWindowMs = idWindowMs;
    this.#ids = new RecentIds(idWindowMs, maxIds, clock);
    // What is in memory is stored at once.
    if (observer !== undefined) {
      this.#tail.follow((events) => observer.committed?.(events.length, 0));
    }
  }

  async append(entries: readonly Entry[]): Promise<readonly Appended[]> {
    this.#checkOpen();
    for (const entry of entries) this.#retention.check(entry);
    this.#ids.expire();
    const isRefused = entries.length > 1 && this.#isAnyConflict(entries);
    const answers: Appended[] = [];
    for (const entry of entries) {
      answers.push(isRefused ? this.#refuse(entry) : this.#appendOne(entry));
    }
    await this.#turn;
    return answers;
  }

  async redact({ stream: name, seq, body, notice }: Redaction): Promise<Appended | undefined> {
    this.#checkOpen();
    const entry = { ...notice, stream: name };
    this.#retention.check(entry);
    const stream = this.#streams.get(name);
    if (stream === undefined) return undefined;
    const place = seq - 1 - (stream.last - stream.kept.events.length);
    if (place < 0 || place >= stream.kept.events.length) return undefined;
    const event = stream.kept.events.at(place);
    const key = keyOf(stream.index, event);
    if (this.#redacted.has(event)) return undefined;
    const left = { ...event, body };
    this.#retention.replace(stream.kept, place, left);
    this.#redacted.add(left);
    this.#ids.remember(key, { seq, at: event.at, digest: ANY_DIGEST });
    const appended = this.#appendOne(entry, seq);
    await this.#turn;
    return appended;
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the log is closed
  async read(name: string, options: ReadOptions): Promise<Page> {
    this.#checkOpen();
    const stream = this.#streams.get(name);
    if (stream === undefined) return { events: [], more: false, trimmedThrough: 0 };
    const { events } = stream.kept;
    const { after, before = Infinity, limit, maxBytes } = options;
    const trimmedThrough = stream.last - events.length;
    // Places of the first event that may be given and of the first one after that may not.
    const from = Math.min(Math.max(0, (after ?? 0) - trimmedThrough), events.length);
    const to = Math.max(from, Math.min(events.length, before - 1 - trimmedThrough));
    const page: LogEvent[] = [];
    let bytes = 0;
    const step = after === undefined ? -1 : 1;
    for (let at = step > 0 ? from : to - 1; at >= from && at < to; at += step) {
      const event = events.at(at);
      bytes += Buffer.byteLength(event.body);
      if (page.length === limit || (page.length > 0 && bytes > maxBytes)) break;
      page.push(event);
    }
    if (step < 0) page.reverse();
    return { events: page, more: page.length < to - from, trimmedThrough };
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the log is closed
  async state(name: string, after = 0): Promise<StreamState> {
    this.#checkOpen();
    const stream = this.#streams.get(name);
    if (stream === undefined) return { ...NO_STREAM, log: this.#log };
    const { last, kept } = stream;
    const trimmedThrough = last - kept.events.length;
    const countAfter = Math.max(0, last - Math.max(after, trimmedThrough));
    return { log: this.#log, trimmedThrough, last, countAfter };
  }

  // deno-lint-ignore require-await -- it answers by rejecting when the log is closed
  async search(options: SearchOptions): Promise<Found> {
    this.#checkOpen();
    return newestMatches(options, (name, before) => {
      // It may have been closed since the search began, or events may have gone.
      this.#checkOpen();
      const stream = this.#streams.get(name);
      if (stream === undefined) return undefined;
      const { events } = stream.kept;
      const trimmedThrough = stream.last - events.length;
      const place = Math.min(stream.last + 1, before) - trimmedThrough - 2;
      return place < 0 ? undefined : events.at(place);
    });
  }

  tail(onCommitted: (events: readonly LogEvent[]) => void): Disposable {
    return this.#tail.follow(onCommitted);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    this.#tail.clear();
    this.#streams.clear();
    this.#retention.clear();
    this.#ids.clear();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new Error("Cannot use the log: it is closed");
  }

  /** Whether an entry has the id of one that was stored, or of one before it, and another body. */
  #isAnyConflict(entries: readonly Entry[]): boolean {
    const digests = new Map<string, number>();
    return entries.some((entry) => {
      const key = `${entry.stream.length} ${entry.stream}${keyOf(0, entry)}`;
      const digest = digestOf(entry.body);
      const first = digests.get(key) ?? this.#find(entry)?.digest ?? digest;
      digests.set(key, first);
      return !isRepeat(first, digest);
    });
  }

  /** Answers for an entry that is not stored since another one of its call is a conflict (I7). */
  #refuse(entry: Entry): Appended {
    const first = this.#find(entry);
    const duplicate = first !== undefined && isRepeat(first.digest, digestOf(entry.body));
    const { seq, at } = first ?? { seq: 0, at: entry.at };
    return { seq, at, stored: "memory", duplicate, conflict: !duplicate };
  }

  #find(entry: Entry): RememberedId | undefined {
    const stream = this.#streams.get(entry.stream);
    return stream === undefined ? undefined : this.#ids.find(keyOf(stream.index, entry));
  }

  #appendOne(entry: Entry, redacts?: number): Appended {
    const { stream: name, sender, id, at, body } = entry;
    const stream = this.#streamOf(name);
    const key = keyOf(stream.index, entry);
    const digest = digestOf(body);
    const first = this.#ids.find(key);
    if (first !== undefined) {
      const duplicate = isRepeat(first.digest, digest);
      return { seq: first.seq, at: first.at, stored: "memory", duplicate, conflict: !duplicate };
    }
    const seq = ++stream.last;
    // The stream's own name: the entry's is one more copy of it.
    const event: LogEvent = { stream: stream.name, sender, id, at, body, seq };
    this.#ids.remember(key, { seq, at, digest });
    this.#retention.add(stream.kept, event);
    this.#tail.add(redacts === undefined ? event : { ...event, redacts });
    this.#turn ??= this.#endTurn();
    return { seq, at, stored: "memory", duplicate: false, conflict: false };
  }

  #streamOf(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      const index = this.#streams.size;
      stream = { name, index, kept: new KeptEvents(), last: 0 };
      this.#streams.set(name, stream);
    }
    return stream;
  }

  async #endTurn(): Promise<void> {
    // What else this turn brings joins the same call of the tail.
    await undefined;
    this.#turn = undefined;
    this.#tail.tell();
  }
}

/** What an id is remembered by, in the stream of that index. */
function keyOf(index: number, { sender, id }: Entry): string {
  // The sender's length keeps ("a", "bc") and ("ab", "c") apart.
  return `${index} ${sender.length} ${sender}${id}`;
}
