import { ProtocolError } from "../codec/errors.ts";
import type { ModerateRequest } from "../protocol/chat.ts";
import { checkName, checkRoom } from "../protocol/names.ts";
import { guestError } from "./creating.ts";
import { refOf } from "./following.ts";
import { invite } from "./inviting.ts";
import type { Member } from "./member.ts";
import { remove } from "./removing.ts";
import { type Action, type Change, changed } from "./room_changes.ts";
import type { Visitor } from "./room_record.ts";
import { storing } from "./storing.ts";
import { checkLine } from "../protocol/text.ts";
import { findVisitor, isGuest } from "./visitor.ts";

/** Actions that are about no member. */
const NAMELESS: ReadonlySet<Action> = new Set(["topic", "private", "public"]);

/** Does `moderate`: what a room's owner and operators may do, and members with their own messages. */
export async function moderate(member: Member, request: ModerateRequest): Promise<void> {
  const { state } = member;
  const { action } = request;
  const room = checkRoom(request.room, state.limits.maxRoomChars);
  const reason = request.reason === undefined || request.reason === ""
    ? undefined
    : checkLine(request.reason);
  if (action === "delete") return await remove(member, room, request);
  const change = await changeOf(member, room, action, request);
  await storing(
    member,
    () => state.roomRecords.update(room, (record) => changed(record, change)),
    "do this",
  );
  tell(member, change, reason);
  const { target, until } = change;
  member.send({
    type: "moderated",
    payload: {
      ...{ room, action },
      ...(target === undefined ? {} : { name: target.name }),
      ...(until === undefined ? {} : { until }),
      ...(action === "topic" && change.topic !== undefined ? { topic: change.topic } : {}),
      ...refOf(request),
    },
  });
}

async function changeOf(
  member: Member,
  room: string,
  action: Action,
  request: ModerateRequest,
): Promise<Change> {
  const { state, visitor: by } = member;
  const now = state.clock.now();
  const isTimed = action === "ban" || action === "mute";
  const { forMs, topic } = request;
  const target = NAMELESS.has(action) ? undefined : await targetOf(member, request);
  if (action === "op" && isGuest(target!.name)) throw guestError();
  return {
    ...{ room, action, by, target, now },
    until: isTimed && forMs !== undefined ? now + forMs : undefined,
    topic: topic === undefined || topic === "" ? undefined : checkLine(topic),
    present: action === "private" ? presentIn(member, room) : [],
  };
}

/**
 * Whom a request is about.
 *
 * @throws {ProtocolError} `invalid_message`, `invalid_name`, `unknown_name`.
 */
async function targetOf(member: Member, { action, name }: ModerateRequest): Promise<Visitor> {
  const { state } = member;
  if (name === undefined) {
    throw new ProtocolError("invalid_message", `Cannot do "${action}" without "name": say to whom`);
  }
  const wanted = checkName(name, state.limits.maxNameChars);
  const target = await storing(
    member,
    () => findVisitor(state.registry, wanted),
    "look the name up",
  );
  // Of a name that nobody has any more the restrictions can still be taken.
  if (target !== undefined) return target;
  if (["unban", "unmute", "uninvite", "deop"].includes(action)) {
    return { name: wanted, since: -1, keys: [], isAdmin: false };
  }
  throw new ProtocolError("unknown_name", `Cannot find "${wanted}": nobody has that name`);
}

function presentIn({ state }: Member, room: string): Visitor[] {
  return (state.rooms.find(room)?.names ?? []).flatMap((name) =>
    state.connected(name)?.sessions.slice(0, 1).map(({ visitor }) => visitor) ?? []
  );
}

/** What is told of each action to everybody in the room, behind the name of who did it. */
const SENTENCES: Readonly<Partial<Record<Action, (about: About) => string>>> = {
  kick: ({ whom, room }) => `removed ${whom} from ${room}`,
  ban: ({ whom, room, until }) => `banned ${whom} from ${room}${until}`,
  mute: ({ whom, room, until }) => `muted ${whom} in ${room}${until}`,
  unmute: ({ whom, room }) => `lets ${whom} speak again in ${room}`,
  op: ({ whom, room }) => `made ${whom} an operator of ${room}`,
  deop: ({ whom, room }) => `made ${whom} an operator of ${room} no more`,
  topic: ({ room, topic }) =>
    topic === undefined ? `took the topic of ${room} away` : `set the topic of ${room}: ${topic}`,
  private: ({ room }) => `made ${room} private: only who is invited may join`,
  public: ({ room }) => `made ${room} public: everybody may join`,
};

interface About {
  readonly room: string;
  readonly whom: string;
  readonly until: string;
  readonly topic: string | undefined;
}

/** Tells everybody in the room, and whom it is about. */
function tell(member: Member, change: Change, reason: string | undefined): void {
  const { state } = member;
  const { action, room, by, target, until, topic } = change;
  const sentence = SENTENCES[action]?.({
    ...{ room, topic },
    whom: target?.name ?? "",
    until: until === undefined ? "" : ` until ${moment(until)}`,
  });
  const because = reason === undefined ? "" : `: ${reason}`;
  const about = {
    ...(target === undefined ? {} : { name: target.name }),
    ...(action === "topic" && topic !== undefined ? { topic } : {}),
  };
  if (sentence !== undefined) {
    state.rooms.find(room)?.announce(action, `${by.name} ${sentence}${because}`, about);
  }
  if (action === "kick" && target !== undefined) expel(member, room, target, because);
  if (action === "invite" && target !== undefined) invite(member, room, target);
}

function expel(member: Member, room: string, target: Visitor, because: string): void {
  const why = new ProtocolError(
    "kicked",
    `${member.name} removed you from "${room}"${because}. You may join it again`,
  );
  for (const session of member.state.connected(target.name)?.sessions ?? []) {
    session.expel(room, why);
  }
}

function moment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
