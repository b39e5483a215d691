import { ProtocolError } from "../codec/errors.ts";
import type { Joined } from "../protocol/chat.ts";
import type { Member } from "./member.ts";
import { NO_RECORD, roleOf, type Visitor } from "./room_record.ts";
import type { RulesHold } from "./room_records.ts";
import type { RoomRules } from "./room_rules.ts";
import { storing } from "./storing.ts";
import { isGuest } from "./visitor.ts";

/** The room that everybody is in first: it belongs to nobody. */
export const OPEN_ROOM = "lobby";

/**
 * Lets a member into a room, who owns it then if it never was there.
 *
 * @param member Who wants to join.
 * @param room The room's checked name.
 * @returns What holds there; to be disposed.
 * @throws {ProtocolError} `banned`, `invite_only`, `storage_failed`.
 */
export async function enter(member: Member, room: string): Promise<RulesHold> {
  const { roomRecords, clock } = member.state;
  const held = await storing(member, () => roomRecords.hold(room), "look the room up");
  try {
    if (!held.isKept && await isNew(member, room)) await own(member, room);
    held.rules.checkEntering(member.visitor, clock.now());
    return held;
  } catch (error) {
    held[Symbol.dispose]();
    throw error;
  }
}

/** What `joined` tells of a room's record. */
export function told(
  { record }: RoomRules,
  visitor: Visitor,
): Pick<Joined, "topic" | "isPrivate" | "secret" | "role"> {
  const { topic, isPrivate, secret } = record;
  const role = roleOf(record, visitor);
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(isPrivate ? { isPrivate } : {}),
    ...(secret === undefined ? {} : { secret }),
    ...(role === undefined ? {} : { role }),
  };
}

/** Whether nobody was ever in a room, and somebody may own it. */
export async function isNew({ state }: Member, room: string): Promise<boolean> {
  if (room === OPEN_ROOM || state.rooms.find(room) !== undefined) return false;
  return (await state.log.state(room)).last === 0;
}

/** Makes a new room a member's own. Where that cannot be, it is nobody's, and the member joins it all the same. */
async function own(member: Member, room: string): Promise<void> {
  const { state, visitor, origin } = member;
  if (isGuest(visitor.name)) return;
  try {
    state.newRooms.take(visitor.name, origin, state.clock.now());
    const { name, since } = visitor;
    await state.roomRecords.update(room, (record, isKept) =>
      // Somebody else may have been first.
      isKept ? record : { ...NO_RECORD, owner: { name, since } });
  } catch (error) {
    // A disk that takes nothing keeps nobody out, nor that one has made many rooms.
    if (!(error instanceof ProtocolError)) state.observer.failed?.(member.info, error);
  }
}
