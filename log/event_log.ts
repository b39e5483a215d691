/** What an acknowledgement promises: that the event is in memory, on disk, on several machines. */
export type Stored = "memory" | "disk" | "replicated";

/** An event to append. */
export interface Entry {
  /** The log's stream: a room's name, or `@name` for an inbox. */
  readonly stream: string;
  /** Who appends it: the name's canonical form. Ids are remembered for each sender. */
  readonly sender: string;
  /** Chosen by the sender. */
  readonly id: string;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** JSON text of an object, opaque to the log. */
  readonly body: string;
}

/** An event as it is stored: an entry with its number. */
export interface LogEvent extends Entry {
  /** The event's number in its stream: higher than that of every event before it. */
  readonly seq: number;
  /** The event whose body was taken out as this one was appended; told by `tail`, and not read again. */
  readonly redacts?: number;
}

/** An event's body that is to be taken out. */
export interface Redaction {
  /** The stream. */
  readonly stream: string;
  /** The event's number. */
  readonly seq: number;
  /** What stands in place of its body from then on: JSON text of an object. */
  readonly body: string;
  /** What is appended to the stream to say so, with an id of its own. */
  readonly notice: Omit<Entry, "stream">;
}

/** What became of one entry. */
export interface Appended {
  /** The event's number: that of the first one, where there was one; 0 where there is none (I7). */
  readonly seq: number;
  /** When the event was stored, Unix milliseconds: the first one's, where this is a duplicate. */
  readonly at: number;
  /** How safely. */
  readonly stored: Stored;
  /** Whether the sender's id was there already with the same body: nothing was appended. */
  readonly duplicate: boolean;
  /**
   * Whether the sender's id was there already with another body, or another entry of the call's was:
   * nothing was appended.
   */
  readonly conflict: boolean;
}

/** Which part of a stream to read. */
export interface ReadOptions {
  /** Only events with a higher seq. */
  readonly after?: number;
  /** Only events with a lower seq. Without `after`, the newest of them. */
  readonly before?: number;
  /** How many events at most. */
  readonly limit: number;
  /** About how many bytes of bodies at most; one event is given however large it is. */
  readonly maxBytes: number;
}

/** A part of a stream. */
export interface Page {
  /** The events, in rising order. */
  readonly events: readonly LogEvent[];
  /**
   * Whether the stream holds more in the direction of reading: newer ones where `after` was given,
   * else older ones.
   */
  readonly more: boolean;
  /** Events up to this seq were gone when the page was read; 0 where none was. */
  readonly trimmedThrough: number;
}

/** What to look for. */
export interface SearchOptions {
  /**
   * Words, all of which must be in the `text` of an event's body, in any order; `"several words"` in
   * quotation marks one after the other, `begin*` any word that begins so. Case and accents do not count,
   * nor do other signs.
   */
  readonly query: string;
  /** Where to look: only in these streams, in each only after the given seq. */
  readonly streams: ReadonlyMap<string, number>;
  /** Only what this sender appended. */
  readonly sender?: string;
  /** How many events at most. */
  readonly limit: number;
  /** About how many bytes of bodies at most; one event is given however large it is. */
  readonly maxBytes: number;
}

/** What was found. */
export interface Found {
  /** The newest matching events, newest first: by time, and in each stream by seq. */
  readonly events: readonly LogEvent[];
  /** Whether there are more. */
  readonly more: boolean;
}

/** Where a stream stands. */
export interface StreamState {
  /** The log's random id: renewed when a log is made or restored. */
  readonly log: string;
  /** Events up to this seq are gone (retention); 0 where none is. */
  readonly trimmedThrough: number;
  /** The newest event's seq; 0 where there never was one. */
  readonly last: number;
  /** How many events are there after the given seq. */
  readonly countAfter: number;
}

/**
 * Append-only logs of numbered events: the port that rooms and inboxes live in.
 *
 * - I1 `seq` rises within a stream; nothing else is promised of it outside this folder.
 * - I2 `append` answers when each entry is stored as its `stored` says, in the entries' order; entries
 *   of one stream get their numbers in the order of the calls.
 * - I3 An id is stored once for each (stream, sender, id), for at least `idWindowMs`.
 * - I4 `tail` yields everything appended, once, in each stream's order, after it is stored and before
 *   `append` answers.
 * - I5 A read sees everything that `append` has answered or `tail` has yielded.
 * - I6 What fails is not stored: `append` throws for its entries, and nothing of them appears later.
 * - I7 The entries of one call are stored all or none: where one is a conflict, nothing of the call is
 *   stored. Those that were there already with the same body answer `duplicate`, all others `conflict`.
 * - I8 A body that was taken out is not read, found or kept any more. The event keeps its number, and a
 *   repeat of its id is a duplicate, whatever it says.
 */
export interface EventLog extends AsyncDisposable {
  /** How long ids are remembered, in milliseconds. */
  readonly idWindowMs: number;
  /**
   * Stores entries, in order.
   *
   * @param entries The entries, of any streams.
   * @returns What became of each.
   * @throws {Error} They could not be stored (a full disk); nothing of them is.
   */
  append(entries: readonly Entry[]): Promise<readonly Appended[]>;
  /**
   * Takes an event's body out, and appends an entry that says so: both or neither.
   *
   * @param redaction Which event, and what is said instead.
   * @returns What became of the notice, when both are stored as it says; undefined where the stream has no
   * such event, or its body is gone already: nothing is appended then.
   * @throws {Error} It could not be stored; nothing of it is.
   */
  redact(redaction: Redaction): Promise<Appended | undefined>;
  /**
   * Reads a part of a stream.
   *
   * @param stream The stream; one that nobody ever appended to is empty.
   * @param options Which part.
   * @returns A page of events.
   */
  read(stream: string, options: ReadOptions): Promise<Page>;
  /**
   * Tells where a stream stands.
   *
   * @param stream The stream.
   * @param after What `countAfter` counts from. @default {0}
   * @returns Its state.
   */
  state(stream: string, after?: number): Promise<StreamState>;
  /**
   * Looks for events by the words in the `text` of their bodies; an event without one is never found.
   *
   * A query without any word finds nothing.
   *
   * @param options What to look for, and where.
   * @returns The newest matches.
   */
  search(options: SearchOptions): Promise<Found>;
  /**
   * Follows everything that is stored from now on, of all streams.
   *
   * @param onCommitted Called with events in order; it must not throw.
   * @returns Disposing it ends the calls.
   */
  tail(onCommitted: (events: readonly LogEvent[]) => void): Disposable;
  /** Finishes what was begun, then gives everything back. Idempotent. */
  close(): Promise<void>;
}
