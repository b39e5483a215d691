import { ProtocolError } from "../codec/errors.ts";
import type { CreateRequest } from "../protocol/chat.ts";
import { checkRoom } from "../protocol/names.ts";
import { isNew, OPEN_ROOM } from "./entering.ts";
import { refOf } from "./following.ts";
import type { Member } from "./member.ts";
import { NO_RECORD, type RoomRecord } from "./room_record.ts";
import { storing } from "./storing.ts";
import { checkLine } from "../protocol/text.ts";
import { isGuest } from "./visitor.ts";

/** Does `create`: makes a room that nobody was ever in, and gives it to the member. */
export async function create(member: Member, request: CreateRequest): Promise<void> {
  const { state, visitor: { name, since } } = member;
  const room = checkRoom(request.room, state.limits.maxRoomChars);
  if (isGuest(name)) throw guestError();
  const { secret, topic, private: isPrivate = false } = request;
  const record: RoomRecord = {
    ...NO_RECORD,
    owner: { name, since },
    isPrivate,
    ...(secret === undefined ? {} : { secret }),
    ...(topic === undefined || topic === "" ? {} : { topic: checkLine(topic) }),
  };
  await storing(member, async () => {
    if (!await isNew(member, room)) throw existsError(room);
    state.newRooms.take(name, member.origin, state.clock.now());
    await state.roomRecords.update(room, (_, isKept) => {
      if (isKept) throw existsError(room);
      return record;
    });
  }, "make the room");
  member.send({ type: "created", payload: { room, ...refOf(request) } });
}

/** What a guest is told who wants to own or moderate something. */
export function guestError(): ProtocolError {
  return new ProtocolError(
    "guests_own_nothing",
    "Guests own no rooms: connect with a name of your own, which does not begin with guest-",
  );
}

function existsError(room: string): ProtocolError {
  return new ProtocolError(
    "room_exists",
    room === OPEN_ROOM
      ? `Cannot make "${room}": it is everybody's, and nobody owns it`
      : `Cannot make "${room}": there is such a room already. Choose another name`,
  );
}
