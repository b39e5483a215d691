import { ProtocolError } from "../codec/errors.ts";
import type { Away, ChatMessage } from "../protocol/chat.ts";
import type { Room } from "./room.ts";
import type { Visitor } from "./room_record.ts";
import type { ProvenKey } from "./access.ts";

/** One of a person's sessions. */
export interface Presence {
  /** Higher than that of every session that was opened before. */
  readonly serial: number;
  /** The key that it has proven; undefined where it has shown a token. */
  readonly proven: ProvenKey | undefined;
  /** Tells an error, and ends where it is fatal. */
  refuse(error: unknown): void;
  /** Who it is to rooms. */
  readonly visitor: Visitor;
  /** The rooms that it is in, by name. */
  readonly rooms: ReadonlyMap<string, { readonly room: Room }>;
  /** The same device has connected again: this one is a ghost. */
  replace(): void;
  /** Makes it leave a room, if it is in it, and tells it why. */
  expel(room: string, why: ProtocolError): void;
  /** Queues a message. */
  send(message: ChatMessage): void;
}

/** A name that is connected, with one or more sessions. */
export class Person {
  /** The name as it is registered. */
  readonly name: string;
  /** When the lease of the name is to be renewed next; connecting has just done so. */
  renewAt: number;
  /** That it has said to be away; undefined where it is here. */
  away: Away | undefined;
  /** When it was last said that it is away, or back; Unix milliseconds. */
  awayChangedAt = 0;
  readonly #maxSessions: number;
  /** With the device of each, where its client said: few, so no map. */
  #sessions: readonly (readonly [Presence, string | undefined])[] = [];

  /**
   * @param name The name as it is registered.
   * @param maxSessions How many sessions it may have.
   * @param renewAt When the lease of the name is to be renewed first, Unix milliseconds.
   */
  constructor(name: string, maxSessions: number, renewAt: number) {
    this.name = name;
    this.renewAt = renewAt;
    this.#maxSessions = maxSessions;
  }

  /** Its sessions. */
  get sessions(): Presence[] {
    return this.#sessions.map(([session]) => session);
  }

  /** Whether there is any session. */
  get connected(): boolean {
    return this.#sessions.length > 0;
  }

  /**
   * Adds a session; one of the same device goes. The one that was opened later stays: a `connect` may
   * come late, when its client has given up waiting for the answer and connected again.
   *
   * @param session The new session.
   * @param device Which device it is on, where the client said.
   * @throws {ProtocolError} `too_many_sessions`, `replaced`.
   */
  add(session: Presence, device: string | undefined): void {
    const [ghost] = device === undefined
      ? []
      : this.#sessions.find(([, other]) => other === device) ?? [];
    if (ghost !== undefined && ghost.serial > session.serial) throw replaced();
    if (ghost === undefined && this.#sessions.length >= this.#maxSessions) {
      throw new ProtocolError(
        "too_many_sessions",
        `Cannot connect as "${this.name}" once more: ${this.#maxSessions} sessions are allowed, end one`,
      );
    }
    const others = this.#sessions.filter(([other]) => other !== ghost);
    // Before the ghost goes, so that the person never seems away.
    this.#sessions = [...others, [session, device]];
    ghost?.replace();
  }

  /** Takes a session off. */
  remove(session: Presence): void {
    this.#sessions = this.#sessions.filter(([other]) => other !== session);
  }
}

/** What a session is told that is over because its device has connected again. */
export function replaced(): ProtocolError {
  return new ProtocolError(
    "replaced",
    "The same device has connected again: this session is over",
  );
}
