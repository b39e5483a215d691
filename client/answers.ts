import { ProtocolError } from "../codec/errors.ts";
import type {
  Ack,
  HistoryPage,
  HistoryRequest,
  Keys,
  Moderated,
  ModerateRequest,
  RoomInfo,
  RoomsPage,
  SearchPage,
  WhoPage,
} from "../protocol/chat.ts";
import { fold, inboxStream, isName, isRoom } from "../protocol/names.ts";
import { quote } from "../protocol/quote.ts";
import { refusalOf, type ToldMessage } from "./told_names.ts";

// An answer is taken where it answers what was asked. One that is about something else fails the request, and nothing
// of it is seen; the connection goes on, since a new one would bring the same answer. A name in it that is none is left
// out: it may be another member's doing (see told_names.ts).

/** A page of messages, without those that were not to be taken. */
export type TakenPage<P> = P & {
  /** How many were left out, because they name somebody as nobody can be called. */
  readonly refused: number;
};

/**
 * Takes an answer to `history`.
 *
 * @param page What the server tells.
 * @param wanted What was asked: the stream by the name that servers call it.
 * @param self The reader's name.
 * @throws {ProtocolError} `unexpected_message`: it is of something else.
 */
export function takeHistory(
  page: HistoryPage,
  wanted: Pick<HistoryRequest, "stream" | "before" | "after">,
  self: string,
): TakenPage<HistoryPage> {
  const { stream, before = Infinity, after = -1 } = wanted;
  if (page.stream !== stream) throw unexpected("history", `it is of ${quote(page.stream)}`);
  let last = after;
  for (const { seq } of page.messages) {
    if (seq <= last || seq >= before) throw unexpected("history", `event ${seq} is out of place`);
    last = seq;
  }
  return takeMessages("history", page, self, (of) => of === stream);
}

/**
 * Takes an answer to `search`.
 *
 * @param page What the server tells.
 * @param isSearched Whether a stream is one that was searched.
 * @param self The reader's name.
 * @throws {ProtocolError} `unexpected_message`: it tells of other streams.
 */
export function takeSearch(
  page: SearchPage,
  isSearched: (stream: string) => boolean,
  self: string,
): TakenPage<SearchPage> {
  return takeMessages("search", page, self, isSearched);
}

/**
 * Takes a page of a room's members.
 *
 * @param page What the server tells.
 * @param room The room that was asked for.
 * @param after The last member of the page before.
 * @returns The members, and the last of them as the server told it: the next page follows it.
 * @throws {ProtocolError} `unexpected_message`: it is of another room, or does not go on after the page before.
 */
export function takeMembers(
  page: WhoPage,
  room: string,
  after: string | undefined,
): WhoPage & { readonly last: string | undefined } {
  const { members, people } = page;
  if (page.room !== room) throw unexpected("who", `it is of ${quote(page.room)}`);
  const last = lastOf("who", members, after, page.more, isName);
  if (people !== undefined) {
    lastOf("who", people.map(({ name }) => name), after, page.more, isName);
  }
  return {
    ...page,
    members: members.filter(isName),
    ...(people === undefined ? {} : { people: people.filter(({ name }) => isName(name)) }),
    last,
  };
}

/**
 * Takes a page of the rooms.
 *
 * @param page What the server tells.
 * @param after The last room of the page before.
 * @returns The rooms, and the last of them as the server told it: the next page follows it.
 * @throws {ProtocolError} `unexpected_message`: it does not go on after the page before.
 */
export function takeRooms(
  page: RoomsPage,
  after: string | undefined,
): RoomsPage & { readonly last: string | undefined } {
  const last = lastOf("rooms", page.rooms.map(({ room }) => room), after, page.more, isRoom);
  return { ...page, rooms: page.rooms.filter(({ room }) => isRoom(room)), last };
}

/**
 * Takes what was told of a room.
 *
 * @throws {ProtocolError} `unexpected_message`: it is another one, or nobody's who could own it.
 */
export function takeRoomInfo(info: RoomInfo, room: string): RoomInfo {
  takeRoom("room", info, room);
  const { owner, operators, invited, banned, muted } = info;
  if (owner !== undefined && !isName(owner)) {
    throw unexpected("room", `${quote(owner)} is nobody's name`);
  }
  return {
    ...info,
    operators: operators.filter(isName),
    ...(invited === undefined ? {} : { invited: invited.filter(isName) }),
    ...(banned === undefined ? {} : { banned: banned.filter(({ name }) => isName(name)) }),
    ...(muted === undefined ? {} : { muted: muted.filter(({ name }) => isName(name)) }),
  };
}

/**
 * Takes the word that something was done in a room.
 *
 * @throws {ProtocolError} `unexpected_message`: in another one, or something else, or to somebody else.
 */
export function takeModerated(
  done: Moderated,
  { room, action, name }: Pick<ModerateRequest, "room" | "action" | "name">,
): Moderated {
  takeRoom("moderated", done, room);
  if (done.action !== action) throw unexpected("moderated", `it is of "${done.action}"`);
  if (done.name !== undefined) takeName("moderated", done.name, name);
  return done;
}

/**
 * Takes an answer that is about a room.
 *
 * @throws {ProtocolError} `unexpected_message`: it is about another one.
 */
export function takeRoom<A extends { readonly room: string }>(
  type: string,
  answer: A,
  room: string,
): A {
  if (answer.room !== room) throw unexpected(type, `it is of ${quote(answer.room)}`);
  return answer;
}

/**
 * Takes a name's keys.
 *
 * @throws {ProtocolError} `unexpected_message`: they are another name's.
 */
export function takeKeys(keys: Keys, name: string): Keys {
  takeName("keys", keys.name, name);
  return keys;
}

/**
 * Takes an acknowledgement.
 *
 * @throws {ProtocolError} `unexpected_message`: of something that was sent elsewhere.
 */
export function takeAck(ack: Ack, where: { readonly room: string } | { readonly to: string }): Ack {
  if ("to" in where) takeName("ack", ack.to ?? "", where.to);
  else if (ack.room !== where.room) throw unexpected("ack", "it is of another room");
  return ack;
}

function takeName(type: string, told: string, asked: string | undefined): void {
  if (isName(told) && asked !== undefined && fold(told) === fold(asked)) return;
  throw unexpected(type, `it is of ${quote(told)}`);
}

function takeMessages<P extends { readonly messages: readonly ToldMessage[] }>(
  type: string,
  page: P,
  self: string,
  isWanted: (stream: string) => boolean,
): TakenPage<P> {
  const inbox = inboxStream(self);
  for (const message of page.messages) {
    const stream = "room" in message ? message.room : inbox;
    if (!isWanted(stream)) throw unexpected(type, `a message in it is of ${quote(`${stream}`)}`);
  }
  const messages = page.messages.filter((message) => refusalOf(message, self) === undefined);
  return { ...page, messages, refused: page.messages.length - messages.length };
}

/** The last of a page's names, which rise from the page before on: a list that does not would never end. */
function lastOf(
  type: string,
  names: readonly string[],
  after: string | undefined,
  more: boolean,
  isPossible: (name: string) => boolean,
): string | undefined {
  let last = after;
  for (const name of names) {
    if (last !== undefined && fold(name) <= fold(last)) {
      throw unexpected(type, `${quote(name)} does not come after ${quote(last)}`);
    }
    last = name;
  }
  // Whoever reads on to a certain number would read for ever.
  if (more && !names.some(isPossible)) {
    throw unexpected(type, "there is to be more, and there was nothing");
  }
  return last;
}

function unexpected(type: string, found: string): ProtocolError {
  return new ProtocolError(
    "unexpected_message",
    `Cannot take "${type}" for the answer to what was asked: ${found}`,
  );
}
