import { ProtocolError } from "../codec/errors.ts";
import type { AwayRequest } from "../protocol/chat.ts";
import { checkAwayText } from "../protocol/text.ts";
import { awayIn, awayOf, isSameAway } from "./away.ts";
import { refOf } from "./following.ts";
import type { Member } from "./member.ts";
import type { Person } from "./person.ts";
import type { Room } from "./room.ts";

/**
 * Does `away`: the person is away from now on, or back, with all of its devices.
 *
 * @throws {ProtocolError} `invalid_text`, `rate_limited`.
 */
export function away(member: Member, request: AwayRequest): void {
  const { state } = member;
  const person = state.connected(member.name!)!;
  const text = request.away ? checkAwayText(request.text) : undefined;
  const now = state.clock.now();
  const since = Math.min(request.since ?? now, now);
  const wanted = request.away ? { ...(text === undefined ? {} : { text }), since } : undefined;
  // What is said again may have been overtaken by another device.
  const isOvertaken = request.since !== undefined && since <= person.awayChangedAt;
  if (!isOvertaken && !isSameAway(person.away, wanted)) {
    allow(member, now);
    person.awayChangedAt = since;
    person.away = wanted;
    tellRooms(member, person, now);
    tellOthers(member, person);
  }
  member.send({ type: "away", payload: { ...awayOf(person), ...refOf(request) } });
}

function allow({ state, name }: Member, now: number): void {
  const retryAfterMs = state.awayChanges.take(name!, now);
  if (retryAfterMs === 0) return;
  throw new ProtocolError(
    "rate_limited",
    `You have gone and come back very often: say it again in ${
      Math.ceil(retryAfterMs / 1_000)
    } seconds`,
    { details: { retryAfterMs } },
  );
}

function tellRooms(member: Member, { sessions, away }: Person, now: number): void {
  const rooms = new Set<Room>();
  for (const session of sessions) for (const { room } of session.rooms.values()) rooms.add(room);
  const { visitor } = member;
  for (const room of rooms) {
    room.tellAway(visitor.name, awayIn(away, visitor, room.rules, now));
  }
}

/** The person's other devices are told, whatever rooms they are in. */
function tellOthers(member: Member, { name, sessions, away }: Person): void {
  const message = away === undefined
    ? "You are back, as another device of yours has said"
    : `You are away, as another device of yours has said${away.text ? `: ${away.text}` : ""}`;
  for (const session of sessions) {
    if (session === member) continue;
    session.send({
      type: "notification",
      payload: away === undefined
        ? { kind: "back", name, message }
        : { kind: "away", name, away, message },
    });
  }
}
