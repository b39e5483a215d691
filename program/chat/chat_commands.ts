import type { ChatClient } from "../../client/chat_client.ts";
import type { SealedChat } from "../../client/sealed_chat.ts";
import { checkName, checkRoom } from "../../protocol/names.ts";
import { commandHelp } from "../../terminal/commands/command_help.ts";
import type { Command } from "../../terminal/commands/commands.ts";
import type { FileDesk } from "./file_desk.ts";
import type { IdentityDesk } from "./identity_desk.ts";
import type { PeopleDesk } from "./people_desk.ts";
import type { ReadingDesk } from "./reading_desk.ts";
import type { RoomDesk } from "./room_desk.ts";
import type { SealedDesk } from "./sealed_desk.ts";
import type { SettingsDesk } from "./settings_desk.ts";

/** Rooms that a list shows. */
const MAX_LISTED = 200;

/** A command that is done here, and not by who reads the lines. */
export type DoneCommand = Exclude<Command, { readonly kind: "quit" | "rename" }>;

/** What {@link ChatCommands} work with. */
export interface ChatCommandsOptions {
  readonly client: ChatClient;
  readonly chat: SealedChat;
  readonly files: FileDesk;
  readonly identity: IdentityDesk;
  readonly people: PeopleDesk;
  readonly reading: ReadingDesk;
  readonly rooms: RoomDesk;
  readonly sealed: SealedDesk;
  readonly settings: SettingsDesk;
  readonly screen: CommandScreen;
}

/** What commands do to the screen. */
export interface CommandScreen {
  /** The room that one is in. @throws {TypeError} One is in none. */
  room(): string;
  /** Whether one is in a room. */
  isIn(room: string): boolean;
  /** Says something, and shows that it is under way. */
  say(where: { readonly room: string } | { readonly to: string }, text: string): Promise<void>;
  /** Turns to a room that one is in, by name or number. @throws {TypeError} One is not in it. */
  turnTo(room: string | number): void;
  /** The rooms that one is in, in the order of their numbers. */
  ownRooms(): readonly { readonly name: string; readonly unread: number }[];
  /** Who wrote to one alone last; undefined where nobody has. */
  lastWriter(): string | undefined;
  /** Prints lines. */
  notice(...texts: readonly string[]): void;
  /** Prints what went wrong. */
  alarm(text: string): void;
  /** Ends the chat. */
  close(): void;
}

/** Does what is typed: takes each command to who knows how. */
export class ChatCommands {
  readonly #options: ChatCommandsOptions;

  /** @param options Who knows how. */
  constructor(options: ChatCommandsOptions) {
    this.#options = options;
  }

  /**
   * Asks what has to be asked before a command is done: one question at a time.
   *
   * @returns Does it. What comes next may be typed, and sent, before it is done.
   */
  async prepare(command: DoneCommand): Promise<() => Promise<void>> {
    const { files, sealed, screen } = this.#options;
    switch (command.kind) {
      case "send": {
        const { paths, to } = command;
        return await files.send(paths, to === undefined ? { room: screen.room() } : { to });
      }
      case "get":
        return await files.get(command.which, command.folder);
      case "secret":
        return await sealed.secret(command.room, (room) => screen.isIn(room));
      default:
        return () => this.#do(command);
    }
  }

  async #do(
    command: Exclude<DoneCommand, { readonly kind: "send" | "get" | "secret" }>,
  ): Promise<void> {
    const { client, files, identity, people, reading, rooms, sealed, settings, screen } =
      this.#options;
    switch (command.kind) {
      case "say":
        return await screen.say({ room: screen.room() }, command.text);
      case "private":
        return await screen.say({ to: checkName(command.to) }, command.text);
      case "reply": {
        const to = screen.lastWriter();
        if (to === undefined) {
          throw new TypeError("Nobody has written to you alone: /msg NAME TEXT");
        }
        return await screen.say({ to }, command.text);
      }
      case "join":
        return await this.#join(checkRoom(command.room));
      case "go":
        return screen.turnTo(
          typeof command.room === "number" ? command.room : checkRoom(command.room),
        );
      case "leave":
        return await client.leave(screen.room());
      case "who":
        return await people.who(screen.room());
      case "rooms":
        return await this.#listRooms();
      case "history":
        return await reading.history(screen.room(), command);
      case "search": {
        const { query, room, from } = command;
        const where = { ...room !== undefined && { room }, ...from !== undefined && { from } };
        return await reading.search(query, where);
      }
      case "show":
        return await reading.whole(command.stream, command.seq);
      case "cancel":
        if (files.cancel() === 0) screen.notice("There is nothing to stop");
        return;
      case "moderate":
      case "topic":
      case "room":
        return await rooms.do(command);
      case "away":
      case "back":
      case "focus":
      case "ignore":
      case "unignore":
        return await people.do(command);
      case "theme":
      case "set":
      case "bookmark":
        return await settings.do(command);
      case "trust":
        return await sealed.trust(command.name);
      case "link":
        return await identity.link();
      case "fingerprint":
        return await identity.fingerprint(command.name);
      case "devices":
        return await identity.devices();
      case "revoke":
        return await identity.revoke(command.fingerprint);
      case "logout":
        await client.logout();
        screen.notice("Every token of your name is over");
        return screen.close();
      case "help":
        return screen.notice(...commandHelp(command.command));
      case "wrong":
        return screen.alarm(command.message);
      default:
        command satisfies never;
    }
  }

  /** Joins a room, and turns there; to one that one is in already, it only turns. */
  async #join(room: string): Promise<void> {
    const { chat, screen } = this.#options;
    if (screen.isIn(room)) return screen.turnTo(room);
    await chat.join(room);
  }

  async #listRooms(): Promise<void> {
    const { client, screen } = this.#options;
    const shown: string[] = [];
    for await (const { room, count } of client.rooms()) {
      if (shown.length === MAX_LISTED) {
        shown.push("…");
        break;
      }
      shown.push(`${room} (${count})`);
    }
    const own = screen.ownRooms().map(({ name, unread }, at) =>
      `${at + 1}:${name}${unread === 0 ? "" : ` (${unread} unread)`}`
    );
    if (own.length > 0) screen.notice(`You are in ${own.join(", ")}`);
    screen.notice(`Rooms: ${shown.length === 0 ? "none" : shown.join(", ")}`);
  }
}
