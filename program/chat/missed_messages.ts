/** Of a longer absence only the newest messages of a room are shown. */
const MAX_SHOWN = 200;

/** What was missed of a stream and is coming. */
interface Missed {
  /** The newest of it. */
  readonly through: number;
  /** How many of the oldest are still to be passed over. */
  left: number;
}

/** What is to be known of a message that has come. */
export interface Arrival {
  /** It was said while one was away. */
  readonly isMissed: boolean;
  /** It is one of too many to be shown. */
  readonly isPassedOver: boolean;
  /** What was missed ends with it. */
  readonly isLast: boolean;
}

/** Counts, stream by stream, the messages that come because one was away: they come first, in order. */
export class MissedMessages {
  readonly #missed = new Map<string, Missed>();

  /**
   * A stream is followed; of a person's inbox all is shown.
   *
   * @param stream The room, or the inbox.
   * @param told Its newest event, and how many are missed.
   * @returns How many of the oldest are passed over.
   */
  follow(
    stream: string,
    { seq, missed }: { readonly seq: number; readonly missed: number },
  ): number {
    this.#missed.delete(stream);
    if (missed === 0) return 0;
    const left = stream.startsWith("@") ? 0 : Math.max(0, missed - MAX_SHOWN);
    this.#missed.set(stream, { through: seq, left });
    return left;
  }

  /** Takes in a message that has come. */
  pass(stream: string, seq: number): Arrival {
    const missed = this.#missed.get(stream);
    if (missed === undefined) return { isMissed: false, isPassedOver: false, isLast: false };
    const isPassedOver = missed.left > 0;
    if (isPassedOver) missed.left--;
    const isMissed = seq <= missed.through;
    const isOver = seq >= missed.through;
    if (isOver) this.#missed.delete(stream);
    return { isMissed, isPassedOver, isLast: isMissed && isOver };
  }

  /** A stream is not followed any more. */
  forget(stream: string): void {
    this.#missed.delete(stream);
  }
}
