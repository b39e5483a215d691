/** A message of one's own that was sent. */
export interface PendingMessage {
  /** Where it goes: `lobby`, or `@bob` for a private one. */
  readonly where: string;
  readonly text: string;
}

/**
 * Of the ids of one's own events, so many more than messages have no acknowledgement are remembered: another device of
 * the same name may have said as much meanwhile.
 */
const MAX_OTHERS = 1_000;

/**
 * The messages of one's own that have not come back yet, in the order in which they were sent.
 *
 * ```
 * add --acknowledged--> known by its id --arrived--> gone
 *  |       (or the other way round: the event overtakes the acknowledgement)
 *  `--failed--> gone
 * ```
 *
 * - I1 Whatever the order of acknowledgement and event, a message is pending until both were there; unless more than
 *   1,000 events of another device come between the event and its acknowledgement.
 * - I2 An acknowledgement that never comes has no more remembered than that.
 */
export class PendingMessages {
  readonly #onChange: () => void;
  readonly #pending = new Set<PendingMessage>();
  /** Acknowledged, by the id that their event will bear. */
  readonly #awaited = new Map<string, PendingMessage>();
  /** Ids of events that came while something was not acknowledged: one of them may be its own. The oldest first. */
  readonly #arrived = new Set<string>();

  /** @param onChange Told when there are others. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** What is pending. */
  get all(): readonly PendingMessage[] {
    return [...this.#pending];
  }

  /** Something is sent. */
  add(where: string, text: string): PendingMessage {
    const message = { where, text };
    this.#pending.add(message);
    this.#onChange();
    return message;
  }

  /** The server has it, under this id. */
  acknowledged(message: PendingMessage, id: string): void {
    if (this.#arrived.has(id)) this.#remove(message);
    else if (this.#pending.has(message)) this.#awaited.set(id, message);
  }

  /** It was not sent, or nobody will tell of it. */
  failed(message: PendingMessage): void {
    this.#remove(message);
  }

  /** An event of one's own has been shown. */
  arrived(id: string): void {
    const message = this.#awaited.get(id);
    this.#awaited.delete(id);
    if (message !== undefined) this.#remove(message);
    else if (this.#unacknowledged > 0) {
      this.#arrived.add(id);
      if (this.#arrived.size > this.#unacknowledged + MAX_OTHERS) {
        this.#arrived.delete(this.#arrived.values().next().value!);
      }
    }
  }

  /** Nothing comes from there any more: one has left. */
  forget(where: string): void {
    for (const [id, message] of this.#awaited) {
      if (message.where !== where) continue;
      this.#awaited.delete(id);
      this.#remove(message);
    }
  }

  get #unacknowledged(): number {
    return this.#pending.size - this.#awaited.size;
  }

  #remove(message: PendingMessage): void {
    if (!this.#pending.delete(message)) return;
    if (this.#unacknowledged === 0) this.#arrived.clear();
    this.#onChange();
  }
}
