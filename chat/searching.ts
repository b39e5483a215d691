import type { SearchRequest } from "../protocol/chat.ts";
import { checkName, inboxStream } from "../protocol/names.ts";
import { eventPayload, isInbox } from "./event_text.ts";
import { fitting, MAX_LIST_BYTES } from "./fitting.ts";
import { roomOf } from "./following.ts";
import type { Member } from "./member.ts";
import { storing } from "./storing.ts";

const DEFAULT_FOUND = 20;

/**
 * Does `search`: in the member's rooms and inbox, or in one of the rooms. One search of a member runs at
 * a time (Member I1), and few of all members.
 */
export async function search(member: Member, request: SearchRequest): Promise<void> {
  const { state } = member;
  const { query, limit = DEFAULT_FOUND } = request;
  const streams = searchable(member, request.room);
  const sender = request.from === undefined ? {} : { sender: await nameOf(member, request.from) };
  const found = await state.searches.run(async () => {
    // It may have gone while others were searching.
    if (member.ending) return undefined;
    // What was said last may have to be indexed first, which a full disk has no room for.
    return await storing(
      member,
      () => state.log.search({ query, streams, ...sender, limit, maxBytes: MAX_LIST_BYTES }),
      "look for this",
    );
  });
  if (found === undefined) return;
  // The member may have been made to leave a room meanwhile.
  const events = found.events.filter(({ stream }) => isInbox(stream) || member.rooms.has(stream));
  const payloads = fitting(events.map(eventPayload));
  const more = found.more || payloads.length < events.length;
  const ref = request.ref === undefined ? "" : `,"ref":${JSON.stringify(request.ref)}`;
  member.outbox.queue(
    `{"type":"search","payload":{"messages":[${payloads.join()}],"more":${more}${ref}}}`,
  );
}

/**
 * The streams that a member may search, each from where it may read it.
 *
 * @throws {ProtocolError} `invalid_room`, `forbidden`.
 */
function searchable(member: Member, room: string | undefined): ReadonlyMap<string, number> {
  if (room !== undefined) return new Map([[roomOf(member, room).room.name, 0]]);
  const rooms = [...member.rooms.keys()].map((name) => [name, 0] as const);
  return new Map([[inboxStream(member.name!), member.inbox?.floor ?? 0], ...rooms]);
}

/**
 * A name as events bear it: as it is registered.
 *
 * @throws {ProtocolError} `invalid_name`.
 */
async function nameOf(member: Member, from: string): Promise<string> {
  const { state } = member;
  const name = checkName(from, state.limits.maxNameChars);
  // What was said under a name that is free again bears it still.
  return state.connected(name)?.name ?? await state.names.find(name) ?? name;
}
