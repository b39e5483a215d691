import { ProtocolError } from "../codec/errors.ts";
import type { Visitor } from "./room_record.ts";
import type { RoomRules } from "./room_rules.ts";
import type { ChatState } from "./state.ts";

/** Who follows a room and is not in it. */
export interface RoomListener {
  /** What it follows. */
  readonly stream: string | undefined;
  /** Whose it is. */
  readonly visitor: Visitor;
  /** Ends it at once. */
  abort(reason: string): void;
}

/**
 * The rules of a room have changed: who may not be in it any more leaves it.
 *
 * @param state The chat.
 * @param rules What holds now.
 */
export function enforce(state: ChatState, rules: RoomRules): void {
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
