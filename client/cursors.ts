/** Where a stream stands, as `joined` and the inbox of `connect_ack` tell it. */
export interface StreamPosition {
  /** The newest event. */
  readonly seq: number;
  /** How many events follow that came after the cursor. */
  readonly missed: number;
}

/**
 * Where a client stands in each stream: the seq of the last event that it received in order.
 *
 * - I1 A cursor moves by events, by gaps, and by the word that nothing was missed; never by an `ack`
 *   or a page of `history`.
 * - I2 `accept` says yes to each event of a stream once, in rising order.
 * - I3 Numbers of another log mean nothing: `enter` voids them.
 */
export class Cursors {
  #log: string | undefined;
  readonly #seqs: Map<string, number>;

  /**
   * Begins where an earlier run stopped, or nowhere.
   *
   * @param log The log that `since` counts in, if it is known.
   * @param since Cursors by stream, from an earlier run.
   */
  constructor(log?: string, since: Readonly<Record<string, number>> = {}) {
    this.#log = log;
    this.#seqs = new Map(Object.entries(since));
  }

  /** The id of the log that the cursors count in; undefined before the first connection. */
  get log(): string | undefined {
    return this.#log;
  }

  /** The cursor of a stream, if it has one. */
  get(stream: string): number | undefined {
    return this.#seqs.get(stream);
  }

  /**
   * Enters a server's log. In another log than before, every cursor begins at 0 again.
   *
   * @param log The log's id.
   * @returns The streams whose cursors counted in another log, and mean nothing now.
   */
  enter(log: string): ReadonlySet<string> {
    const isOther = this.#log !== log;
    this.#log = log;
    const streams = new Set(isOther ? this.#seqs.keys() : []);
    for (const stream of streams) this.#seqs.set(stream, 0);
    return streams;
  }

  /**
   * Takes the server's word on where a stream stands, before the missed events come.
   *
   * @param stream A room, or the own inbox.
   * @param position Its newest event, and how many follow.
   */
  follow(stream: string, { seq, missed }: StreamPosition): void {
    const cursor = this.#seqs.get(stream);
    // A stream that ends before the cursor is not the stream that the cursor was in.
    if (cursor !== undefined && cursor > seq) this.#seqs.delete(stream);
    if (missed === 0) this.#seqs.set(stream, seq);
  }

  /** Whether an event is new; moves the cursor to it. */
  accept(stream: string, seq: number): boolean {
    const cursor = this.#seqs.get(stream);
    if (cursor !== undefined && seq <= cursor) return false;
    this.#seqs.set(stream, seq);
    return true;
  }

  /** Forgets a stream that is no longer followed. */
  forget(stream: string): void {
    this.#seqs.delete(stream);
  }
}
