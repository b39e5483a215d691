import type { Clock } from "../clock/clock.ts";
import type { Away } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import type { LiveStream } from "./live_stream.ts";
import type { RulesHold } from "./room_records.ts";
import type { RoomRules } from "./room_rules.ts";
import { type NamePage, SortedNames } from "./sorted_names.ts";

/** In a crowd, joins and leaves are told together, so often. */
const CROWD_NOTICE_MS = 1_000;

/** In a room of more, the joins and leaves of half a second are told in one write. */
const SMALL_ROOM = 16;
const GATHER_MS = 500;

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

type PresenceKind = "join" | "leave" | "away" | "back";

/** A name in a room. */
interface RoomMembership {
  /** As it is registered. */
  readonly name: string;
  sessions: number;
  /** When its first session came, Unix milliseconds. */
  readonly since: number;
}

/** What is to be told of a member. */
interface News {
  readonly name: string;
  readonly away: Away | undefined;
}

/** What a crowd is told together. */
interface Untold {
  readonly join: News[];
  readonly leave: News[];
  /** Who went away or came back, by folded name: the last word counts. */
  readonly away: Map<string, News>;
  readonly timer: Disposable;
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
  readonly #crowdMembers: number;
  /** By folded name. */
  readonly #members = new Map<string, RoomMembership>();
  /** Folded. */
  readonly #names = new SortedNames();
  /** Wakes those who have not been told yet of what is in the feed. */
  #waking: Disposable | undefined;
  #untold: Untold | undefined;

  /** @param options The room's stream, and when it is a crowd. */
  constructor(options: RoomOptions) {
    this.name = options.live.name;
    this.live = options.live;
    this.rules = options.held.rules;
    this.#held = options.held;
    this.#clock = options.clock;
    this.#crowdMembers = options.crowdMembers;
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
      return;
    }
    this.#members.set(fold(name), { name, sessions: 1, since: this.#clock.now() });
    this.#names.add(fold(name));
    this.#tell("join", name, away);
  }

  /** A session of this name leaves. */
  leave(name: string): void {
    const member = this.#members.get(fold(name));
    if (member === undefined || --member.sessions > 0) return;
    this.#members.delete(fold(name));
    this.#names.delete(fold(name));
    this.#tell("leave", name);
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
    this.#tell(away === undefined ? "back" : "away", name, away);
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
    return this.#notification("resync", `Some joins and leaves were missed: ${this.#crowd()}`);
  }

  /** Takes back what was to be told later: nobody is here any more. */
  close(): void {
    this.#held[Symbol.dispose]();
    this.#waking?.[Symbol.dispose]();
    this.#waking = undefined;
    this.#untold?.timer[Symbol.dispose]();
    this.#untold = undefined;
  }

  #tell(kind: PresenceKind, name: string, away?: Away): void {
    if (this.#untold === undefined && this.count <= this.#crowdMembers) {
      return this.#tellOne(kind, name, away);
    }
    this.#untold ??= {
      join: [],
      leave: [],
      away: new Map(),
      timer: this.#clock.after(CROWD_NOTICE_MS, () => this.#tellCrowd()),
    };
    if (kind === "join" || kind === "leave") this.#untold[kind].push({ name, away });
    else this.#untold.away.set(fold(name), { name, away });
  }

  #tellOne(kind: PresenceKind, name: string, away: Away | undefined): void {
    const text = away?.text === undefined ? "" : `: ${away.text}`;
    const sentence = {
      join: `${name} joined ${this.name}`,
      leave: `${name} left ${this.name}`,
      away: `${name} is away${text}`,
      back: `${name} is back`,
    }[kind];
    const about = { name, ...(away === undefined ? {} : { away }) };
    this.live.notice(this.#notification(kind, sentence, about));
    this.#wake();
  }

  /**
   * Wakes the members for a notice. When many come at once, a write to everybody for each would cost
   * more than all else; what is said meanwhile takes the notices before it along.
   */
  #wake(): void {
    if (this.count <= SMALL_ROOM) return this.live.wake();
    this.#waking ??= this.#clock.after(GATHER_MS, () => {
      this.#waking = undefined;
      this.live.wake();
    });
  }

  #tellCrowd(): void {
    const { join, leave, away } = this.#untold!;
    this.#untold = undefined;
    const here = [...away.values()].filter(({ name }) => this.has(name));
    const told = [
      ["join", `joined ${this.name}`, join],
      ["leave", `left ${this.name}`, leave],
      ["away", "are away", here.filter((one) => one.away !== undefined)],
      ["back", "are back", here.filter((one) => one.away === undefined)],
    ] as const;
    for (const [kind, verb, those] of told) {
      if (those.length === 1) this.#tellOne(kind, those[0]!.name, those[0]!.away);
      else if (those.length > 1) {
        const text = `${those.length} members ${verb}: ${this.#crowd()}`;
        this.live.notice(this.#notification(kind, text));
        this.live.wake();
      }
    }
  }

  #crowd(): string {
    return this.count === 1 ? "1 member is here" : `${this.count} members are here`;
  }

  #notification(kind: string, message: string, about: { readonly name?: string } = {}): object {
    const payload = { room: this.name, kind, ...about, count: this.count, message };
    return { type: "notification", payload };
  }
}
