import { ProtocolError } from "../codec/errors.ts";
import type { Appended } from "../log/event_log.ts";
import type { MessageRequest, PrivateRequest, SharedFile } from "../protocol/chat.ts";
import { checkName, fold, inboxStream } from "../protocol/names.ts";
import { checkText } from "../protocol/text.ts";
import { messageBody, privateBody } from "./event_text.ts";
import { roomOf } from "./following.ts";
import type { Member } from "./member.ts";
import { findAll } from "./shared_files.ts";

/** Does `message`: stores it in the room's stream, whose followers then get it. */
export function say(member: Member, request: MessageRequest): Promise<void> | void {
  const { room } = roomOf(member, request.room);
  checkContent(member, request);
  const { files = [] } = request;
  if (files.length === 0) return store(member, request, room.name, []);
  return findAll(member.state.files, files).then((found) =>
    store(member, request, room.name, found)
  );
}

function store(
  member: Member,
  request: MessageRequest,
  room: string,
  files: readonly SharedFile[],
): void {
  const entry = {
    stream: room,
    sender: member.name!,
    id: request.id,
    at: member.state.clock.now(),
    body: messageBody(request.text, files),
  };
  member.store([entry], { type: "message", payload: request }, ([stored]) => {
    acknowledge(member, request, stored!, `"room":"${room}"`);
  });
}

/** A message without files needs a text. */
function checkContent(member: Member, { text, files = [] }: MessageRequest | PrivateRequest): void {
  if (files.length === 0 || text !== "") checkText(text, member.state.limits.maxTextBytes);
}

/**
 * Does `private`: stores it in the recipient's inbox and in the sender's, or, where its id was used for
 * something else, in neither (EventLog I7). A repeat completes a copy that is missing.
 */
export async function whisper(member: Member, request: PrivateRequest): Promise<void> {
  const { state } = member;
  const wanted = checkName(request.to);
  checkContent(member, request);
  const files = await findAll(state.files, request.files ?? []);
  const to = state.connected(wanted)?.name ?? await state.names.find(wanted);
  if (to === undefined) {
    throw new ProtocolError(
      "unknown_name",
      `Cannot write to "${wanted}": nobody has that name, so nothing was sent`,
    );
  }
  const copy = {
    sender: member.name!,
    id: request.id,
    at: state.clock.now(),
    body: privateBody(to, request.text, files),
  };
  const inboxes = [inboxStream(to)];
  if (fold(to) !== fold(member.name!)) inboxes.push(inboxStream(member.name!));
  const entries = inboxes.map((stream) => ({ ...copy, stream }));
  member.store(entries, { type: "private", payload: request }, (results) => {
    // The sender's own copy is the last one; where one is a conflict, one that is stored already is none.
    const own = results.at(-1)!;
    const conflict = results.some((result) => result.conflict);
    const delivered = state.connected(to) === undefined ? "queued" : "live";
    const where = `"to":"${to}","delivered":"${delivered}"`;
    acknowledge(member, request, { ...own, conflict }, where);
  });
}

/** Sends `ack`; its text is put together like an event's (`event_text.ts`). */
function acknowledge(
  member: Member,
  request: MessageRequest | PrivateRequest,
  result: Appended,
  where: string,
): void {
  const { id, ref } = request;
  if (result.conflict) {
    throw new ProtocolError(
      "id_conflict",
      `The id "${id}" was used for another message: choose a new one`,
    );
  }
  const { counters } = member.state;
  if (result.duplicate) counters.duplicates++;
  else if ("room" in request) counters.roomMessages++;
  else counters.privateMessages++;
  const { seq, at, stored } = result;
  const more = (result.duplicate ? ',"duplicate":true' : "") +
    (ref === undefined ? "" : `,"ref":${JSON.stringify(ref)}`);
  member.outbox.queue(
    `{"type":"ack","payload":{"id":"${id}",${where},"seq":${seq},"at":${at},"stored":"${stored}"${more}}}`,
  );
}
