import type { Clock } from "../clock/clock.ts";
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
  readonly #members = new Map<string, { readonly name: string; sessions: number }>();
  /** Folded. */
  readonly #names = new SortedNames();
  /** Wakes those who have not been told yet of what is in the feed. */
  #waking: Disposable | undefined;
  #untold: { joined: string[]; left: string[]; readonly timer: Disposable } | undefined;

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

  /** A session of this name joins. */
  join(name: string): void {
    const member = this.#members.get(fold(name));
    if (member !== undefined) {
      member.sessions++;
      return;
    }
    this.#members.set(fold(name), { name, sessions: 1 });
    this.#names.add(fold(name));
    this.#tell("join", name);
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

  #tell(kind: "join" | "leave", name: string): void {
    if (this.#untold === undefined && this.count <= this.#crowdMembers) {
      return this.#tellOne(kind, name);
    }
    this.#untold ??= {
      joined: [],
      left: [],
      timer: this.#clock.after(CROWD_NOTICE_MS, () => this.#tellCrowd()),
    };
    this.#untold[kind === "join" ? "joined" : "left"].push(name);
  }

  #tellOne(kind: "join" | "leave", name: string): void {
    const verb = kind === "join" ? "joined" : "left";
    this.live.notice(this.#notification(kind, `${name} ${verb} ${this.name}`, name));
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
    const { joined, left } = this.#untold!;
    this.#untold = undefined;
    for (
      const [kind, verb, names] of [["join", "joined", joined], ["leave", "left", left]] as const
    ) {
      if (names.length === 1) this.#tellOne(kind, names[0]!);
      else if (names.length > 1) {
        const text = `${names.length} members ${verb} ${this.name}: ${this.#crowd()}`;
        this.live.notice(this.#notification(kind, text));
        this.live.wake();
      }
    }
  }

  #crowd(): string {
    return this.count === 1 ? "1 member is here" : `${this.count} members are here`;
  }

  #notification(kind: string, message: string, name?: string): object {
    const payload = {
      room: this.name,
      kind,
      ...(name === undefined ? {} : { name }),
      count: this.count,
      message,
    };
    return { type: "notification", payload };
  }
}
