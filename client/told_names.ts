import type { HistoryPage, Notification } from "../protocol/chat.ts";
import { fold, isName, isRoom } from "../protocol/names.ts";
import { quote } from "../protocol/quote.ts";

// A server may be hostile, or older than today's rules for names; and people read names as they are shown: `bob` with
// something behind it that nobody sees is taken for bob. So what bears a name that is none is not taken. That is no
// reason to end the connection: another member may have brought the name in by way of an honest server that is older,
// and what is in the log comes again over each connection, so that its room could never be read again.

/** A message as the server tells it. */
export type ToldMessage = HistoryPage["messages"][number];

/**
 * Why a message is not to be taken: it names somebody as nobody can be called, or is nothing to its reader.
 *
 * @param message What the server tells.
 * @param self The reader's name.
 * @returns Why, to stand behind a colon; undefined where nothing is wrong with it.
 */
export function refusalOf(message: ToldMessage, self: string): string | undefined {
  // A field that a message of its kind does not have would be taken for the other kind further on.
  if ("room" in message === "from" in message) return "it is neither of a room nor private";
  if ("room" in message) return noName(message.sender) ?? noName(message.removed?.by);
  const { from, to } = message;
  const isOwn = fold(from) === fold(self) || fold(to) === fold(self);
  return noName(from) ?? noName(to) ?? (isOwn ? undefined : `it is not between ${self} and others`);
}

/** Whether a notification names somebody, or a room, as nobody can be called. */
export function isMisnamed({ name, room }: Pick<Notification, "name" | "room">): boolean {
  return noName(name) !== undefined || room !== undefined && !isRoom(room);
}

function noName(name: string | undefined): string | undefined {
  return name === undefined || isName(name) ? undefined : `${quote(name)} is nobody's name`;
}
