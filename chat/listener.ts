import type { ChatCounters } from "./counters.ts";
import type { Hold } from "./live_streams.ts";
import type { RoomListener } from "./enforcing.ts";
import { isInbox } from "./event_text.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import type { Visitor } from "./room_record.ts";
import type { RulesHold } from "./room_records.ts";
import type { Session } from "./session.ts";
import type { ChatState } from "./state.ts";
import { type Reader, Subscription } from "./subscription.ts";

/** Silence after which a sign of life is sent: what sits in between forgets a silent connection. */
const HEARTBEAT_MS = 15_000;

/** Which stream, and from where on. */
export interface ListenRequest {
  /** The stream's name in the log. */
  readonly stream: string;
  /** The seq of the last event that the listener has; from now on where it is undefined. */
  readonly after?: number | undefined;
  /** Only events after this one are the listener's. */
  readonly floor: number;
}

/**
 * Who follows one stream without being in the chat: a program that reads a room, or its own inbox. It has
 * an outbox and a cursor as a member has, so the same holds for it: no gap, no repeat, a slow one costs a
 * position and one write, and is cut off when it takes nothing for 10 s.
 */
export class Listener implements OutboxOwner, Reader, RoomListener {
  /** Who it is to rooms. */
  readonly visitor: Visitor;
  /** Resolves with the reason when it is over. */
  readonly ended: Promise<string>;
  readonly #state: ChatState;
  readonly #session: Session;
  readonly #outbox: Outbox;
  readonly #resolveEnded: (reason: string) => void;
  #following: { readonly subscription: Subscription; readonly hold: Hold } | undefined;
  /** What holds in the room that it follows. */
  #held: RulesHold | undefined;
  #wroteAt: number;
  #phase: "open" | "ending" | "over" = "open";

  /**
   * @param state What all share.
   * @param session The connection.
   * @param visitor Whose it is.
   */
  constructor(state: ChatState, session: Session, visitor: Visitor) {
    this.visitor = visitor;
    this.#state = state;
    this.#session = session;
    this.#outbox = new Outbox(session, state, this);
    this.#wroteAt = state.clock.now();
    ({ promise: this.ended, resolve: this.#resolveEnded } = Promise.withResolvers<string>());
  }

  /** Whose it is. */
  get name(): string {
    return this.visitor.name;
  }

  /** What it follows. */
  get stream(): string | undefined {
    return this.#following?.hold.live.name;
  }

  /** How it is spoken to. */
  get dialect(): Session["dialect"] {
    return this.#session.dialect;
  }

  /** What is counted for all. */
  get counters(): ChatCounters {
    return this.#state.counters;
  }

  /**
   * Begins.
   *
   * @param request Which stream, and from where on.
   * @throws {ProtocolError} `banned`, `invite_only`.
   */
  async follow({ stream, after, floor }: ListenRequest): Promise<void> {
    const held = isInbox(stream) ? undefined : await this.#state.roomRecords.hold(stream);
    if (this.#phase !== "open") return held?.[Symbol.dispose]();
    this.#held = held;
    const hold = this.#state.streams.hold(stream);
    try {
      // The feed must be there before the log is asked, so that nothing falls between the two.
      hold.live.feed(this.dialect);
      const { last, trimmedThrough } = await this.#state.log.state(stream);
      if (this.#phase !== "open") return hold[Symbol.dispose]();
      // From here on a change of the rules ends it.
      held?.rules.checkEntering(this.visitor, this.#state.clock.now());
      this.#state.listeners.add(this);
      hold.live.settle(last);
      // A position that this log never gave: everything there is may be new.
      const from = after === undefined ? last : after > last ? trimmedThrough : after;
      const subscription = new Subscription(hold.live, this, Math.max(from, floor));
      this.#following = { subscription, hold };
      hold.live.follow(this.#outbox);
      this.#outbox.follow(subscription);
    } catch (error) {
      hold[Symbol.dispose]();
      throw error;
    }
  }

  /** There is something to take from the stream. */
  wake(): void {
    this.#outbox.wake();
  }

  /** So many bytes went out. */
  written(bytes: number): void {
    this.#wroteAt = this.#state.clock.now();
    this.#state.counters.sentBytes += bytes;
  }

  /** Nothing more goes out: the connection is gone. */
  broken(): void {
    this.abort("gone");
  }

  /** The stream could not be read. */
  failed(error: unknown): void {
    this.#state.observer.failed?.({ peer: this.#session.peer, name: this.name }, error);
    this.abort("internal_error");
  }

  /** Looks at the deadlines: of a write that makes no progress, of silence. */
  checkDeadlines(now: number): void {
    const { writeStartedAt } = this.#outbox;
    if (writeStartedAt !== undefined) {
      if (now - writeStartedAt >= this.#state.limits.writeTimeoutMs) this.abort("slow_consumer");
    } else if (now - this.#wroteAt >= HEARTBEAT_MS) {
      this.#outbox.queue(JSON.stringify({ type: "ping", payload: { t: now } }));
    }
  }

  /** Ends it when what is delivered by now is written. */
  async close(): Promise<void> {
    if (this.#phase !== "open") return;
    this.#phase = "ending";
    this.#following?.subscription.freeze();
    await this.#outbox.flushed();
    this.#over("shutdown", () => this.#session.end());
  }

  /** Ends it at once. */
  abort(reason: string): void {
    this.#over(reason, () => this.#session.abort());
  }

  #over(reason: string, end: () => void): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#outbox.close();
    this.#state.listeners.delete(this);
    this.#held?.[Symbol.dispose]();
    const { live } = this.#following?.hold ?? {};
    live?.unfollow(this.#outbox);
    this.#following?.hold[Symbol.dispose]();
    this.#state.counters.ended.add(reason);
    end();
    this.#resolveEnded(reason);
  }
}
