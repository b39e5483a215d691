import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Appended, Entry, EventLog } from "../log/event_log.ts";
import { fold } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";
import { Access, type AccessRules, type ProvenKey } from "./access.ts";
import { Allowance } from "./allowance.ts";
import { AWAY_BURST, AWAY_PER_SECOND } from "./away.ts";
import { CatchUp } from "./catch_up.ts";
import { ChatCounters } from "./counters.ts";
import type { Limits } from "./limits.ts";
import { Invitations } from "./invitations.ts";
import { Links } from "./links.ts";
import { LiveStreams } from "./live_streams.ts";
import { Names } from "./names.ts";
import type { ChatObserver } from "./observer.ts";
import { OutboxBudget } from "./outbox_budget.ts";
import { Person, type Presence } from "./person.ts";
import { Positions } from "./positions.ts";
import { enforce, type RoomListener } from "./enforcing.ts";
import { RoomAllowance } from "./room_allowance.ts";
import { RoomRecords } from "./room_records.ts";
import { Rooms } from "./rooms.ts";
import { SessionTokens } from "./session_tokens.ts";
import type { SharedFiles } from "./shared_files.ts";

/** For a lease of 30 days, once an hour. */
const RENEWALS_A_LEASE = 720;

/** Searches under way at once, of all members: each may look at everything that is kept. */
const MAX_SEARCHES = 2;

/** What a chat is made of. */
export interface ChatParts {
  readonly log: EventLog;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly observer: ChatObserver;
  readonly files: SharedFiles;
  /** Who is let in. */
  readonly rules: AccessRules;
  /** Ends what the programs of a name follow: its tokens are over. */
  readonly endListeners: (name: string) => void;
}

/** What all members of one chat share. */
export class ChatState implements Omit<ChatParts, "rules" | "endListeners"> {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly observer: ChatObserver;
  readonly files: SharedFiles;
  readonly registry: Registry;
  readonly names: Names;
  readonly access: Access;
  readonly sessionTokens: SessionTokens;
  readonly links: Links;
  readonly positions: Positions;
  readonly streams: LiveStreams;
  readonly rooms: Rooms;
  /** Who owns rooms, and what may be done there. */
  readonly roomRecords: RoomRecords;
  /** What those are told who were away when they were invited. */
  readonly invitations: Invitations;
  /** How many rooms may be made. */
  readonly newRooms: RoomAllowance;
  /** How often a name may say that it is away, over all its connections. */
  readonly awayChanges: Allowance = new Allowance(AWAY_BURST, AWAY_PER_SECOND);
  /** Who follows a room without being in it. */
  readonly listeners: Set<RoomListener> = new Set();
  /** Whose turn it is to search. */
  readonly searches: CatchUp = new CatchUp(MAX_SEARCHES);
  readonly outboxBudget: OutboxBudget;
  readonly counters: ChatCounters = new ChatCounters();
  /** Rooms that a replaced session has not left yet: its successor may take them over. */
  readonly handovers: Set<Disposable> = new Set();
  readonly #endListeners: (name: string) => void;
  readonly #newNames: Allowance;
  readonly #people = new Map<string, Person>();
  /** Sessions that are being let in, and the folded name that each is to have. */
  readonly #arriving = new Map<Presence, string>();
  #serial = 0;
  #unacknowledged = 0;
  /** When entries began to wait, or the log last answered, whichever was later. */
  #silentSince = 0;
  #waiting: (() => void)[] = [];

  /** @param parts The ports, the clock, the limits. */
  constructor(parts: ChatParts) {
    const { log, registry, clock, limits, observer, files, rules, endListeners } = parts;
    this.log = log;
    this.registry = registry;
    this.clock = clock;
    this.limits = limits;
    this.observer = observer;
    this.files = files;
    this.names = new Names(registry, limits.nameLeaseMs);
    this.access = new Access(rules, clock);
    this.sessionTokens = new SessionTokens(clock);
    this.links = new Links(this.names, clock);
    this.#endListeners = endListeners;
    this.#newNames = new Allowance(limits.newNameBurst, limits.newNamesPerHour / 3_600);
    this.positions = new Positions(registry, limits.nameLeaseMs);
    this.streams = new LiveStreams(log, limits);
    this.rooms = new Rooms(this.streams, clock, limits);
    this.invitations = new Invitations(registry, limits.nameLeaseMs);
    this.newRooms = new RoomAllowance(limits);
    this.roomRecords = new RoomRecords({
      registry,
      clock,
      leaseMs: limits.nameLeaseMs,
      onChanged: (rules) => enforce(this, rules),
      onFailed: (error) => observer.failed?.({ peer: "(rooms)", name: undefined }, error),
    });
    this.outboxBudget = new OutboxBudget(limits.maxOutboxBytesInAll);
  }

  /** How many names are connected. */
  get memberCount(): number {
    return this.#people.size;
  }

  /** Entries that wait to be stored. */
  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** How long entries have waited since the log last answered, in milliseconds; 0 where none waits. */
  get logSilenceMs(): number {
    return this.#unacknowledged === 0 ? 0 : Math.max(0, this.clock.now() - this.#silentSince);
  }

  /** A number higher than those before: for sessions, in the order in which they are opened. */
  nextSerial(): number {
    return ++this.#serial;
  }

  /** The person of a name who is connected here, if so. */
  connected(name: string): Person | undefined {
    return this.#people.get(fold(name));
  }

  /** The person of a registered name, there from now until {@link dismiss}. */
  person(name: string): Person {
    let person = this.#people.get(fold(name));
    if (person === undefined) {
      const { maxSessionsPerName, nameLeaseMs } = this.limits;
      const renewAt = this.clock.now() + nameLeaseMs / RENEWALS_A_LEASE;
      person = new Person(name, maxSessionsPerName, renewAt);
      this.#people.set(fold(name), person);
    }
    return person;
  }

  /**
   * Whether a session is an admin's: it has proven a key that is on the server's list. May do everything in every
   * room. It is asked each time, since the list can change while the session lasts.
   *
   * @param session The session, a member.
   * @returns False for who has no key.
   */
  isAdmin({ proven }: { readonly proven: ProvenKey | undefined }): boolean {
    return proven !== undefined && this.access.isAdmin(proven);
  }

  /**
   * Counts a session among those of a name while the registry is asked whether it is one: what ends them meanwhile
   * ends it too.
   *
   * @param session The session.
   * @param name The name's checked form.
   * @returns Disposing it ends that: the session is one of the person's, or none.
   */
  arrive(session: Presence, name: string): Disposable {
    this.#arriving.set(session, fold(name));
    return { [Symbol.dispose]: () => void this.#arriving.delete(session) };
  }

  /** Whether a session is being let in. */
  isArriving(session: Presence): boolean {
    return this.#arriving.has(session);
  }

  /**
   * Ends sessions of a name, also those that are being let in, and what its programs follow.
   *
   * @param name The name.
   * @param isOver Which of them.
   * @param error What they are told, a fatal one.
   */
  endSessions(name: string, isOver: (session: Presence) => boolean, error: ProtocolError): void {
    const arriving = [...this.#arriving].flatMap(([session, whose]) =>
      whose === fold(name) ? [session] : []
    );
    for (const session of new Set([...this.connected(name)?.sessions ?? [], ...arriving])) {
      if (isOver(session)) session.refuse(error);
    }
    this.#endListeners(name);
  }

  /**
   * Lets somebody take a new name: each is kept for weeks, so there is a measure.
   *
   * @param origin Whom the connection counts for.
   * @throws {ProtocolError} `too_many_connections`.
   */
  allowNewName(origin: string | undefined): void {
    if (origin === undefined) return;
    const retryAfterMs = this.#newNames.take(origin, this.clock.now());
    if (retryAfterMs === 0) return;
    throw new ProtocolError(
      "too_many_connections",
      "Your address has taken as many new names as one may: connect with one of them, or later",
      { details: { retryAfterMs } },
    );
  }

  /** Begins the leases of connected names anew: who is there uses the name, also without connecting. */
  renewNames(now: number): void {
    for (const person of this.#people.values()) {
      if (now < person.renewAt) continue;
      person.renewAt = now + this.limits.nameLeaseMs / RENEWALS_A_LEASE;
      this.names.renew(person.name).catch((error) =>
        this.observer.failed?.({ peer: "(renewal)", name: person.name }, error)
      );
    }
  }

  /** Forgets a person without sessions. */
  dismiss(person: Person): void {
    if (!person.connected) this.#people.delete(fold(person.name));
  }

  /**
   * Stores entries, and counts them while they are not stored.
   *
   * It takes callbacks, since every message comes this way: a promise more for each is felt.
   *
   * @param entries The entries.
   * @param stored Told what the log answers.
   * @param failed Told why it does not.
   */
  append(
    entries: readonly Entry[],
    stored: (results: readonly Appended[]) => void,
    failed: (error: unknown) => void,
  ): void {
    if (this.#unacknowledged === 0) this.#silentSince = this.clock.now();
    this.#unacknowledged += entries.length;
    this.log.append(entries).then((results) => {
      this.#acknowledged(entries.length);
      stored(results);
    }, (error) => {
      this.#acknowledged(entries.length);
      failed(error);
    });
  }

  /** Resolves when the log is not behind; undefined where it is not. */
  storable(): Promise<void> | undefined {
    if (!this.#crowded) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #acknowledged(entries: number): void {
    this.#unacknowledged -= entries;
    if (this.#unacknowledged > 0) this.#silentSince = this.clock.now();
    if (this.#waiting.length === 0 || this.#crowded) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  get #crowded(): boolean {
    return this.#unacknowledged > this.limits.maxUnacknowledged;
  }
}
