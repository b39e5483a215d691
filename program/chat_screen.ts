import type { ChatClient } from "../client/chat_client.ts";
import type { SealedChat } from "../client/sealed_chat.ts";
import { DisconnectedError } from "../client/disconnected.ts";
import { systemClock } from "../clock/clock.ts";
import { commandHelp } from "../terminal/command_help.ts";
import { type Command, readCommand } from "../terminal/commands.ts";
import { FileCards } from "../terminal/file_cards.ts";
import { LineEditor } from "../terminal/line_editor.ts";
import { counted } from "../terminal/lines.ts";
import { COLOURS, PLAIN } from "../terminal/style.ts";
import { messageOf } from "./chat_failures.ts";
import { ChatView } from "./chat_view.ts";
import { cutOffText, FileDesk } from "./file_desk.ts";
import { IdentityDesk } from "./identity_desk.ts";
import { sealedChat, SealedDesk, type SealedOptions } from "./sealed_desk.ts";
import { RoomDesk } from "./room_desk.ts";

/** Names and rooms that a list shows. */
const MAX_LISTED = 200;
/** How long leaving waits for what the server has not acknowledged. */
const LEAVE_WITHIN_MS = 3_000;

/** What a {@link ChatScreen} needs beside its client. */
export interface ChatScreenOptions {
  /** Who this device is, and where is kept what it knows of sealed conversations. */
  readonly sealed: SealedOptions;
  /** The folder in which files are saved. */
  readonly downloads: string;
}

/**
 * A chat on a terminal: what happens is printed above the line that is being typed; what is typed is
 * said in the room that was joined last, or is a command.
 *
 * - I1 What one says is shown when it has come back, with its number; what was not sent is told.
 */
export class ChatScreen {
  readonly #client: ChatClient;
  readonly #chat: SealedChat;
  readonly #sealed: SealedDesk;
  readonly #view: ChatView;
  readonly #editor: LineEditor;
  readonly #files: FileDesk;
  readonly #identity: IdentityDesk;
  readonly #rooms: RoomDesk;
  #isLeaving = false;
  /** What was typed before leaving and never acknowledged. */
  #lost = 0;

  /**
   * @param client A client that is connected; the screen closes it.
   * @param room The room that it is in.
   * @param options What else it needs.
   */
  constructor(client: ChatClient, room: string, options: ChatScreenOptions) {
    this.#client = client;
    const style = Deno.noColor ? PLAIN : COLOURS;
    const cards = new FileCards();
    const view = this.#view = new ChatView({ client, room, cards, style });
    const editor = this.#editor = new LineEditor({ prompt: "> " });
    this.#rooms = new RoomDesk({
      client,
      room: () => this.#needRoom(),
      notice: (...texts) => this.#notice(...texts),
    });
    const chat = this.#chat = sealedChat(client, options.sealed, ({ isAlarm, text }) => {
      editor.print(isAlarm ? view.alarm(text) : view.notice(text));
    });
    this.#sealed = new SealedDesk({
      chat,
      ask: (question) => editor.secret(question),
      notice: (text) => this.#notice(text),
    });
    this.#files = new FileDesk({
      client: chat,
      cards,
      style,
      folder: options.downloads,
      screen: {
        notice: (text) => editor.print(view.notice(text)),
        alarm: (text) => editor.print(view.alarm(text)),
        status: (line) => editor.setFooter(line === undefined ? undefined : () => [line]),
        pause: (work) => editor.pause(work),
      },
    });
    this.#identity = new IdentityDesk({
      client,
      key: options.sealed.device?.key.publicKey,
      notice: (...lines) => this.#notice(...lines),
      alarm: (text) => editor.print(view.alarm(text)),
    });
  }

  /**
   * Chats until the person leaves or the session ends.
   *
   * @returns The exit code.
   */
  async run(): Promise<number> {
    const stop = () => this.#editor.close();
    Deno.addSignalListener("SIGTERM", stop);
    Deno.addSignalListener("SIGHUP", stop);
    let failure: unknown;
    const showing = this.#showEvents().catch((error) => {
      failure = error;
      this.#editor.close();
    });
    await this.#obey();
    this.#editor.close();
    const cutOff = this.#files.cancel();
    this.#view[Symbol.dispose]();
    const isAllSent = await this.#leave() && cutOff === 0;
    await showing;
    Deno.removeSignalListener("SIGTERM", stop);
    Deno.removeSignalListener("SIGHUP", stop);
    if (cutOff > 0) this.#editor.print(this.#view.alarm(cutOffText(cutOff)));
    if (failure === undefined) return isAllSent ? 0 : 1;
    this.#editor.print(this.#view.alarm(`The session has ended: ${messageOf(failure)}`));
    return 1;
  }

  async #showEvents(): Promise<void> {
    for await (const event of this.#chat.events) {
      const text = this.#view.render(event);
      if (text !== undefined) this.#editor.print(text);
    }
  }

  async #obey(): Promise<void> {
    for await (const line of this.#editor.lines()) {
      const command = readCommand(line);
      if (command?.kind === "quit") return;
      if (command === undefined) continue;
      try {
        // What has to be asked is asked before the next command: one question at a time.
        const work = await this.#prepare(command);
        // Not waited for: what comes next may be typed, and sent, before the answer.
        work().catch((error) => this.#complain(command, error));
      } catch (error) {
        this.#complain(command, error);
      }
    }
  }

  async #prepare(command: Exclude<Command, { kind: "quit" }>): Promise<() => Promise<void>> {
    switch (command.kind) {
      case "send": {
        const { paths, to } = command;
        return await this.#files.send(
          paths,
          to === undefined ? { room: this.#needRoom() } : { to },
        );
      }
      case "get":
        return await this.#files.get(command.which, command.folder);
      case "secret":
        return await this.#sealed.secret(command.room, (room) => this.#view.isIn(room));
      default:
        return () => this.#do(command);
    }
  }

  async #do(
    command: Exclude<Command, { kind: "quit" | "send" | "get" | "secret" }>,
  ): Promise<void> {
    const client = this.#client;
    switch (command.kind) {
      case "say":
        this.#tellIfOffline();
        await this.#chat.send(this.#needRoom(), command.text);
        return;
      case "private":
        this.#tellIfOffline();
        await this.#chat.sendPrivate(command.to, command.text);
        return;
      case "join":
        await this.#chat.join(command.room);
        return;
      case "leave":
        await client.leave(this.#needRoom());
        return;
      case "who":
        return await this.#list(`In ${this.#needRoom()}`, client.who(this.#needRoom()));
      case "rooms":
        return await this.#list("Rooms", roomLabels(client.rooms()));
      case "history":
        if ("limit" in command) return await this.#showHistory(this.#needRoom(), command.limit);
        return this.#editor.print(this.#view.alarm("/history TIME is not known here yet"));
      case "search":
        return await this.#showFound(command);
      case "show":
        return await this.#showWhole(command.stream, command.seq);
      case "cancel":
        if (this.#files.cancel() === 0) this.#notice("There is nothing to stop");
        return;
      case "moderate":
      case "topic":
      case "room":
        return await this.#rooms.do(command);
      case "trust":
        return await this.#sealed.trust(command.name);
      case "link":
        return await this.#identity.link();
      case "fingerprint":
        return await this.#identity.fingerprint(command.name);
      case "devices":
        return await this.#identity.devices();
      case "revoke":
        return await this.#identity.revoke(command.fingerprint);
      case "logout":
        await client.logout();
        this.#notice("Every token of your name is over");
        return this.#editor.close();
      case "help":
        return this.#notice(...commandHelp(command.command));
      case "wrong":
        return this.#editor.print(this.#view.alarm(command.message));
      default:
        return this.#editor.print(this.#view.alarm(`/${command.kind} is not known here yet`));
    }
  }

  async #list(title: string, items: AsyncIterable<string>): Promise<void> {
    const shown: string[] = [];
    for await (const item of items) {
      if (shown.length === MAX_LISTED) {
        shown.push("…");
        break;
      }
      shown.push(item);
    }
    this.#notice(`${title}: ${shown.length === 0 ? "nobody" : shown.join(", ")}`);
  }

  async #showHistory(room: string, limit: number): Promise<void> {
    const { messages } = await this.#chat.history(room, { limit });
    this.#notice(`The last ${counted(messages.length, "message")} of ${room}`);
    for (const message of messages) this.#print(message, { isNumbered: true });
    this.#notice("Now");
  }

  async #showFound({ query, ...where }: Extract<Command, { kind: "search" }>): Promise<void> {
    const { room, from } = where;
    const { messages, more } = await this.#client.search(query, {
      ...(room === undefined ? {} : { room }),
      ...(from === undefined ? {} : { from }),
    });
    const what = `${counted(messages.length, "message")} with ${query}`;
    if (messages.length === 0) {
      return this.#notice(`Found no message with ${query}; what is encrypted is not searched`);
    }
    this.#notice(
      more
        ? `Found more; the newest ${what}, the oldest of them first`
        : `Found ${what}, the oldest first`,
    );
    const now = systemClock.now();
    for (const message of messages.toReversed()) this.#print(message, { now });
    this.#notice("Now");
  }

  async #showWhole(stream: string, seq: number): Promise<void> {
    const after = Math.max(seq - 1, 0);
    const { messages: [message] } = await this.#chat.history(stream, { after, limit: 1 });
    if (message?.seq !== seq) return this.#notice(`There is no message ${seq} in ${stream}`);
    this.#print(message, { now: systemClock.now(), isWhole: true });
  }

  #print(...message: Parameters<ChatView["message"]>): void {
    this.#editor.print(this.#view.message(...message));
  }

  #needRoom(): string {
    const { room } = this.#view;
    if (room === undefined) throw new TypeError("you are in no room: /join ROOM");
    return room;
  }

  #tellIfOffline(): void {
    if (!this.#client.isOnline) this.#notice("Not connected: it is sent when the server is back");
  }

  #notice(...texts: readonly string[]): void {
    this.#editor.print(this.#view.notice(...texts));
  }

  #complain(command: Command, error: unknown): void {
    const isText = command.kind === "say" || command.kind === "private";
    if (isText && this.#isLeaving) this.#lost++;
    // What ended the session is told once.
    if (error instanceof DisconnectedError) return;
    const what = isText || command.kind === "send"
      ? "Not sent: "
      : command.kind === "get"
      ? "Not saved: "
      : "";
    this.#editor.print(this.#view.alarm(`${what}${messageOf(error)}`));
  }

  /** Takes leave of the server. Answers whether everything typed was acknowledged. */
  async #leave(): Promise<boolean> {
    this.#isLeaving = true;
    using _timer = systemClock.after(LEAVE_WITHIN_MS, () => this.#client.abort());
    await this.#chat.close();
    if (this.#lost > 0) {
      const text = `${counted(this.#lost, "message")} may not have reached the server`;
      this.#editor.print(this.#view.alarm(text));
    }
    return this.#lost === 0;
  }
}

async function* roomLabels(
  rooms: AsyncIterable<{ readonly room: string; readonly count: number }>,
): AsyncGenerator<string, void, void> {
  for await (const { room, count } of rooms) yield `${room} (${count})`;
}
