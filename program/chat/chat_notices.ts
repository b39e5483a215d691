import type { Connected, Disconnected, MissingEvents, RoomLeft } from "../../client/events.ts";
import type { SealedChatEvent } from "../../client/sealed_chat.ts";
import type { Joined, Notification } from "../../protocol/chat.ts";
import { counted } from "../../terminal/lines.ts";
import { localMoment } from "../../terminal/moment.ts";

// What people are told of a chat's connection and rooms, in words. None of it is escaped: what prints
// it does that.

/** `Connected as ann; you missed 2 private messages since yesterday 18:02`. */
export function connectedText(connected: Connected, now: number): string {
  const { name, again, complete } = connected;
  const came = missedText(connected, "private message", now);
  const gone = complete ? "" : "; some private messages are gone for good";
  return `Connected ${again ? "again " : ""}as ${name}${came}${gone}`;
}

/** `Disconnected from the server: …`, and when the next attempt comes. */
export function disconnectedText({ reason, retryInMs }: Disconnected): string {
  const seconds = (retryInMs / 1_000).toFixed(1);
  return `Disconnected from the server: ${reason}. Trying again in ${seconds} s`;
}

/** `You are in lobby, 2 others are here; you missed 12 messages since yesterday 18:02`. */
export function joinedText(joined: Joined, now: number): string {
  const { room, count, complete } = joined;
  const others = count <= 1
    ? "nobody else is here"
    : count === 2
    ? "1 other is here"
    : `${count - 1} others are here`;
  const gone = complete ? "" : "; some of what was said is gone for good";
  const missed = missedText(joined, "message", now);
  return `You are in ${room}, ${others}${roomText(joined)}${gone}${missed}`;
}

/** `; it is yours, and private; its topic is: tea`. */
function roomText({ role, isPrivate = false, topic }: Joined): string {
  const whose = role === undefined
    ? ""
    : role === "owner"
    ? "; it is yours"
    : `; you may moderate it as ${role}`;
  const kind = isPrivate ? `${whose === "" ? "; it is" : " and"} private` : "";
  return `${whose}${kind}${topic === undefined ? "" : `; its topic is: ${topic}`}`;
}

function missedText(
  { missed, missedSince }: Pick<Joined, "missed" | "missedSince">,
  thing: string,
  now: number,
): string {
  if (missed === 0) return "";
  const since = missedSince === undefined ? "" : ` since ${localMoment(missedSince, now)}`;
  return `; you missed ${counted(missed, thing)}${since}`;
}

/** `You are no longer in lobby`, and where one is now. */
export function leftText({ room, error }: RoomLeft, next: string | undefined): string {
  const why = error === undefined ? "" : ` (${error.message})`;
  const where = next === undefined
    ? "/join ROOM takes you to another"
    : `what you type goes to ${next}`;
  return `You are no longer in ${room}${why}; ${where}`;
}

/**
 * What a room is told. Of those who come and go it is in this program's own words; all else are the server's, and say so:
 * they are not to be taken for what this program says.
 */
export function notificationText({ kind, room, name, away, message }: Notification): string {
  if (name !== undefined && room !== undefined) {
    const about = away?.text === undefined ? "" : `: ${away.text}`;
    if (kind === "join") {
      return `${name} joined ${room}${away === undefined ? "" : `, away${about}`}`;
    }
    if (kind === "leave") return `${name} left ${room}`;
    if (kind === "away") return `${name} is away${about}`;
    if (kind === "back") return `${name} is back`;
  }
  return serverText(message);
}

/** What the server says in its own words. */
export function serverText(message: string): string {
  return `server: ${message}`;
}

/** What retention took, or is not shown. */
export function gapText({ stream, after, through, refused }: MissingEvents): string {
  if (refused !== undefined) return `Message ${through} of ${stream} is not shown: ${refused}`;
  return `What came after message ${after} in ${stream}, up to ${through}, is gone for good`;
}

/** What somebody should know who only reads what is said: that something is missing, or that nothing more comes. */
export function eventNotice(event: SealedChatEvent, now: number): string | undefined {
  const { type, payload } = event;
  if (type === "disconnected") return disconnectedText(payload);
  if (type === "joined") return payload.complete ? undefined : joinedText(payload, now);
  if (type === "gap") return gapText(payload);
  if (type !== "left" || payload.error === undefined) return undefined;
  return `You are no longer in ${payload.room} (${payload.error.message})`;
}
