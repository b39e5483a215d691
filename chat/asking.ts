import { ProtocolError } from "../codec/errors.ts";
import type { HistoryRequest, RoomsRequest, SeenRequest, WhoRequest } from "../protocol/chat.ts";
import { inboxStream } from "../protocol/names.ts";
import { isInbox } from "./event_text.ts";
import { fitting } from "./fitting.ts";
import { refOf, roomOf } from "./following.ts";
import type { Member } from "./member.ts";
import { peopleIn } from "./people.ts";
import { readPage } from "./reading.ts";
import type { Room } from "./room.ts";
import { storing } from "./storing.ts";

const DEFAULT_NAMES = 1_000;

/** Does `history`: the newest events, those before one, or those after one. */
export async function history(member: Member, request: HistoryRequest): Promise<void> {
  const stream = readableStream(member, request.stream);
  const floor = isInbox(stream) ? member.inbox?.floor ?? 0 : 0;
  const { payloads, more } = await readPage(member.state, stream, request, floor);
  // The member may have been made to leave meanwhile.
  readableStream(member, stream);
  const ref = request.ref === undefined ? "" : `,"ref":${JSON.stringify(request.ref)}`;
  member.outbox.queue(
    `{"type":"history","payload":{"stream":"${stream}","messages":[${payloads.join()}],"more":${more}${ref}}}`,
  );
}

/** Does `seen`: moves the stored position. */
export async function seen(member: Member, request: SeenRequest): Promise<void> {
  const stream = readableStream(member, request.stream);
  const { log, last } = await member.state.log.state(stream);
  // From now on there is a position that is this holder's.
  member.isNewcomer = false;
  const position = { log, seq: Math.min(request.seq, last), at: member.state.clock.now() };
  await storing(
    member,
    () => member.state.positions.move(member.name!, stream, position),
    "keep how far you have read",
  );
}

/** Does `who`: the names in a room, and what else its members may know of each other. */
export function who(member: Member, request: WhoRequest): void {
  const { room } = roomOf(member, request.room);
  const page = room.page(request.after, request.limit ?? DEFAULT_NAMES);
  const people = request.details ? peopleIn(member.state, room, page.names) : undefined;
  const texts = page.names.map((name, at) =>
    people === undefined ? JSON.stringify(name) : JSON.stringify([name, people[at]])
  );
  const members = page.names.slice(0, fitting(texts).length);
  member.send({
    type: "who",
    payload: {
      room: room.name,
      members,
      ...(people === undefined ? {} : { people: people.slice(0, members.length) }),
      more: page.more || members.length < page.names.length,
      ...refOf(request),
    },
  });
}

/** Does `rooms`: those that have members; private ones are told to who is in them. */
export function rooms(member: Member, request: RoomsRequest): void {
  const isShown = ({ name, rules }: Room) => !rules.record.isPrivate || member.rooms.has(name);
  const page = member.state.rooms.page(request.after, request.limit ?? DEFAULT_NAMES, isShown);
  const entries = page.rooms.map(({ name, count }) => ({ room: name, count }));
  const list = entries.slice(0, fitting(entries.map((entry) => JSON.stringify(entry))).length);
  member.send({
    type: "rooms",
    payload: { rooms: list, more: page.more || list.length < entries.length, ...refOf(request) },
  });
}

/**
 * The stream that a member names, if it may read it.
 *
 * @throws {ProtocolError} `invalid_room`, `forbidden`.
 */
function readableStream(member: Member, stream: string): string {
  if (!isInbox(stream)) return roomOf(member, stream).room.name;
  const own = inboxStream(member.name!);
  if (inboxStream(stream.slice(1).normalize("NFC")) !== own) {
    throw new ProtocolError("forbidden", `Of the inboxes you may read "${own}" only`);
  }
  return own;
}
