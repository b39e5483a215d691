import type { Appended } from "../log/event_log.ts";
import type { MessageRequest, PrivateRequest, SharedFile } from "../protocol/chat.ts";
import { awayOf } from "./away.ts";
import { roomOf } from "./following.ts";
import type { Member } from "./member.ts";
import type { Room } from "./room.ts";
import { checkContent, deliveryOf, messageEntry, privateEntries, settle } from "./posting.ts";
import { findAll } from "./shared_files.ts";

/** Does `message`: stores it in the room's stream, whose followers then get it. */
export function say(member: Member, request: MessageRequest): Promise<void> | void {
  const { room } = roomOf(member, request.room);
  checkContent(member.state, request, member.proven?.key);
  const { files = [] } = request;
  if (files.length === 0) return store(member, request, room, []);
  return findAll(member.state.files, files).then((found) =>
    // The member may have been made to leave meanwhile.
    store(member, request, roomOf(member, request.room).room, found)
  );
}

function store(
  member: Member,
  request: MessageRequest,
  { name: room, rules }: Room,
  files: readonly SharedFile[],
): void {
  const { state } = member;
  if (rules.restrictsSaying) {
    rules.checkSaying(member.visitor, request.sealed !== undefined, state.clock.now());
  }
  const entry = messageEntry(state, member.name!, room, request, files);
  member.store([entry], { type: "message", payload: request }, (results) => {
    acknowledge(member, request, settle(member.state, request, results), `"room":"${room}"`);
  });
}

/**
 * Does `private`: stores it in the recipient's inbox and in the sender's, or, where its id was used for
 * something else, in neither (EventLog I7). A repeat completes a copy that is missing.
 */
export async function whisper(member: Member, request: PrivateRequest): Promise<void> {
  const { state } = member;
  const { to, entries } = await privateEntries(state, member.name!, request, member.proven?.key);
  member.store(entries, { type: "private", payload: request }, (results) => {
    const own = settle(state, request, results);
    const { away } = awayOf(state.connected(to));
    const where = `"to":"${to}","delivered":"${deliveryOf(state, to)}"`;
    const more = away === undefined ? "" : `,"away":${JSON.stringify(away)}`;
    acknowledge(member, request, own, where + more);
  });
}

/** Sends `ack`; its text is put together like an event's (`event_text.ts`). */
function acknowledge(
  member: Member,
  { id, ref }: MessageRequest | PrivateRequest,
  { seq, at, stored, duplicate }: Appended,
  where: string,
): void {
  const more = (duplicate ? ',"duplicate":true' : "") +
    (ref === undefined ? "" : `,"ref":${JSON.stringify(ref)}`);
  member.outbox.queue(
    `{"type":"ack","payload":{"id":"${id}",${where},"seq":${seq},"at":${at},"stored":"${stored}"${more}}}`,
  );
}
