import { fold } from "../protocol/names.ts";
import {
  type Holder,
  isInForce,
  isSame,
  type Role,
  type RoomRecord,
  type Visitor,
} from "./room_record.ts";

/**
 * What members are in a room, for many of them: what the room's record lists is looked at once, and not
 * once for each member.
 *
 * - I1 It says what `roleOf` and `RoomRules.checkSaying` say.
 */
export class Standings {
  readonly #record: RoomRecord;
  readonly #now: number;
  #operators: ReadonlySet<string> | undefined;
  #muted: { readonly holders: ReadonlySet<string>; readonly keys: ReadonlySet<string> } | undefined;

  /**
   * @param record The room's record.
   * @param now Unix time in milliseconds.
   */
  constructor(record: RoomRecord, now: number) {
    this.#record = record;
    this.#now = now;
  }

  /** What somebody is there who may moderate; undefined for who may not. */
  roleOf(visitor: Visitor): Role | undefined {
    const { owner, operators } = this.#record;
    if (owner !== undefined && isSame(owner, visitor)) return "owner";
    if (visitor.isAdmin) return "admin";
    if (operators.length === 0) return undefined;
    this.#operators ??= new Set(operators.map(keyOf));
    return this.#operators.has(keyOf(visitor)) ? "operator" : undefined;
  }

  /** Whether somebody may say something there that is not sealed. */
  mayWrite(visitor: Visitor): boolean {
    const { secret, muted } = this.#record;
    if (secret !== undefined) return false;
    if (muted.length === 0 || this.roleOf(visitor) !== undefined) return true;
    const { holders, keys } = this.#muted ??= this.#mutedNow();
    return !holders.has(keyOf(visitor)) && !visitor.keys.some((key) => keys.has(key));
  }

  #mutedNow() {
    const inForce = this.#record.muted.filter((one) => isInForce(one, this.#now));
    return {
      holders: new Set(inForce.map(keyOf)),
      keys: new Set(inForce.flatMap(({ keys }) => keys)),
    };
  }
}

/** Two holders are the same person where this is the same. */
function keyOf({ name, since }: Holder): string {
  return `${since} ${fold(name)}`;
}
