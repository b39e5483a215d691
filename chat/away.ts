import type { Away } from "../protocol/chat.ts";
import type { Visitor } from "./room_record.ts";
import type { RoomRules } from "./room_rules.ts";
import { Standings } from "./standings.ts";

/** So often a name may say that it is away or back: every room that it is in is told. */
export const AWAY_BURST = 6;
/** And so often when that is used up: once in ten seconds. */
export const AWAY_PER_SECOND = 0.1;

/** The field `away` of what is told about somebody, where there is something to tell. */
export function awayOf(
  person: { readonly away: Away | undefined } | undefined,
): { readonly away?: Away } {
  return person?.away === undefined ? {} : { away: person.away };
}

/**
 * What a room is told of somebody's being away. The text is left out where one could not say it: a mute would be
 * none, and in a secret room nothing is told as a member's that is not sealed.
 *
 * @param away What is to be told.
 * @param visitor Who is away.
 * @param rules What holds in the room, or what members are there.
 * @param now Unix time in milliseconds.
 */
export function awayIn(
  away: Away | undefined,
  visitor: Visitor,
  rules: RoomRules,
  now: number,
): Away | undefined {
  if (away?.text === undefined || !rules.restrictsSaying) return away;
  return new Standings(rules.record, now).mayWrite(visitor) ? away : { since: away.since };
}

/** Whether there is nothing to tell who knows of one. */
export function isSameAway(one: Away | undefined, other: Away | undefined): boolean {
  return (one === undefined) === (other === undefined) && one?.text === other?.text;
}
