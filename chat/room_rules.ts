import { ProtocolError } from "../codec/errors.ts";
import {
  isSame,
  NO_RECORD,
  type Restriction,
  restrictionOf,
  roleOf,
  type RoomRecord,
  type Visitor,
} from "./room_record.ts";

/**
 * What holds in a room now: its record as it was last seen, which changes while members are in it.
 *
 * - I1 What is asked before each message is one field, `restrictsSaying`.
 */
export class RoomRules {
  /** The room's name. */
  readonly room: string;
  #record: RoomRecord = NO_RECORD;
  #restrictsSaying = false;

  /** @param room The room's checked name. */
  constructor(room: string) {
    this.room = room;
  }

  /** The record as it was last seen. */
  get record(): RoomRecord {
    return this.#record;
  }

  /** The record is another one from now on. */
  set record(record: RoomRecord) {
    this.#record = record;
    this.#restrictsSaying = record.muted.length > 0 || record.secret !== undefined;
  }

  /** Whether {@link checkSaying} may have something against a member. */
  get restrictsSaying(): boolean {
    return this.#restrictsSaying;
  }

  /**
   * Says no to who may not be in the room, and not read it.
   *
   * @throws {ProtocolError} `banned`, `invite_only`.
   */
  checkEntering(visitor: Visitor, now: number): void {
    const { banned, isPrivate, invited } = this.#record;
    if (!isPrivate && banned.length === 0) return;
    if (roleOf(this.#record, visitor) !== undefined) return;
    const ban = restrictionOf(banned, visitor, now);
    if (ban !== undefined) throw bannedError(this.room, ban);
    if (!isPrivate || invited.some((one) => isSame(one, visitor))) return;
    throw new ProtocolError(
      "invite_only",
      `Cannot enter "${this.room}": it is private, and its owner or an operator must invite you first`,
    );
  }

  /**
   * Says no to who may be in the room and not say something there.
   *
   * @param visitor Who wants to say it.
   * @param isSealed Whether it is sealed.
   * @param now Unix time in milliseconds.
   * @throws {ProtocolError} `sealed_only`, `muted`.
   */
  checkSaying(visitor: Visitor, isSealed: boolean, now: number): void {
    const { muted, secret } = this.#record;
    if (secret !== undefined && !isSealed) {
      throw new ProtocolError(
        "sealed_only",
        `Cannot say this in "${this.room}": the room is secret, so say it with a client that seals what it sends`,
      );
    }
    if (muted.length === 0 || roleOf(this.#record, visitor) !== undefined) return;
    const mute = restrictionOf(muted, visitor, now);
    if (mute === undefined) return;
    throw new ProtocolError(
      "muted",
      `Cannot say this in "${this.room}": you are muted there ${duration(mute)}`,
      untilOf(mute),
    );
  }
}

/** What somebody is told who is banned from a room. */
export function bannedError(room: string, ban: Restriction): ProtocolError {
  const text = `Cannot be in "${room}": you are banned from it ${duration(ban)}`;
  return new ProtocolError("banned", text, untilOf(ban));
}

function untilOf({ until }: Restriction): { readonly details?: { readonly until: number } } {
  return until === undefined ? {} : { details: { until } };
}

function duration({ until }: Restriction): string {
  if (until === undefined) return "until an operator ends that";
  const moment = new Date(until).toISOString().slice(0, 19).replace("T", " ");
  return `until ${moment} UTC`;
}
