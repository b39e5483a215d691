import { ProtocolError } from "../codec/errors.ts";
import type { ConnectRequest, JoinRequest, LeaveRequest } from "../protocol/chat.ts";
import { checkRoom, fold, inboxStream } from "../protocol/names.ts";
import { type Cursors, NO_CURSORS } from "./cursors.ts";
import { awayIn, awayOf } from "./away.ts";
import { isInbox } from "./event_text.ts";
import type { Hold } from "./live_streams.ts";
import type { Following, Member, RoomFollowing } from "./member.ts";
import type { Claim } from "./names.ts";
import type { Person } from "./person.ts";
import type { Room } from "./room.ts";
import { enter, told } from "./entering.ts";
import { tellInvitations } from "./inviting.ts";
import { Subscription } from "./subscription.ts";
import { visitorOf } from "./visitor.ts";

/** The version of the protocol that is spoken. */
export const PROTOCOL = 1;

/**
 * Lets in whom the handshake knows: the inbox, perhaps a room.
 *
 * @param member Whose session it is.
 * @param request Its `connect`.
 * @param claim What it got of its name.
 */
export async function welcome(
  member: Member,
  request: ConnectRequest,
  { owner, ...claim }: Claim,
): Promise<void> {
  const { state } = member;
  const { name, inbox } = owner;
  const stream = inboxStream(name);
  // The connection may have broken while the registry was asked.
  if (member.ending) return;
  member.isNewcomer = !claim.resumed;
  // The server's admins are known by their keys.
  member.standing = visitorOf(owner, state.isAdmin(member));
  const hold = state.streams.hold(stream);
  try {
    hold.live.feed(member.dialect);
    const { log } = await state.log.state(stream);
    const floor = inbox.log === log ? inbox.seq : 0;
    const cursors = cursorsOf(request, log, state.limits.maxRooms);
    const start = await startOf(member, cursors, name, stream, undefined, floor);
    if (member.ending) return hold[Symbol.dispose]();
    const person = admit(member, name, request.device);
    member.identify(person, cursors);
    hold.live.settle(start.last);
    member.send({
      type: "connect_ack",
      payload: {
        message: claim.resumed ? `Welcome back, ${name}` : `Welcome, ${name}`,
        protocol: PROTOCOL,
        name,
        token: claim.token ?? member.issueToken(),
        log,
        resumed: claim.resumed,
        limits: { ...state.limits, idWindowMs: state.log.idWindowMs },
        inbox: { seq: start.last, ...missedOf(start) },
        ...awayOf(person),
        ...refOf(request),
      },
    });
    member.inbox = { ...follow(member, hold, start.after), floor };
    if (claim.resumed) tellInvitations(member);
  } catch (error) {
    hold[Symbol.dispose]();
    throw error;
  }
  if (request.room !== undefined) await join(member, { ...request, room: request.room });
}

/** Does `join`. */
export async function join(
  member: Member,
  request: Pick<JoinRequest, "room" | "ref"> & { readonly since?: JoinRequest["since"] | object },
): Promise<void> {
  const { state } = member;
  const name = checkRoom(request.room, state.limits.maxRoomChars);
  const since = typeof request.since === "number" ? request.since : undefined;
  const already = member.rooms.get(name);
  if (already !== undefined) {
    const { last } = await state.log.state(name);
    // It may have been made to leave meanwhile.
    if (member.rooms.get(name) !== already) return await join(member, request);
    const { count } = already.room;
    return member.send({
      type: "joined",
      payload: {
        ...{ room: name, count, seq: last, missed: 0, complete: true },
        ...told(already.room.rules, member.visitor),
        ...refOf(request),
      },
    });
  }
  if (member.rooms.size >= state.limits.maxRooms) {
    throw new ProtocolError(
      "too_many_rooms",
      `Cannot join "${name}": ${state.limits.maxRooms} rooms are allowed at once, leave one`,
    );
  }
  const held = await enter(member, name);
  const hold = state.streams.hold(name);
  try {
    // The feed must be there before the log is asked, so that nothing falls between the two.
    hold.live.feed(member.dialect);
    const start = await startOf(member, member.cursors, member.name!, name, since, undefined);
    if (member.ending) {
      held[Symbol.dispose]();
      return hold[Symbol.dispose]();
    }
    // The rules may have changed meanwhile; from here on a change makes the member leave again.
    const now = state.clock.now();
    held.rules.checkEntering(member.visitor, now);
    hold.live.settle(start.last);
    const { away } = awayOf(state.connected(member.name!));
    const room = state.rooms.join(
      member.name!,
      held,
      awayIn(away, member.visitor, held.rules, now),
    );
    member.send({
      type: "joined",
      payload: {
        room: name,
        count: room.count,
        seq: start.last,
        ...missedOf(start),
        ...told(held.rules, member.visitor),
        ...refOf(request),
      },
    });
    member.rooms.set(name, joinRoom(member, hold, start.after, room));
    state.observer.joined?.(member.info, name);
  } catch (error) {
    held[Symbol.dispose]();
    hold[Symbol.dispose]();
    throw error;
  }
}

/** Does `leave`. */
export function leave(member: Member, request: LeaveRequest): void {
  member.leave(roomOf(member, request.room));
  member.send({ type: "left", payload: { room: checkRoom(request.room), ...refOf(request) } });
}

/**
 * The room of that name that the member is in.
 *
 * @throws {ProtocolError} `invalid_room`, `forbidden`.
 */
export function roomOf(member: Member, room: string): RoomFollowing {
  // Nearly always it is written as it is kept: folding it each time would be felt.
  const asWritten = member.rooms.get(room);
  if (asWritten !== undefined) return asWritten;
  const name = checkRoom(room);
  const following = member.rooms.get(name);
  if (following === undefined) {
    throw new ProtocolError("forbidden", `You are not in "${name}": join it first`);
  }
  return following;
}

/** An answer's `ref`, where the request had one. */
export function refOf(request: { readonly ref?: string }): { readonly ref?: string } {
  return request.ref === undefined ? {} : { ref: request.ref };
}

/** Adds the session to the person of that name, from now on connected. */
function admit(member: Member, name: string, device: string | undefined): Person {
  const person = member.state.person(name);
  try {
    person.add(member, device);
    return person;
  } finally {
    member.state.dismiss(person);
  }
}

function joinRoom(
  member: Member,
  hold: Hold,
  after: number,
  room: Room,
): RoomFollowing {
  return { ...follow(member, hold, after, room), room };
}

function follow(
  member: Member,
  hold: Hold,
  after: number,
  room?: Room,
): Following {
  const subscription = new Subscription(hold.live, member, after, room);
  hold.live.follow(member.outbox);
  member.outbox.follow(subscription);
  return { subscription, hold };
}

/** Where following a stream begins. */
interface Start {
  /** The seq after which events are sent. */
  readonly after: number;
  /** The newest event's seq. */
  readonly last: number;
  readonly missed: number;
  /** When the stored position was moved, where that is where following begins. */
  readonly missedSince?: number;
  readonly complete: boolean;
}

/** What was missed, as `connect_ack` and `joined` tell it. */
function missedOf({ missed, missedSince, complete }: Start): Omit<Start, "after" | "last"> {
  return { missed, ...(missedSince === undefined ? {} : { missedSince }), complete };
}

/**
 * Decides where following begins: what the request says, else what `connect` brought, else the stored
 * position, else `least` (undefined: from now on); never before `least`.
 */
async function startOf(
  member: Member,
  cursors: Cursors,
  name: string,
  stream: string,
  since: number | undefined,
  least: number | undefined,
): Promise<Start> {
  const { log, positions, limits } = member.state;
  const brought = cursors.since.get(stream);
  cursors.since.delete(stream);
  const given = since ?? brought;
  const isStored = given === undefined && !member.isNewcomer;
  const stored = isStored ? await positions.get(name, stream) : undefined;
  const wanted = given ?? stored?.seq ?? least;
  const asked = wanted === undefined ? undefined : Math.max(wanted, least ?? 0);
  const state = await log.state(stream, asked);
  const { last, trimmedThrough } = state;
  if (asked === undefined) return { after: last, last, missed: 0, complete: true };
  const foreign = (given !== undefined && isForeign(cursors, stream, limits.maxRooms)) ||
    (stored !== undefined && stored.log !== state.log);
  // A position that this log never gave: everything there is may be new.
  if (foreign || asked > last) {
    const after = Math.max(trimmedThrough, least ?? 0);
    const { countAfter } = await log.state(stream, after);
    return { after, last, missed: countAfter, complete: false };
  }
  // `complete` tells of what retention took: the newest events here may reach back further than the log.
  const complete = asked >= trimmedThrough;
  const missed = state.countAfter;
  const start = { after: Math.max(asked, trimmedThrough), last, missed, complete };
  const missedSince = missed === 0 || asked !== stored?.seq ? undefined : stored.at;
  return missedSince === undefined ? start : { ...start, missedSince };
}

/**
 * The cursors that a client brings.
 *
 * @throws {ProtocolError} `invalid_message`.
 */
function cursorsOf({ since = {}, log }: ConnectRequest, ours: string, maxRooms: number): Cursors {
  const isForeign = log !== undefined && log !== ours;
  if (!isForeign && Object.keys(since).length === 0) return NO_CURSORS;
  return {
    since: foldCursors(since, maxRooms + 1),
    foreign: isForeign ? new Set() : undefined,
  };
}

/** Whether a cursor may count in another log: the first one of its stream, where `connect` said so. */
function isForeign({ foreign }: Cursors, stream: string, maxRooms: number): boolean {
  // Who has begun so many has read the answer to `connect`.
  if (foreign === undefined || foreign.has(stream) || foreign.size > maxRooms) return false;
  foreign.add(stream);
  return true;
}

/**
 * Cursors by the streams' one name.
 *
 * @throws {ProtocolError} `invalid_message`: they are more than streams can be followed. They are kept
 * as long as the connection is.
 */
function foldCursors(
  since: Readonly<Record<string, number>>,
  maxStreams: number,
): Map<string, number> {
  const entries = Object.entries(since);
  if (entries.length > maxStreams) {
    throw new ProtocolError(
      "invalid_message",
      `Cannot take ${entries.length} cursors: ${maxStreams} are allowed, an inbox and the rooms that one may be in`,
    );
  }
  return new Map(
    entries.map(([stream, seq]) =>
      [isInbox(stream) ? inboxStream(stream.slice(1)) : fold(stream.normalize("NFC")), seq] as const
    ),
  );
}
