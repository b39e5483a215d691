import type { ChatMessage } from "../protocol/chat.ts";
import type { Invitation } from "./invitations.ts";
import type { Member } from "./member.ts";
import type { Visitor } from "./room_record.ts";

/**
 * Tells somebody that he is invited: now, or when he comes. That he may come in is in the room's record.
 *
 * @param member Who invites.
 * @param room The room's checked name.
 * @param target Whom.
 */
export function invite({ state, name, info }: Member, room: string, target: Visitor): void {
  const invitation = { room, by: name! };
  const sessions = state.connected(target.name)?.sessions ?? [];
  for (const session of sessions) session.send(toldOf(invitation));
  if (sessions.length > 0) return;
  state.invitations.keep(target, invitation).catch((error) => state.observer.failed?.(info, error));
}

/** Tells a member of the invitations that came while it was away; in the background. */
export function tellInvitations(member: Member): void {
  const { state, visitor, info } = member;
  state.invitations.take(visitor).then((invitations) => {
    if (member.ending) return;
    for (const invitation of invitations) member.send(toldOf(invitation));
  }, (error) => state.observer.failed?.(info, error));
}

function toldOf({ room, by }: Invitation): ChatMessage {
  const message = `${by} invites you to ${room}: join it`;
  return { type: "notification", payload: { room, kind: "invite", name: by, message } };
}
