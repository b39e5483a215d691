import { fold } from "../protocol/names.ts";

/** Who holds a name, and since when: the next one to hold it is somebody else. */
export interface Holder {
  /** The name as it is registered. */
  readonly name: string;
  /** When the name was claimed, Unix milliseconds; 0 where that was not kept. */
  readonly since: number;
}

/** Who wants something of a room. */
export interface Visitor extends Holder {
  /** The keys that own the name. */
  readonly keys: readonly string[];
  /** Whether the server's admins are asked. */
  readonly isAdmin: boolean;
}

/** Somebody who may not do something. */
export interface Restriction extends Holder {
  /** The keys that owned the name then: another name of theirs may not either. */
  readonly keys: readonly string[];
  /** Until when, Unix milliseconds; for ever where it is undefined. */
  readonly until?: number;
}

/** What is kept of a room beside what was said in it. */
export interface RoomRecord {
  /** Undefined: it belongs to nobody, and the server's admins moderate it. */
  readonly owner?: Holder;
  readonly operators: readonly Holder[];
  readonly topic?: string;
  /** Whether only who is invited may join. */
  readonly isPrivate: boolean;
  /** The age file of a secret room, in base64. */
  readonly secret?: string;
  readonly invited: readonly Holder[];
  readonly banned: readonly Restriction[];
  readonly muted: readonly Restriction[];
}

/** The record of a room that has none. */
export const NO_RECORD: RoomRecord = {
  operators: [],
  isPrivate: false,
  invited: [],
  banned: [],
  muted: [],
};

/** What somebody is in a room who may moderate it. */
export type Role = "owner" | "operator" | "admin";

/** Whether two are the same person: the same name, held since the same time. */
export function isSame(one: Holder, other: Holder): boolean {
  return one.since === other.since && fold(one.name) === fold(other.name);
}

/** What somebody is in a room; undefined for who may not moderate it. */
export function roleOf(
  record: RoomRecord,
  visitor: Holder & { readonly isAdmin?: boolean },
): Role | undefined {
  if (record.owner !== undefined && isSame(record.owner, visitor)) return "owner";
  // Before the operators: an admin may do more than they.
  if (visitor.isAdmin) return "admin";
  return record.operators.some((operator) => isSame(operator, visitor)) ? "operator" : undefined;
}

/**
 * The restriction that holds somebody back now.
 *
 * @param list The banned or the muted.
 * @param visitor Whom.
 * @param now Unix time in milliseconds.
 */
export function restrictionOf(
  list: readonly Restriction[],
  visitor: Pick<Visitor, "name" | "since" | "keys">,
  now: number,
): Restriction | undefined {
  // It is asked before messages, and a list may have sixteen thousand keys.
  const own = new Set(visitor.keys);
  return list.find((one) =>
    isInForce(one, now) &&
    (isSame(one, visitor) || own.size > 0 && one.keys.some((key) => own.has(key)))
  );
}

/** Whether a restriction has not ended by itself. */
export function isInForce({ until }: Restriction, now: number): boolean {
  return until === undefined || now < until;
}
