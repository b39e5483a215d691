import { ProtocolError } from "../codec/errors.ts";
import { fold } from "../protocol/names.ts";
import type { ModerateRequest } from "../protocol/chat.ts";
import {
  type Holder,
  isInForce,
  isSame,
  type Restriction,
  roleOf,
  type RoomRecord,
  type Visitor,
} from "./room_record.ts";

/** Entries of each list of a record. */
export const MAX_LISTED = 1_000;
/** Operators of a room. */
const MAX_OPERATORS = 100;

/** What changes a record, or only needs leave to be done. */
export type Action = Exclude<ModerateRequest["action"], "delete">;

/** Who does what in which room. */
export interface Change {
  readonly room: string;
  readonly action: Action;
  /** Who wants it. */
  readonly by: Visitor;
  /** Whom it is about, where it is about somebody. */
  readonly target: Visitor | undefined;
  /** Until when, Unix milliseconds; for ever where it is undefined. */
  readonly until: number | undefined;
  readonly topic: string | undefined;
  /** Who is in the room now. */
  readonly present: readonly Holder[];
  /** Unix time in milliseconds. */
  readonly now: number;
}

/** Actions that are the owner's alone. */
const OWNERS: ReadonlySet<Action> = new Set(["op", "deop"]);
/** Actions against somebody: not against who may moderate. */
const AGAINST: ReadonlySet<Action> = new Set(["kick", "ban", "mute", "uninvite"]);

/**
 * Makes sure that somebody may do something in a room.
 *
 * @throws {ProtocolError} `not_operator`, `not_owner`, `protected_member`.
 */
export function checkAllowed(record: RoomRecord, change: Change): void {
  const { room, action, by, target } = change;
  const role = roleOf(record, by);
  // Nobody needs leave to be less than he is.
  if (action === "deop" && target !== undefined && role === "operator" && isSame(by, target)) {
    return;
  }
  if (role === undefined) throw notOperator(record, room);
  if (OWNERS.has(action) && role === "operator") {
    throw new ProtocolError(
      "not_owner",
      `Cannot do this in "${room}": only its owner${ownerText(record)} and the server's admins may`,
    );
  }
  if (target !== undefined) checkTarget(record, change, target);
}

/**
 * Makes sure that somebody may act against somebody.
 *
 * @throws {ProtocolError} `protected_member`.
 */
function checkTarget(record: RoomRecord, { room, action, by }: Change, target: Visitor): void {
  const [own, theirs] = [roleOf(record, by), roleOf(record, target)];
  const isAgainst = AGAINST.has(action) || action === "deop" && theirs === "owner";
  if (!isAgainst || own === "admin" && theirs !== "owner") return;
  if (theirs === undefined || own === "owner" && theirs === "operator") return;
  throw protectedError(room, target.name, theirs);
}

/** What somebody is told who acts against one who may moderate. */
export function protectedError(room: string, name: string, role: string): ProtocolError {
  return new ProtocolError(
    "protected_member",
    role === "owner"
      ? `Cannot do this to ${name}: nobody may act against the owner of "${room}"`
      : `Cannot do this to ${name}: operators of "${room}" may not act against each other, only its owner may`,
  );
}

/** What somebody is told who may not moderate. */
export function notOperator(record: RoomRecord, room: string): ProtocolError {
  const who = record.owner === undefined
    ? "it belongs to nobody, so only the server's admins may"
    // Whose a private room is, is nobody's business who is not in it.
    : `only its owner${record.isPrivate ? "" : ownerText(record)} and operators may`;
  return new ProtocolError("not_operator", `Cannot do this in "${room}": ${who}`);
}

/**
 * The record after a change that is allowed.
 *
 * @returns The same record where nothing changes.
 * @throws {ProtocolError} `list_full`; what {@link checkAllowed} says no with.
 */
export function changed(record: RoomRecord, change: Change): RoomRecord {
  checkAllowed(record, change);
  const { action, target, now } = change;
  switch (action) {
    case "kick":
      return record;
    case "ban":
      return {
        ...record,
        banned: restricted(record.banned, change),
        ...without("invited", record, target!),
      };
    case "unban":
      return { ...record, banned: freed(record.banned, target!, now) };
    case "mute":
      return { ...record, muted: restricted(record.muted, change) };
    case "unmute":
      return { ...record, muted: freed(record.muted, target!, now) };
    case "invite":
      return { ...record, invited: added(record.invited, [target!], MAX_LISTED, change) };
    case "uninvite":
      return { ...record, ...without("invited", record, target!) };
    case "op":
      return { ...record, operators: added(record.operators, [target!], MAX_OPERATORS, change) };
    case "deop":
      return { ...record, ...without("operators", record, target!) };
    case "topic": {
      const { topic: _, ...rest } = record;
      return change.topic === undefined ? rest : { ...rest, topic: change.topic };
    }
    case "private":
      return {
        ...record,
        isPrivate: true,
        invited: added(record.invited, change.present, MAX_LISTED, change),
      };
    case "public":
      return { ...record, isPrivate: false };
    default:
      return action satisfies never;
  }
}

function ownerText({ owner }: RoomRecord): string {
  return owner === undefined ? "" : ` (${owner.name})`;
}

function restricted(list: readonly Restriction[], change: Change): readonly Restriction[] {
  const { target, until, now } = change;
  const { name, since, keys } = target!;
  const others = list.filter((one) => isInForce(one, now) && !isSame(one, target!));
  checkRoom(others.length, MAX_LISTED, change);
  return [...others, { name, since, keys, ...(until === undefined ? {} : { until }) }];
}

/** By the name; and by a key where the same person has another name now. */
function freed(list: readonly Restriction[], target: Visitor, now: number): readonly Restriction[] {
  return list.filter((one) => isInForce(one, now) && fold(one.name) !== fold(target.name));
}

function added(
  list: readonly Holder[],
  more: readonly Holder[],
  max: number,
  change: Change,
): readonly Holder[] {
  const fresh = more.filter((one) => !list.some((other) => isSame(one, other)));
  // Who had one of these names before has no use for his place any more.
  const others = list.filter(({ name }) => !fresh.some((one) => fold(one.name) === fold(name)));
  checkRoom(others.length + fresh.length - 1, max, change);
  return [...others, ...fresh.map(({ name, since }) => ({ name, since }))];
}

function without<L extends "invited" | "operators">(
  list: L,
  record: RoomRecord,
  target: Holder,
): Pick<RoomRecord, L> {
  const left = record[list].filter(({ name }) => fold(name) !== fold(target.name));
  return { [list]: left } as unknown as Pick<RoomRecord, L>;
}

function checkRoom(count: number, max: number, { room, action }: Change): void {
  if (count < max) return;
  throw new ProtocolError(
    "list_full",
    `Cannot do "${action}" in "${room}": its list has ${max} names, as many as one may: take one out first`,
  );
}
