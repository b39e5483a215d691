import type { RoomMember } from "../protocol/chat.ts";
import type { Person } from "./person.ts";
import type { Room } from "./room.ts";
import type { Visitor } from "./room_record.ts";
import { Standings } from "./standings.ts";
import type { ChatState } from "./state.ts";
import { isGuest } from "./visitor.ts";

/**
 * What a member of a room may know of the others.
 *
 * @param state The chat.
 * @param room The room.
 * @param names Of whom, as they are registered; they are in the room.
 */
export function peopleIn(state: ChatState, room: Room, names: readonly string[]): RoomMember[] {
  const standings = new Standings(room.rules.record, state.clock.now());
  return names.map((name) => roomMember(name, room, state.connected(name), standings));
}

function roomMember(
  name: string,
  room: Room,
  person: Person | undefined,
  standings: Standings,
): RoomMember {
  const here = person?.sessions.filter(({ rooms }) => rooms.has(room.name)) ?? [];
  const visitors = here.map(({ visitor }) => visitor);
  // With one of its devices the person may be an admin.
  const visitor = visitors.find(({ isAdmin }) => isAdmin) ?? visitors[0];
  const role = visitor && standings.roleOf(visitor);
  return {
    name,
    ...(role === undefined ? {} : { role }),
    ...awayFor(person, visitor, standings),
    since: room.sinceOf(name),
    ...(isGuest(name) ? { isGuest: true } : {}),
    // A device that connects anew is still there.
    devices: Math.max(1, here.length),
  };
}

function awayFor(
  person: Person | undefined,
  visitor: Visitor | undefined,
  standings: Standings,
): Pick<RoomMember, "away"> {
  const away = person?.away;
  if (away === undefined) return {};
  const isTold = away.text === undefined || visitor !== undefined && standings.mayWrite(visitor);
  return { away: isTold ? away : { since: away.since } };
}
