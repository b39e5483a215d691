import type { Connected, Disconnected, RoomLeft } from "../client/events.ts";
import type { Gap, Joined } from "../protocol/chat.ts";
import { counted } from "../terminal/lines.ts";

// What people are told of a chat's connection and rooms, in words. None of it is escaped: what prints
// it does that.

/** `Connected as ann`, and what is lost of the inbox. */
export function connectedText({ name, again, missed, complete }: Connected): string {
  const came = missed === 0 ? "" : `; ${counted(missed, "private message")} came meanwhile`;
  const gone = complete ? "" : "; some private messages are gone for good";
  return `Connected ${again ? "again " : ""}as ${name}${came}${gone}`;
}

/** `Disconnected from the server: …`, and when the next attempt comes. */
export function disconnectedText({ reason, retryInMs }: Disconnected): string {
  const seconds = (retryInMs / 1_000).toFixed(1);
  return `Disconnected from the server: ${reason}. Trying again in ${seconds} s`;
}

/** `You are in lobby, 2 others are here; 12 missed messages:`. */
export function joinedText({ room, count, missed, complete }: Joined): string {
  const others = count <= 1
    ? "nobody else is here"
    : count === 2
    ? "1 other is here"
    : `${count - 1} others are here`;
  const gone = complete ? "" : "; some of what was said is gone for good";
  const came = missed === 0 ? "" : `; ${counted(missed, "missed message")}:`;
  return `You are in ${room}, ${others}${gone}${came}`;
}

/** `You are no longer in lobby`, and where one is now. */
export function leftText({ room, error }: RoomLeft, next: string | undefined): string {
  const why = error === undefined ? "" : ` (${error.message})`;
  const where = next === undefined
    ? "/join ROOM takes you to another"
    : `what you type goes to ${next}`;
  return `You are no longer in ${room}${why}; ${where}`;
}

/** What retention took. */
export function gapText({ stream, after, through }: Gap): string {
  return `What came after message ${after} in ${stream}, up to ${through}, is gone for good`;
}
