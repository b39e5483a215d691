import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Visitor } from "./room_record.ts";
import type { RoomRules } from "./room_rules.ts";
import type { Person } from "./person.ts";
import type { Rooms } from "./rooms.ts";

/** Who follows a room and is not in it. */
export interface RoomListener {
  /** What it follows. */
  readonly stream: string | undefined;
  /** Whose it is. */
  readonly visitor: Visitor;
  /** Ends it at once. */
  abort(reason: string): void;
}

/** Who is where. */
export interface Whereabouts {
  readonly clock: Clock;
  readonly rooms: Rooms;
  readonly listeners: ReadonlySet<RoomListener>;
  /** The person of a name who is connected here. */
  connected(name: string): Person | undefined;
}

/**
 * The rules of a room have changed: who may not be in it any more leaves it.
 *
 * @param state Who is where.
 * @param rules What holds now.
 */
export function enforce(state: Whereabouts, rules: RoomRules): void {
  const now = state.clock.now();
  const refusal = (visitor: Visitor, isIn: boolean): ProtocolError | undefined => {
    try {
      rules.checkEntering(visitor, now);
    } catch (error) {
      // Who is in a room that becomes private stays.
      if (error instanceof ProtocolError && !(isIn && error.code === "invite_only")) return error;
    }
    return undefined;
  };
  for (
    const name of rules.record.banned.length > 0 ? state.rooms.find(rules.room)?.names ?? [] : []
  ) {
    for (const session of state.connected(name)?.sessions ?? []) {
      const error = refusal(session.visitor, true);
      if (error !== undefined) session.expel(rules.room, error);
    }
  }
  for (const listener of [...state.listeners]) {
    if (listener.stream !== rules.room) continue;
    const error = refusal(listener.visitor, false);
    if (error !== undefined) listener.abort(error.code);
  }
}
