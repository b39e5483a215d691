import type { ChatClient } from "../../client/chat_client.ts";
import { systemClock } from "../../clock/clock.ts";
import type { RoomInfo } from "../../protocol/chat.ts";
import { localMoment } from "../../terminal/moment.ts";
import type { RoomCommand } from "../../terminal/commands/room_commands.ts";

/** Names of each list that are shown. */
const MAX_SHOWN = 200;

/** What a {@link RoomDesk} works with. */
export interface RoomDeskOptions {
  readonly client: Pick<ChatClient, "moderate" | "roomInfo">;
  /** The room that commands are about. @throws {TypeError} One is in none. */
  readonly room: () => string;
  /** Prints lines. */
  readonly notice: (...texts: readonly string[]) => void;
}

/** What the server tells to nobody else, so that it is said here. */
const DONE = {
  unban: (name: string, room: string) => `${name} may join ${room} again`,
  invite: (name: string, room: string) => `${name} is invited to ${room}`,
  uninvite: (name: string, room: string) => `${name} is not invited to ${room} any more`,
} as const;

/** The commands about the room that one is in. */
export class RoomDesk {
  readonly #options: RoomDeskOptions;

  /** @param options What it works with. */
  constructor(options: RoomDeskOptions) {
    this.#options = options;
  }

  /**
   * Does what a command asks for.
   *
   * @throws {ProtocolError} The server's no.
   * @throws {TypeError} One is in no room.
   */
  async do(command: RoomCommand): Promise<void> {
    const { client, notice, room: roomOf } = this.#options;
    const room = roomOf();
    if (command.kind === "room") return await this.#show(room);
    if (command.kind === "topic") {
      const { topic } = await client.roomInfo(room);
      return notice(topic === undefined ? `${room} has no topic` : topicText(room, topic));
    }
    const { kind: _, action, ...about } = command;
    const { name = "" } = await client.moderate(room, action, about);
    // Everything else is told to all who are in the room.
    if (action in DONE) notice(DONE[action as keyof typeof DONE](name, room));
  }

  async #show(room: string): Promise<void> {
    const { client, notice } = this.#options;
    const info = await client.roomInfo(room);
    const { owner, operators, topic, role, invited = [], banned = [], muted = [] } = info;
    notice(
      ...(topic === undefined ? [] : [topicText(room, topic)]),
      `${room} ${kindText(info)}; ${
        owner === undefined ? "it belongs to nobody" : `its owner is ${owner}`
      }`,
      ...listText("Operators", operators),
      ...(role === undefined ? [] : [
        ...listText("Invited", invited),
        ...listText("Banned", banned.map(restrictedText)),
        ...listText("Muted", muted.map(restrictedText)),
      ]),
      ...(info.more ? ["There are more names than these"] : []),
    );
  }
}

function topicText(room: string, topic: string): string {
  return `The topic of ${room}: ${topic}`;
}

function kindText({ isPrivate, isSecret }: RoomInfo): string {
  const who = isPrivate ? "is private: only who is invited may join" : "is open to everybody";
  return isSecret ? `${who}, and encrypted` : who;
}

function listText(title: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MAX_SHOWN ? " …" : "";
  return [`${title}: ${names.slice(0, MAX_SHOWN).join(", ")}${more}`];
}

function restrictedText(
  { name, until }: { readonly name: string; readonly until?: number },
): string {
  return until === undefined ? name : `${name} (until ${localMoment(until, systemClock.now())})`;
}
