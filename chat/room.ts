import type { Clock } from "../clock/clock.ts";
import type { Away } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import { isSameAway } from "./away.ts";
import type { LiveStream } from "./live_stream.ts";
import { PresenceNotices } from "./presence_notices.ts";
import type { RulesHold } from "./room_records.ts";
import type { RoomRules } from "./room_rules.ts";
import { type NamePage, SortedNames } from "./sorted_names.ts";

/** What a room works with. */
export interface RoomOptions {
  /** The room's stream. */
  readonly live: LiveStream;
  /** What holds there. The room disposes it. */
  readonly held: RulesHold;
  readonly clock: Clock;
  /** Above so many members, joins and leaves are told once a second. */
  readonly crowdMembers: number;
}

/** A name in a room. */
interface RoomMembership {
  /** As it is registered. */
  readonly name: string;
  sessions: number;
  /** When its first session came, Unix milliseconds. */
  readonly since: number;
  /** What the others were told last of its being away. */
  away: Away | undefined;
}

/**
 * Who is in a room. A name is in it once, however many sessions it has there.
 *
 * - I1 The first session's coming and the last one's going are told to the others, no more.
 */
export class Room {
  /** The room's name, and its stream's. */
  readonly name: string;
  /** The room's stream, as this server's members follow it. */
  readonly live: LiveStream;
  /** What holds in it now. */
  readonly rules: RoomRules;
  readonly #held: RulesHold;
  readonly #clock: Clock;
  /** By folded name. */
  readonly #members = new Map<string, RoomMembership>();
  /** Folded. */
  readonly #names = new SortedNames();
  readonly #notices: PresenceNotices;

  /** @param options The room's stream, and when it is a crowd. */
  constructor(options: RoomOptions) {
    this.name = options.live.name;
    this.live = options.live;
    this.rules = options.held.rules;
    this.#held = options.held;
    this.#clock = options.clock;
    this.#notices = new PresenceNotices({ ...options, members: this });
  }

  /** How many names are in it. */
  get count(): number {
    return this.#members.size;
  }

  /**
   * A session of this name joins.
   *
   * @param name The member's name.
   * @param away That it is away, as the room is told it.
   */
  join(name: string, away?: Away): void {
    const member = this.#members.get(fold(name));
    if (member !== undefined) {
      member.sessions++;
      // It may have been said while the device that is in the room connected anew.
      if (!isSameAway(member.away, away)) this.tellAway(member.name, away);
      return;
    }
    this.#members.set(fold(name), { name, sessions: 1, since: this.#clock.now(), away });
    this.#names.add(fold(name));
    this.#notices.tell("join", name, away);
  }

  /** A session of this name leaves. */
  leave(name: string): void {
    const member = this.#members.get(fold(name));
    if (member === undefined || --member.sessions > 0) return;
    this.#members.delete(fold(name));
    this.#names.delete(fold(name));
    this.#notices.tell("leave", name);
  }

  /**
   * The names in it, in the order of their folded form.
   *
   * @param after Only names after this one.
   * @param limit How many at most.
   * @returns A page of names.
   */
  page(after: string | undefined, limit: number): NamePage {
    const { names, more } = this.#names.page(after && fold(after.normalize("NFC")), limit);
    return { names: names.map((name) => this.#members.get(name)!.name), more };
  }

  /**
   * Since when a name is in it, Unix milliseconds.
   *
   * @param name The name of a member.
   */
  sinceOf(name: string): number {
    return this.#members.get(fold(name))?.since ?? this.#clock.now();
  }

  /**
   * Tells that a member is away, or back.
   *
   * @param name The member's name.
   * @param away What is told of it; undefined where the member is back.
   */
  tellAway(name: string, away: Away | undefined): void {
    const member = this.#members.get(fold(name));
    if (member === undefined) return;
    member.away = away;
    this.#notices.tell(away === undefined ? "back" : "away", name, away);
  }

  /** The names in it, as they are registered. */
  get names(): string[] {
    return Array.from(this.#members.values(), ({ name }) => name);
  }

  /** Whether a name is in it. */
  has(name: string): boolean {
    return this.#members.has(fold(name));
  }

  /**
   * Tells everybody in it what was done to it.
   *
   * @param kind A notification's kind.
   * @param message A sentence for people.
   * @param about Whom it is about, and what else belongs to it.
   */
  announce(
    kind: string,
    message: string,
    about: { readonly name?: string; readonly topic?: string } = {},
  ): void {
    this.live.notice({
      type: "notification",
      payload: { room: this.name, kind, ...about, count: this.count, message },
    });
    this.live.wake();
  }

  /** What a member is told who missed joins and leaves. */
  resync(): object {
    return this.#notices.resync();
  }

  /** Takes back what was to be told later: nobody is here any more. */
  close(): void {
    this.#held[Symbol.dispose]();
    this.#notices.close();
  }
}
