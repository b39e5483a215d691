import { DisconnectedError } from "../../client/disconnected.ts";
import type { SealedChat } from "../../client/sealed_chat.ts";
import { systemClock } from "../../clock/clock.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { type Command, readCommand } from "../../terminal/commands/commands.ts";
import type { Key } from "../../terminal/editor/keys.ts";
import type { LineEditor } from "../../terminal/editor/line_editor.ts";
import { counted } from "../../terminal/lines.ts";
import type { Style } from "../../terminal/style.ts";
import { Audience } from "./audience.ts";
import { Bell } from "./bell.ts";
import { ChatCommands } from "./chat_commands.ts";
import type { Entered } from "./chat_entrance.ts";
import { messageOf, speaksTls } from "./chat_failures.ts";
import { ChatCompletion } from "./chat_completion.ts";
import { ChatLines } from "./chat_lines.ts";
import { ChatFooter } from "./chat_footer.ts";
import type { ChatMemory, OpenedMessage } from "./chat_memory.ts";
import { rename } from "./chat_rename.ts";
import { ChatView } from "./chat_view.ts";
import { cutOffText, FileDesk } from "./file_desk.ts";
import { IdentityDesk } from "./identity_desk.ts";
import { OwnMessages } from "./own_messages.ts";
import { PeopleDesk } from "./people_desk.ts";
import { ReadingDesk } from "./reading_desk.ts";
import { RoomDesk } from "./room_desk.ts";
import type { RoomList } from "./room_list.ts";
import { sealedChat, SealedDesk, type SealedOptions } from "./sealed_desk.ts";
import type { SettingValues } from "./setting_table.ts";
import type { Settings } from "./settings.ts";
import { SettingsDesk } from "./settings_desk.ts";
import { terminalSize } from "../../terminal/terminal_size.ts";

/** How long leaving waits for what the server has not acknowledged. */
const LEAVE_WITHIN_MS = 3_000;

/** What a {@link ChatScreen} needs. */
export interface ChatScreenOptions {
  /** The chat; the screen closes its client. */
  readonly entered: Entered;
  /** Where one is typing; the screen closes it when the person leaves, or the session ends. */
  readonly editor: LineEditor;
  /** Who this device is, and where is kept what it knows of sealed conversations. */
  readonly sealed: SealedOptions;
  /** The folder in which files are saved. */
  readonly downloads: string;
  /** What somebody has chosen. */
  readonly settings: Settings;
  /** The settings that hold: of this run, and then of the file. */
  readonly values: () => SettingValues;
  /** How things stand out, now. */
  readonly style: () => Style;
  /** Told when a setting is another one. */
  readonly onSet: () => void;
  /** Has a text changed elsewhere. */
  readonly edit: (text: string) => Promise<string | undefined>;
  /** Enters the chat under another name. */
  readonly enterAs: (name: string, room: string) => Promise<Entered>;
  /** What is known of rooms, people and files, also of before one was called so. */
  readonly memory: ChatMemory;
  /** All rooms to be in, and the one of them to turn to; `entered` is in that one. */
  readonly initial: { readonly rooms: readonly string[]; readonly room: string };
  /** Told when one is in other rooms. */
  readonly onRooms: () => void;
}

/**
 * A chat on a terminal: what happens is printed above the line that is being typed; what is typed is said in the room that
 * one is in, or is a command.
 *
 * - I1 What one says is shown at once as pending, and when it has come back with its number; what was not sent is told.
 */
export class ChatScreen {
  readonly #options: ChatScreenOptions;
  readonly #chat: SealedChat;
  readonly #lines: ChatLines;
  readonly #view: ChatView;
  readonly #rooms: RoomList<OpenedMessage>;
  readonly #files: FileDesk;
  readonly #people: PeopleDesk;
  readonly #commands: ChatCommands;
  readonly #footer: ChatFooter;
  readonly #completion: ChatCompletion;
  /** Whether one is still entering the rooms to be in. */
  #isEntering = true;
  #isLeaving = false;
  /** Where one goes on under another name. */
  #next: Entered | undefined;
  /** What was typed before leaving and never acknowledged. */
  #lost = 0;

  /** @param options The chat, the line editor, what was chosen. */
  constructor(options: ChatScreenOptions) {
    const { entered: { client, server, isTls }, editor, settings, values, style, memory } = options;
    this.#options = options;
    const { rooms, cards } = memory;
    this.#rooms = rooms;
    const audience = new Audience(client.name, settings);
    const lines = this.#lines = new ChatLines({
      ...{ name: client.name, memory, style, settings: values },
      columns: () => terminalSize().columns,
    });
    this.#view = new ChatView({
      ...{ client, memory, audience, lines, settings: values, initial: options.initial },
      bell: new Bell(() => values().bell, () => editor.bell()),
    });
    const notice = (...texts: readonly string[]) => this.#notice(...texts);
    const alarm = (text: string) => editor.print(lines.alarm(text));
    const room = () => this.#needRoom();
    const chat = this.#chat = sealedChat(client, options.sealed, ({ isAlarm, text }) => {
      (isAlarm ? alarm : notice)(text);
    });
    const sealed = new SealedDesk({
      ...{ chat, notice, ask: (question) => editor.secret(question) },
      isOnline: () => client.isOnline,
    });
    const onChange = () => editor.refresh();
    const footer = this.#footer = new ChatFooter({
      ...{ client, rooms, style, onChange },
      marks: () => settings.focus.length === 0 ? [] : [`focus: ${settings.focus.join(", ")}`],
      pendingRows: (message, columns) => lines.pending(message, columns),
    });
    this.#completion = new ChatCompletion({ client, memory, settings });
    const own = new OwnMessages({
      ...{ chat, notice, pending: footer.pending },
      isOnline: () => client.isOnline,
      onAway(name, away) {
        const text = lines.away(name, away);
        if (text !== undefined) editor.print(text);
      },
    });
    this.#files = new FileDesk({
      ...{ client: chat, cards, style: style(), folder: options.downloads },
      screen: {
        ...{ notice, alarm, pause: (work) => editor.pause(work) },
        status: (row) => footer.transfers = row,
      },
    });
    this.#people = new PeopleDesk({
      ...{ client, settings, notice, onChange, name: client.name },
      table: (...table) => editor.print(lines.people(...table)),
    });
    this.#commands = new ChatCommands({
      ...{ client, chat, sealed, files: this.#files },
      rooms: new RoomDesk({ client, room, notice }),
      identity: new IdentityDesk({
        ...{ client, notice, alarm },
        key: options.sealed.device?.key.publicKey,
      }),
      people: this.#people,
      reading: new ReadingDesk({
        ...{ client, chat, notice },
        show: (...shown) => editor.print(lines.again(...shown)),
      }),
      settings: new SettingsDesk({
        ...{ settings, notice },
        place: () => ({ ...server, name: client.name, room: room(), ...isTls && { tls: true } }),
        onChange: () => this.#changed(),
      }),
      screen: {
        ...{ room, notice, alarm },
        isIn: (room) => rooms.find(room) !== undefined,
        say: (where, text) => own.say(where, text),
        turnTo: (room) => this.#turnTo(room),
        lastWriter: () => memory.writers[0],
        ownRooms: () => rooms.all.map(({ name, unread }) => ({ name, unread })),
        close: () => editor.close(),
      },
    });
  }

  /**
   * Chats until the person leaves or the session ends, or goes on under another name.
   *
   * @returns The exit code; or the chat under the other name.
   */
  async run(): Promise<number | Entered> {
    const { editor } = this.#options;
    editor.setFooter((columns) => this.#footer.rows(columns));
    let failure: unknown;
    const showing = this.#showEvents().catch((error) => {
      failure = error;
      editor.close();
    });
    this.#people.stayAway().catch((error) => this.tell(messageOf(error)));
    void this.#joinOthers();
    await this.#obey();
    this.#footer[Symbol.dispose]();
    editor.setFooter(undefined);
    if (this.#next === undefined) editor.close();
    const cutOff = this.#files.cancel();
    this.#view[Symbol.dispose]();
    const isAllSent = await this.#leave() && cutOff === 0;
    await showing;
    if (cutOff > 0) editor.print(this.#lines.alarm(cutOffText(cutOff)));
    if (this.#next !== undefined) return this.#next;
    if (failure === undefined) return isAllSent ? 0 : 1;
    editor.print(this.#lines.alarm(`The session has ended: ${endOf(failure)}`));
    return 1;
  }

  /** The room that one is in; undefined where one is in none. */
  get room(): string | undefined {
    return this.#view.room;
  }

  /** Something that one should know went wrong. */
  tell(text: string): void {
    this.#options.editor.print(this.#lines.alarm(text));
  }

  /** Tab. */
  complete(text: string, cursor: number): ReturnType<ChatCompletion["complete"]> {
    return this.#completion.complete(text, cursor);
  }

  /** A key that the line editor has no use for: Alt+1 to Alt+9, Alt+0 for the tenth, Alt+A. */
  press(key: Key): boolean {
    if (key.kind !== "key" || !key.alt || key.ctrl || !/^[0-9a]$/.test(key.name)) return false;
    const room = key.name === "a"
      ? this.#rooms.nextUnread
      : this.#rooms.find(Number(key.name) || 10);
    if (room === undefined) return false;
    this.#turnTo(room.name);
    return true;
  }

  /** Ctrl-X Ctrl-E. */
  async edit(text: string): Promise<string | undefined> {
    try {
      return await this.#options.edit(text);
    } catch (error) {
      this.#options.editor.print(this.#lines.alarm(messageOf(error)));
      return undefined;
    }
  }

  async #showEvents(): Promise<void> {
    const { client } = this.#options.entered;
    for await (const event of this.#chat.events) {
      const text = this.#view.render(event);
      const { type, payload } = event;
      if (type === "connected") this.#footer.connection(type);
      if (type === "disconnected") this.#footer.connection(payload);
      if (type === "left") this.#footer.pending.forget(payload.room);
      if ((type === "joined" || type === "left") && !this.#isEntering) this.#options.onRooms();
      if (text !== undefined) this.#options.editor.print(text);
      const own = type === "message"
        ? payload.sender === client.name
        : type === "private" && payload.from === client.name;
      if (own && "id" in payload) this.#footer.pending.arrived(payload.id);
      this.#options.editor.refresh();
    }
  }

  async #obey(): Promise<void> {
    const { editor } = this.#options;
    for await (const line of editor.lines()) {
      const command = readCommand(line);
      if (command?.kind === "quit") return;
      if (command === undefined) continue;
      try {
        if (command.kind === "rename") {
          const { entered, enterAs } = this.#options;
          const how = { entered, enterAs, room: this.#needRoom(), ended: editor.ended };
          this.#next = await rename({ ...how, name: command.name });
          if (this.#next !== undefined) return;
          continue;
        }
        // What has to be asked is asked before the next command: one question at a time.
        // Whoever leaves does not wait for it.
        const preparing = this.#commands.prepare(command);
        const work = await Promise.race([preparing, editor.ended]);
        if (work === undefined) return void preparing.catch(() => {});
        // Not waited for: what comes next may be typed, and sent, before the answer.
        work().catch((error) => this.#complain(command, error));
      } catch (error) {
        this.#complain(command, error);
      } finally {
        editor.proceed();
      }
    }
  }

  /** Joins the rooms to be in that one is not in yet. */
  async #joinOthers(): Promise<void> {
    const { entered, initial } = this.#options;
    try {
      for (const room of initial.rooms) {
        if (!entered.rooms.includes(room)) await this.#joinAgain(room);
      }
    } catch {
      // The session has ended, which is told elsewhere.
    } finally {
      this.#isEntering = false;
    }
  }

  async #joinAgain(room: string): Promise<void> {
    try {
      await this.#chat.join(room);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#rooms.left(room);
      this.tell(`You are not in ${room} any more: ${messageOf(error)}`);
    }
  }

  #turnTo(which: string | number): void {
    const room = this.#rooms.find(which);
    if (room === undefined) {
      throw new TypeError(
        typeof which === "number"
          ? `There is no room ${which}: you are in ${counted(this.#rooms.all.length, "room")}`
          : `You are not in ${which}: /join ${which}`,
      );
    }
    if (room.name === this.#rooms.current?.name) return;
    this.#options.editor.print(this.#view.turnTo(room.name));
    this.#options.editor.refresh();
  }

  #changed(): void {
    this.#options.onSet();
    this.#lines.change();
    this.#options.editor.refresh();
  }

  #needRoom(): string {
    const { room } = this.#view;
    if (room === undefined) throw new TypeError("you are in no room: /join ROOM");
    return room;
  }

  #notice(...texts: readonly string[]): void {
    this.#options.editor.print(this.#lines.answer(...texts));
  }

  #complain(command: Command, error: unknown): void {
    const { kind } = command;
    const isText = kind === "say" || kind === "private" || kind === "reply";
    if (isText && this.#isLeaving) this.#lost++;
    // What ended the session is told once.
    if (error instanceof DisconnectedError) return;
    const what = isText || kind === "send" ? "Not sent: " : kind === "get" ? "Not saved: " : "";
    this.#options.editor.print(this.#lines.alarm(`${what}${messageOf(error)}`));
  }

  /** Takes leave of the server. Answers whether everything typed was acknowledged. */
  async #leave(): Promise<boolean> {
    this.#isLeaving = true;
    const { entered: { client }, editor } = this.#options;
    using _timer = systemClock.after(LEAVE_WITHIN_MS, () => client.abort());
    await this.#chat.close();
    if (this.#lost > 0) {
      const text = `${counted(this.#lost, "message")} may not have reached the server`;
      editor.print(this.#lines.alarm(text));
    }
    return this.#lost === 0;
  }
}

/** Why a session has ended, and what to do. */
function endOf(failure: unknown): string {
  return speaksTls(failure)
    ? "the server speaks TLS now. Start the client again"
    : messageOf(failure);
}
