import { ProtocolError } from "../codec/errors.ts";
import { isFatal } from "../protocol/error_codes.ts";
import type { Appended, Entry } from "../log/event_log.ts";
import type { ChatMessage, ChatRequest } from "../protocol/chat.ts";
import type { ProvenKey } from "./access.ts";
import type { ChatCounters } from "./counters.ts";
import { type Cursors, NO_CURSORS } from "./cursors.ts";
import { Deadlines } from "./deadlines.ts";
import type { Challenge } from "./challenge.ts";
import type { SessionInfo } from "./observer.ts";
import { Outbox, type OutboxOwner } from "./outbox.ts";
import { Pace } from "./pace.ts";
import { type Person, type Presence, replaced } from "./person.ts";
import type { Room } from "./room.ts";
import type { Visitor } from "./room_record.ts";
import type { SessionToken } from "./session_tokens.ts";
import type { Session } from "./session.ts";
import type { ChatState } from "./state.ts";
import { storageFailed } from "./storing.ts";
import type { Reader, Subscription } from "./subscription.ts";

/** How long a replaced session's rooms wait for its successor before the others are told. */
const HANDOVER_MS = 5_000;

/** A stream that a member follows. */
export interface Following {
  readonly subscription: Subscription;
  /** The hold on the live stream. */
  readonly hold: Disposable & { readonly live: { unfollow(follower: Outbox): void } };
}

/** A member's own inbox. */
export interface InboxFollowing extends Following {
  /** What is not newer was written to whoever had the name before. */
  readonly floor: number;
}

/** A room that a member is in. */
export interface RoomFollowing extends Following {
  readonly room: Room;
}

/**
 * One session in the chat: its state, its pace, its end. What requests do is in `requests.ts`.
 *
 * ```
 * handshake --connect--> connected --quit, end of input, fatal error--> ending --flushed--> over
 *     |                                                                    ^         ^
 *     +------------------------- fatal error ------------------------------+         |
 *     +------------------------- connection broken ----------------------------------+
 * ```
 *
 * - I1 Requests are done one after the other, in order; the caller waits where `handle` answers a
 *   promise, and so the connection is not read.
 * - I2 Everything that was asked before the end is answered, unless the connection broke.
 * - I3 After `ended`, nothing of it is left: no room, no subscription, no name.
 */
export class Member implements Presence, OutboxOwner, Reader {
  /** What all members share. */
  readonly state: ChatState;
  /** What goes out. */
  readonly outbox: Outbox;
  /** Higher than that of every session that was opened before. */
  readonly serial: number;
  /** The rooms that it is in, by name. */
  readonly rooms: Map<string, RoomFollowing> = new Map();
  /** The cursors that `connect` brought. */
  cursors: Cursors = NO_CURSORS;
  /** Whether its name was nobody's until now: what is stored under it was another holder's. */
  isNewcomer = false;
  /** Since when its name is its own, and by which keys. */
  standing: Pick<Visitor, "since" | "keys"> = { since: 0, keys: [] };
  /** What its `connect` was answered with, until its `prove`. */
  challenge: Challenge | undefined;
  /** The key that it has proven; undefined where it has shown a token. */
  proven: ProvenKey | undefined;
  /** Its inbox, from `connect` on. */
  inbox: InboxFollowing | undefined;
  /** Resolves with the reason when it is over. */
  readonly ended: Promise<string>;
  readonly #session: Session;
  readonly #resolveEnded: (reason: string) => void;
  readonly #pace: Pace;
  readonly #deadlines: Deadlines;
  readonly #run: (member: Member, request: ChatRequest) => Promise<void> | void;
  #phase: "handshake" | "connected" | "ending" | "over" = "handshake";
  #person: Person | undefined;
  #token: SessionToken | undefined;
  /** Whether its `connect` waits for another device of the same person. */
  #waitsForOther = false;
  #left = false;
  #openAppends = 0;
  #appendsDone: PromiseWithResolvers<void> | undefined;

  /**
   * @param state What all members share.
   * @param session The connection.
   * @param run Does a request; throws `ProtocolError` to answer no.
   */
  constructor(
    state: ChatState,
    session: Session,
    run: (member: Member, request: ChatRequest) => Promise<void> | void,
  ) {
    this.state = state;
    this.serial = state.nextSerial();
    this.#session = session;
    this.#run = run;
    const { clock, limits } = state;
    this.outbox = new Outbox(session, state, this);
    this.#pace = new Pace(state, this.outbox);
    this.#deadlines = new Deadlines(limits, clock.now());
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#resolveEnded = resolve;
  }

  /** The registered name; undefined before `connect`. */
  get name(): string | undefined {
    return this.#person?.name;
  }

  /** Who it is to rooms. After `connect`. */
  get visitor(): Visitor {
    return { ...this.standing, name: this.name!, isAdmin: this.state.isAdmin(this) };
  }

  /** Whether no more requests are taken. */
  get ending(): boolean {
    return this.#phase === "ending" || this.#phase === "over";
  }

  /** Who this is, for logs. */
  get info(): SessionInfo {
    return { peer: this.#session.peer, name: this.name };
  }

  /** Whom the session counts for. */
  get origin(): string | undefined {
    return this.#session.origin;
  }

  /** What a proof may call the server. */
  get servedAs(): readonly string[] {
    return this.#session.servedAs ?? [];
  }

  /** How the session is spoken to. */
  get dialect(): Session["dialect"] {
    return this.#session.dialect;
  }

  /** What is counted for all members. */
  get counters(): ChatCounters {
    return this.state.counters;
  }

  /** There is something to take from a stream. */
  wake(): void {
    this.outbox.wake();
  }

  /** A stream could not be read. */
  failed(error: unknown): void {
    this.refuse(error);
  }

  /** So many bytes went out. */
  written(bytes: number): void {
    this.state.counters.sentBytes += bytes;
  }

  /** Nothing more goes out: the connection is gone. */
  broken(): void {
    this.abort("gone");
  }

  /**
   * Bytes have come: the peer is there.
   *
   * @param bytes How many.
   */
  heard(bytes = 0): void {
    this.state.counters.receivedBytes += bytes;
    this.#deadlines.heard(this.state.clock.now());
  }

  /**
   * Does a request.
   *
   * @param request A validated request.
   * @param bytes Its size on the wire, for the pace.
   * @returns Wait for it before handing on the next one; undefined where there is nothing to wait for.
   */
  handle(request: ChatRequest, bytes: number): Promise<void> | undefined {
    if (this.ending) return undefined;
    let work: Promise<void> | void = undefined;
    try {
      work = this.#run(this, request);
    } catch (error) {
      this.refuse(error, request);
    }
    if (work === undefined) return this.#pace.after(bytes);
    return work.catch((error) => this.refuse(error, request)).then(() => this.#pace.after(bytes));
  }

  /**
   * Answers no; ends the session where the error is fatal.
   *
   * @param error What is wrong.
   * @param request The request that it is about, where there is one.
   */
  refuse(error: unknown, request?: ChatRequest): void {
    const told = error instanceof ProtocolError ? error : this.#internal(error);
    this.state.counters.errors.add(told.code);
    const { ref, id } = (request?.payload ?? {}) as { readonly ref?: string; readonly id?: string };
    const payload = {
      code: told.code,
      message: told.message,
      ...(id === undefined ? {} : { id }),
      ...(ref === undefined ? {} : { ref }),
      ...told.details,
    };
    this.outbox.queue(JSON.stringify({ type: "error", payload }));
    // Before `connect` there is no conversation to save.
    const shapeless = told.code === "invalid_message" || told.code === "unknown_type";
    if (isFatal(told.code) || (shapeless && this.#phase === "handshake")) this.end(told.code);
  }

  /**
   * Answers no to what was no request at all; it counts for the pace like one.
   *
   * @param error What is wrong.
   * @param bytes Its size on the wire.
   * @returns As `handle` does.
   */
  reject(error: unknown, bytes: number): Promise<void> | undefined {
    if (this.ending) return undefined;
    this.refuse(error);
    return this.#pace.after(bytes);
  }

  /** Queues a message. */
  send(message: ChatMessage): void {
    this.outbox.queue(JSON.stringify(message));
  }

  /** `connect` has succeeded. */
  identify(person: Person, cursors: Cursors): void {
    this.#person = person;
    this.cursors = cursors;
    this.#phase = "connected";
    this.state.observer.connected?.(this.info);
  }

  /**
   * Makes the token of this session, which has proven a key.
   *
   * @returns The secret.
   */
  issueToken(): string {
    const { secret, token } = this.state.sessionTokens.issue(this.name!, this.proven!.key);
    this.#token = token;
    return secret;
  }

  /** Its `connect` takes as long as somebody at another device does: until this is disposed of, it is not late. */
  waitForOther(): Disposable {
    this.#waitsForOther = true;
    return { [Symbol.dispose]: () => this.#waitsForOther = false };
  }

  /**
   * Stores entries and tells what became of them, in the background: later requests need not wait.
   *
   * @param entries The entries.
   * @param request What they are for.
   * @param answer Answers, or throws `ProtocolError` to answer no.
   */
  store(
    entries: readonly Entry[],
    request: ChatRequest,
    answer: (results: readonly Appended[]) => void,
  ): void {
    this.#openAppends++;
    this.state.append(entries, (results) => {
      try {
        answer(results);
      } catch (error) {
        this.refuse(error, request);
      }
      this.#appended();
    }, (cause) => {
      this.refuse(storageFailed(this, "store this message, so nobody has it", cause), request);
      this.#appended();
    });
  }

  /** The peer has no more requests: everything asked is answered and flushed, then it ends. */
  async quit(): Promise<void> {
    if (this.ending) return;
    this.stop();
    await this.answered();
    this.freeze();
    await this.finish("quit");
  }

  /** Takes no more requests. */
  stop(): void {
    if (!this.ending) this.#phase = "ending";
  }

  /** Resolves when everything that was said is stored (or could not be) and answered. */
  async answered(): Promise<void> {
    if (this.#openAppends === 0) return;
    this.#appendsDone ??= Promise.withResolvers();
    await this.#appendsDone.promise;
  }

  /** What is delivered from now on is not for this session any more. */
  freeze(): void {
    for (const { subscription } of this.#followings()) subscription.freeze();
  }

  /**
   * Leaves the rooms, flushes what is to go out, and ends. After `stop`.
   *
   * @param reason For the log.
   */
  async finish(reason: string): Promise<void> {
    if (this.#isOver()) return;
    this.#leaveAll();
    this.#pace.stop();
    await this.outbox.flushed();
    // It may have broken meanwhile.
    if (this.#isOver()) return;
    this.#cleanUp(reason);
    this.#session.end();
  }

  /** The same device has connected again. */
  replace(): void {
    this.refuse(replaced());
  }

  /**
   * Ends the session after what is queued: no more events.
   *
   * @param reason For the log: an error's code, or a word.
   */
  end(reason: string): void {
    if (this.ending) return;
    this.stop();
    this.#leaveAll(reason === "replaced");
    this.#unfollowAll();
    this.finish(reason);
  }

  /** Ends the session at once: the connection is gone. */
  abort(reason: string): void {
    if (this.#isOver()) return;
    this.#leaveAll();
    this.#cleanUp(reason);
    this.#session.abort();
  }

  /** Stops following a stream. */
  unfollow(following: Following): void {
    this.outbox.unfollow(following.subscription);
    following.hold.live.unfollow(this.outbox);
    following.hold[Symbol.dispose]();
  }

  /** Leaves one room. */
  leave(following: RoomFollowing): void {
    this.rooms.delete(following.room.name);
    this.unfollow(following);
    this.state.rooms.leave(this.name!, following.room);
    this.state.observer.left?.(this.info, following.room.name);
  }

  /** Makes it leave a room, if it is in it, and tells it why. */
  expel(room: string, { code, message }: ProtocolError): void {
    const following = this.rooms.get(room);
    if (following === undefined) return;
    this.leave(following);
    this.send({ type: "left", payload: { room, code, message } });
  }

  /**
   * Looks at the deadlines: of the handshake, of silence, of a write that makes no progress.
   *
   * One timer for all members calls it: ten thousand timers that hardly ever fire cost more.
   */
  checkDeadlines(now: number): void {
    const due = this.#deadlines.check(now, {
      connected: this.#person !== undefined || this.#waitsForOther,
      writeStartedAt: this.outbox.writeStartedAt,
    });
    if (due === "stuck") this.abort("slow_consumer");
    else if (due === undefined || this.ending) return;
    else if (due === "ping") this.send({ type: "ping", payload: { t: now } });
    else this.refuse(due);
  }

  #appended(): void {
    if (--this.#openAppends > 0) return;
    this.#appendsDone?.resolve();
    this.#appendsDone = undefined;
  }

  #internal(error: unknown): ProtocolError {
    this.state.observer.failed?.(this.info, error);
    return new ProtocolError(
      "internal_error",
      "The server made a mistake and ends this session: connect again",
    );
  }

  #unfollowAll(): void {
    for (const following of this.#followings()) this.unfollow(following);
    this.rooms.clear();
    this.inbox = undefined;
  }

  #followings(): Following[] {
    return this.inbox === undefined
      ? [...this.rooms.values()]
      : [this.inbox, ...this.rooms.values()];
  }

  /** Presence ends here; events may still be flushed to the member itself. */
  #leaveAll(handover = false): void {
    const person = this.#person;
    if (person === undefined || this.#left) return;
    this.#left = true;
    const { state } = this;
    const rooms = [...this.rooms.values()].map(({ room }) => room);
    const leave = () => {
      for (const room of rooms) {
        state.rooms.leave(person.name, room);
        state.observer.left?.(this.info, room.name);
      }
    };
    if (handover && rooms.length > 0) {
      const timer = state.clock.after(HANDOVER_MS, () => {
        state.handovers.delete(timer);
        leave();
      });
      state.handovers.add(timer);
    } else leave();
    person.remove(this);
    state.dismiss(person);
  }

  #isOver(): boolean {
    return this.#phase === "over";
  }

  #cleanUp(reason: string): void {
    this.#phase = "over";
    if (this.#token !== undefined) {
      this.state.sessionTokens.end(this.name!, this.#token, reason !== "quit");
    }
    this.#unfollowAll();
    this.outbox.close();
    this.#pace.stop();
    this.state.counters.ended.add(reason);
    this.state.observer.ended?.(this.info, reason);
    this.#resolveEnded(reason);
  }
}
