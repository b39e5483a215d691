import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { EventLog } from "../log/event_log.ts";
import { fold, inboxStream } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";
import { type AccessRules, accessRules } from "./access.ts";
import { type Grant, Grants } from "./grants.ts";
import { checkLimits, DEFAULT_LIMITS, type Limits } from "./limits.ts";
import { Listener } from "./listener.ts";
import { Member } from "./member.ts";
import type { ChatObserver } from "./observer.ts";
import { Program, ProgramPace } from "./program.ts";
import { runRequest } from "./requests.ts";
import type { Visitor } from "./room_record.ts";
import type { Session } from "./session.ts";
import { NO_FILES, type SharedFiles } from "./shared_files.ts";
import { ChatState } from "./state.ts";
import type { ChatStatistics } from "./statistics.ts";
import { verifyBearer } from "./verifying.ts";
import { visitorOf } from "./visitor.ts";

/** How often deadlines are looked at: they are met to within so much. */
const DEADLINE_CHECK_MS = 1_000;

/** How long `close` flushes; a member that takes a byte now and then must not hold up the end for ever. */
const CLOSE_GRACE_MS = 10_000;

/** What a hub is made of. */
export interface HubOptions extends AccessRules {
  /** Where events are kept. The hub does not close it. */
  readonly log: EventLog;
  /** Where names and positions are kept. The hub does not close it. */
  readonly registry: Registry;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
  /** What differs from the default limits. */
  readonly limits?: Partial<Limits>;
  /** Told what happens. */
  readonly observer?: ChatObserver;
  /** The files that messages can name. @default none */
  readonly files?: SharedFiles;
}

/**
 * The chat itself: members, rooms and their streams, without sockets.
 *
 * - I1 What members get comes from the log's tail, never from what `append` answered: nobody sees an
 *   event before it is stored as its acknowledgement says.
 * - I2 On one connection the seq of a stream only rises, without gap or repeat.
 * - I3 A slow member delays nobody, and costs a position and one write.
 *
 * @example
 * ```ts ignore
 * const hub = new Hub({ log: memoryLog(), registry: memoryRegistry() });
 * const member = hub.open(session);
 * await member.handle({ type: "connect", payload: { protocol: 1, name: "ann" } }, 64);
 * ```
 */
export class Hub implements AsyncDisposable {
  readonly #state: ChatState;
  readonly #members = new Set<Member>();
  readonly #listeners = new Set<Listener>();
  readonly #pace: ProgramPace;
  readonly #grants: Grants;
  readonly #tail: Disposable;
  #deadlines: Disposable | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param options The ports, the clock, the limits.
   * @throws {RangeError} A limit allows more than the protocol does.
   */
  constructor(options: HubOptions) {
    const { log, registry, clock = systemClock, limits = {}, observer = {} } = options;
    const { files = NO_FILES } = options;
    checkLimits(limits);
    this.#state = new ChatState({
      log,
      registry,
      clock,
      observer,
      files,
      limits: { ...DEFAULT_LIMITS, ...limits, idWindowMs: log.idWindowMs },
      rules: accessRules(options),
      endListeners: (name) => this.#endListeners(name),
    });
    this.#pace = new ProgramPace(this.limits);
    this.#grants = new Grants((bearer) => verifyBearer(this.#state, bearer));
    this.#tail = log.tail((events) => this.#state.streams.deliver(events));
  }

  /** How many sessions there are. */
  get size(): number {
    return this.#members.size;
  }

  /** The limits in force. */
  get limits(): Limits {
    return this.#state.limits;
  }

  /**
   * Memory that the hub holds for all, in bytes: encoded events, answers that wait to go out, and what
   * writes of events hold that are under way (some of it is held by the feeds too).
   */
  get heldBytes(): { readonly feeds: number; readonly outboxes: number; readonly writes: number } {
    const { streams, outboxBudget: { heldBytes, writtenBytes } } = this.#state;
    return { feeds: streams.heldBytes, outboxes: heldBytes, writes: writtenBytes };
  }

  /** How the chat stands, and what it has done; cheap to ask for. */
  get statistics(): ChatStatistics {
    const { rooms, memberCount, streams, outboxBudget, unacknowledged, logSilenceMs } = this.#state;
    const { errors, ended, ...counters } = this.#state.counters;
    return {
      rooms: rooms.size,
      members: memberCount,
      feedBytes: streams.heldBytes,
      outboxBytes: outboxBudget.heldBytes,
      writeBytes: outboxBudget.writtenBytes,
      unacknowledged,
      logSilenceMs,
      ...counters,
      errors: errors.counts,
      ended: ended.counts,
    };
  }

  /**
   * Tells whose a bearer token is: what comes without `connect` bears one.
   *
   * @param bearer The word, as `formatBearer` makes it.
   * @returns The name as it was registered.
   * @throws {ProtocolError} `unauthorized`, `invalid_name`.
   */
  async authenticate(bearer: string): Promise<string> {
    return (await verifyBearer(this.#state, bearer)).name;
  }

  /**
   * Lets somebody who bears a token do what takes time, outside of the chat: until the token is over.
   *
   * @param bearer The word, as `formatBearer` makes it.
   * @returns Whose it is, and a signal; to be disposed when it is done.
   * @throws {ProtocolError} `unauthorized`, `invalid_name`.
   */
  grant(bearer: string): Promise<Grant> {
    return this.#grants.give(bearer);
  }

  /**
   * Lets a program do things that bears a token and does not connect.
   *
   * @param bearer The word, as `formatBearer` makes it.
   * @param peer The program's address, for logs.
   * @returns What it may do.
   * @throws {ProtocolError} `unauthorized`, `invalid_name`.
   */
  async program(bearer: string, peer: string): Promise<Program> {
    const state = this.#state;
    const owner = await verifyBearer(state, bearer);
    const { name, inbox } = owner;
    // Who writes without ever connecting uses the name too.
    if (this.#pace.isRenewalDue(name, state.clock.now())) {
      state.names.renew(name).catch((error) => state.observer.failed?.({ peer, name }, error));
    }
    const { log } = await state.log.state(inboxStream(name));
    const floor = inbox.log === log ? inbox.seq : 0;
    // A program's token is no proof of an admin's key.
    const visitor = visitorOf(owner, false);
    const listen = (session: Session) => this.#listen(session, visitor);
    const verify = () => verifyBearer(state, bearer);
    return new Program({ state, pace: this.#pace, name, visitor, peer, floor, listen, verify });
  }

  /**
   * Takes a connection in; one that comes when the hub was closed is ended at once.
   *
   * @param session Its outgoing half.
   * @returns Its member: hand it the requests, one after the other, and the end.
   */
  open(session: Session): Member {
    const member = new Member(this.#state, session, runRequest);
    this.#members.add(member);
    member.ended.then(() => {
      this.#members.delete(member);
      if (this.#isEmpty) this.#stopDeadlines();
    });
    this.#deadlines ??= this.#watchDeadlines();
    if (this.#closing !== undefined) member.abort("shutdown");
    return member;
  }

  /**
   * Changes who is let in; sessions go that would not be any more.
   *
   * @param rules The rules that change.
   */
  changeAccess(rules: AccessRules): void {
    const { access } = this.#state;
    access.change(rules);
    if (access.allowsKeyless) return;
    for (const member of this.#members) {
      const { name, proven } = member;
      if (name === undefined && !this.#state.isArriving(member)) continue;
      if (proven !== undefined && access.allows(proven)) continue;
      // Who has shown a token is looked at again when it connects again.
      member.refuse(
        new ProtocolError("logged_out", "Who is let in here has changed: connect again"),
      );
      if (name !== undefined && proven !== undefined) {
        this.#state.sessionTokens.revoke(name, proven.key);
      }
    }
    this.#grants.recheck();
    for (const listener of [...this.#listeners]) listener.abort("logged_out");
  }

  #endListeners(name: string): void {
    this.#grants.recheck(name);
    for (const listener of [...this.#listeners]) {
      if (fold(listener.name) === fold(name)) listener.abort("logged_out");
    }
  }

  #listen(session: Session, visitor: Visitor): Listener {
    const { name } = visitor;
    const { maxSessionsPerName } = this.limits;
    const own = [...this.#listeners].filter((other) => other.name === name).length;
    if (own >= maxSessionsPerName) {
      throw new ProtocolError(
        "too_many_sessions",
        `"${name}" follows ${own} streams, as many as one may at once: end one`,
      );
    }
    if (this.#closing !== undefined) {
      throw new ProtocolError("shutdown", "The server is stopping: connect again later");
    }
    const listener = new Listener(this.#state, session, visitor);
    this.#listeners.add(listener);
    listener.ended.then(() => {
      this.#listeners.delete(listener);
      if (this.#isEmpty) this.#stopDeadlines();
    });
    this.#deadlines ??= this.#watchDeadlines();
    return listener;
  }

  get #isEmpty(): boolean {
    return this.#members.size === 0 && this.#listeners.size === 0;
  }

  /**
   * Tells all members that the server stops, flushes what they are to get for up to 10 s, and ends them.
   * Idempotent.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Ends everybody at once, without a word. */
  abort(reason: string): void {
    this.#closing ??= Promise.resolve();
    for (const one of [...this.#members, ...this.#listeners]) one.abort(reason);
    this.#giveBack();
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const [members, listeners] = [[...this.#members], [...this.#listeners]];
    using _grace = this.#state.clock.after(CLOSE_GRACE_MS, () => {
      for (const one of [...members, ...listeners]) one.abort("shutdown");
    });
    const payload = { kind: "shutdown", message: "The server is stopping: connect again later" };
    for (const member of members) {
      member.stop();
      member.send({ type: "notification", payload });
    }
    // What one member has said is still told to the others; that they all leave now is not.
    await Promise.all(members.map((member) => member.answered()));
    for (const member of members) member.freeze();
    for (const member of members) member.finish("shutdown");
    for (const listener of listeners) listener.close();
    await Promise.all([...members, ...listeners].map(({ ended }) => ended));
    this.#giveBack();
  }

  #giveBack(): void {
    this.#tail[Symbol.dispose]();
    this.#state.roomRecords.close();
    this.#stopDeadlines();
    for (const timer of this.#state.handovers) timer[Symbol.dispose]();
    this.#state.handovers.clear();
  }

  #watchDeadlines(): Disposable {
    return this.#state.clock.after(DEADLINE_CHECK_MS, () => {
      const now = this.#state.clock.now();
      for (const one of [...this.#members, ...this.#listeners]) one.checkDeadlines(now);
      this.#state.renewNames(now);
      this.#state.roomRecords.renew();
      this.#deadlines = this.#isEmpty ? undefined : this.#watchDeadlines();
    });
  }

  #stopDeadlines(): void {
    this.#deadlines?.[Symbol.dispose]();
    this.#deadlines = undefined;
  }
}
