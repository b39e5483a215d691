import type { Clock } from "../clock/clock.ts";
import type { Away } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import type { LiveStream } from "./live_stream.ts";

/** In a crowd, joins and leaves are told together, so often. */
const CROWD_NOTICE_MS = 1_000;

/** In a room of more, the joins and leaves of half a second are told in one write. */
const SMALL_ROOM = 16;
const GATHER_MS = 500;

/** What has happened to a member. */
export type PresenceKind = "join" | "leave" | "away" | "back";

/** What is to be told of a member. */
interface News {
  readonly kind: PresenceKind;
  readonly name: string;
  readonly away: Away | undefined;
}

/** What a crowd is told together, by folded name: the last word counts. */
interface Untold {
  /** Who came and went. */
  readonly coming: Map<string, News>;
  /** Who went away or came back. */
  readonly away: Map<string, News>;
  readonly timer: Disposable;
}

/** What notices are made of. */
export interface PresenceOptions {
  /** The room's stream. */
  readonly live: LiveStream;
  readonly clock: Clock;
  /** Above so many members, those of one second are told together. */
  readonly crowdMembers: number;
  /** Who is in the room. */
  readonly members: { readonly count: number };
}

/**
 * Tells a room who comes and goes, who is away and back. It is in no log.
 *
 * - I1 Each notice says how many members there are then.
 * - I2 In a crowd there is one notice of each kind a second, however many come and go.
 * - I3 What is told last of a member is how it is.
 */
export class PresenceNotices {
  readonly #live: LiveStream;
  readonly #clock: Clock;
  readonly #crowdMembers: number;
  readonly #members: PresenceOptions["members"];
  /** Wakes those who have not been told yet of what is in the feed. */
  #waking: Disposable | undefined;
  #untold: Untold | undefined;

  /** @param options The room's stream, and when it is a crowd. */
  constructor({ live, clock, crowdMembers, members }: PresenceOptions) {
    this.#live = live;
    this.#clock = clock;
    this.#crowdMembers = crowdMembers;
    this.#members = members;
  }

  /**
   * Tells that a member has come or gone, is away or back: at once, or in a crowd soon.
   *
   * @param kind What has happened.
   * @param name Whose name.
   * @param away What is told of the member's being away.
   */
  tell(kind: PresenceKind, name: string, away?: Away): void {
    if (this.#untold === undefined && this.#members.count <= this.#crowdMembers) {
      return this.#tellOne(kind, name, away);
    }
    this.#untold ??= {
      coming: new Map(),
      away: new Map(),
      timer: this.#clock.after(CROWD_NOTICE_MS, () => this.#tellCrowd()),
    };
    const { coming, away: aways } = this.#untold;
    const news = { kind, name, away };
    if (kind === "away" || kind === "back") return void aways.set(fold(name), news);
    coming.set(fold(name), news);
    // Who comes again begins anew.
    aways.delete(fold(name));
  }

  /** What somebody is told who missed some. */
  resync(): object {
    return this.#notification("resync", `Some joins and leaves were missed: ${this.#crowd()}`);
  }

  /** Takes back what was to be told later: nobody is here any more. */
  close(): void {
    this.#waking?.[Symbol.dispose]();
    this.#waking = undefined;
    this.#untold?.timer[Symbol.dispose]();
    this.#untold = undefined;
  }

  #tellOne(kind: PresenceKind, name: string, away: Away | undefined): void {
    const text = away?.text === undefined ? "" : `: ${away.text}`;
    const sentence = {
      join: `${name} joined ${this.#live.name}`,
      leave: `${name} left ${this.#live.name}`,
      away: `${name} is away${text}`,
      back: `${name} is back`,
    }[kind];
    const about = { name, ...(away === undefined ? {} : { away }) };
    this.#live.notice(this.#notification(kind, sentence, about));
    this.#wake();
  }

  /**
   * Wakes the members for a notice. When many come at once, a write to everybody for each would cost
   * more than all else; what is said meanwhile takes the notices before it along.
   */
  #wake(): void {
    if (this.#members.count <= SMALL_ROOM) return this.#live.wake();
    this.#waking ??= this.#clock.after(GATHER_MS, () => {
      this.#waking = undefined;
      this.#live.wake();
    });
  }

  #tellCrowd(): void {
    const { coming, away } = this.#untold!;
    this.#untold = undefined;
    const news = [...coming.values(), ...away.values()];
    const verbs = {
      join: `joined ${this.#live.name}`,
      leave: `left ${this.#live.name}`,
      away: "are away",
      back: "are back",
    };
    for (const kind of ["join", "leave", "away", "back"] as const) {
      const [verb, those] = [verbs[kind], news.filter((one) => one.kind === kind)];
      if (those.length === 1) this.#tellOne(kind, those[0]!.name, those[0]!.away);
      else if (those.length > 1) {
        const text = `${those.length} members ${verb}: ${this.#crowd()}`;
        this.#live.notice(this.#notification(kind, text));
        this.#live.wake();
      }
    }
  }

  #crowd(): string {
    return this.#members.count === 1
      ? "1 member is here"
      : `${this.#members.count} members are here`;
  }

  #notification(kind: string, message: string, about: { readonly name?: string } = {}): object {
    const payload = { room: this.#live.name, kind, ...about, count: this.#members.count, message };
    return { type: "notification", payload };
  }
}
