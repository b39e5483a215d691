import { ProtocolError } from "../codec/errors.ts";
import type { ChatRequest } from "../protocol/chat.ts";
import { history, rooms, seen, who } from "./asking.ts";
import { join, leave, refOf } from "./following.ts";
import { away } from "./going_away.ts";
import { connect, prove } from "./handshake.ts";
import { endorse, keys, link, logout, revoke, token } from "./identity_requests.ts";
import { create } from "./creating.ts";
import type { Member } from "./member.ts";
import { moderate } from "./moderating.ts";
import { roomInfo } from "./room_info.ts";
import { say, whisper } from "./saying.ts";
import { search } from "./searching.ts";

/**
 * Does one request of a member.
 *
 * @param member Whose it is.
 * @param request A validated request.
 * @returns Where it takes time: when the next one may be done.
 * @throws {ProtocolError} The answer is no; or the promise is rejected with it.
 */
export function runRequest(member: Member, request: ChatRequest): Promise<void> | void {
  const { type, payload } = request;
  checkTurn(member, type);
  switch (type) {
    case "connect":
      return connect(member, payload);
    case "join":
      return join(member, payload);
    case "leave":
      return leave(member, payload);
    case "message":
      return say(member, payload);
    case "private":
      return whisper(member, payload);
    case "history":
      return history(member, payload);
    case "search":
      return search(member, payload);
    case "seen":
      return seen(member, payload);
    case "who":
      return who(member, payload);
    case "rooms":
      return rooms(member, payload);
    case "away":
      return away(member, payload);
    case "create":
      return create(member, payload);
    case "room":
      return roomInfo(member, payload);
    case "moderate":
      return moderate(member, payload);
    case "prove":
      return prove(member, payload);
    case "keys":
      return keys(member, payload);
    case "link":
      return link(member, payload);
    case "endorse":
      return endorse(member, payload);
    case "revoke":
      return revoke(member, payload);
    case "token":
      return token(member, payload);
    case "logout":
      return logout(member, payload);
    case "quit":
      return member.quit();
    case "ping":
      return member.send({ type: "pong", payload: { t: payload.t, ...refOf(payload) } });
    case "pong":
      return;
    default:
      request satisfies never;
  }
}

/** What may come before anybody is known to be there. */
const BEFORE_CONNECT: ReadonlySet<ChatRequest["type"]> = new Set([
  "connect",
  "prove",
  "ping",
  "pong",
  "quit",
]);

/**
 * Makes sure that a request may come now.
 *
 * @throws {ProtocolError} `unexpected_message`.
 */
function checkTurn(member: Member, type: ChatRequest["type"]): void {
  if (member.name === undefined && !BEFORE_CONNECT.has(type)) {
    throw new ProtocolError(
      "unexpected_message",
      `"${type}" came before "connect": say who you are first`,
    );
  }
  if (type === "connect" && member.challenge !== undefined) {
    throw new ProtocolError(
      "unexpected_message",
      'A challenge waits for its "prove": it comes first',
    );
  }
}
