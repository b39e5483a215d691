import type { ChatClient } from "../client/chat_client.ts";
import { DisconnectedError } from "../client/disconnected.ts";
import type { ChatEvent } from "../client/events.ts";
import { ReadMarks } from "../client/read_marks.ts";
import { systemClock } from "../clock/clock.ts";
import type { HistoryPage, Joined } from "../protocol/chat.ts";
import { type Command, commandHelp, readCommand } from "../terminal/commands.ts";
import { LineEditor } from "../terminal/line_editor.ts";
import { counted, Lines, type Shown } from "../terminal/lines.ts";
import { COLOURS, PLAIN } from "../terminal/style.ts";
import { messageOf } from "./chat_failures.ts";
import { connectedText, disconnectedText, gapText, joinedText, leftText } from "./chat_notices.ts";

/** Of a longer absence only the newest messages are shown. */
const MAX_MISSED_SHOWN = 200;
/** Rows of the terminal that one message may take. */
const MAX_ROWS = 40;
/** Names and rooms that a list shows. */
const MAX_LISTED = 200;
/** How long leaving waits for what the server has not acknowledged. */
const LEAVE_WITHIN_MS = 3_000;

const HELP = ". /help lists the commands, exit leaves";

/** What a {@link ChatScreen} needs beside its client. */
export interface ChatScreenOptions {
  /** Keeps the name's token, when the server gave another one. */
  readonly keepToken: (token: string) => Promise<void>;
}

/**
 * A chat on a terminal: what happens is printed above the line that is being typed; what is typed is
 * said in the room that was joined last, or is a command.
 *
 * - I1 What one says is shown when it has come back, with its number; what was not sent is told.
 * - I2 What has been shown is told to the server, so that the next run, on any machine, goes on from there;
 *   and what that was not is marked as missed.
 */
export class ChatScreen {
  readonly #client: ChatClient;
  readonly #options: ChatScreenOptions;
  readonly #lines: Lines;
  readonly #editor: LineEditor;
  readonly #marks: ReadMarks;
  /** Rooms that one is in; what is typed goes to the last one. */
  readonly #rooms: string[] = [];
  /** By room, how many of the missed messages are passed over. */
  readonly #passedOver = new Map<string, number>();
  /** By stream, the newest of the missed messages. */
  readonly #missed = new Map<string, number>();
  #token: string | undefined;
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
    this.#options = options;
    this.#token = client.token;
    this.#rooms.push(room);
    this.#lines = new Lines({
      name: client.name,
      style: Deno.noColor ? PLAIN : COLOURS,
      times: true,
      maxRows: MAX_ROWS,
    });
    this.#editor = new LineEditor("> ");
    this.#marks = new ReadMarks({
      clock: systemClock,
      tell: (stream, seq) => client.seen(stream, seq),
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
    this.#marks[Symbol.dispose]();
    const isAllSent = await this.#leave();
    await showing;
    Deno.removeSignalListener("SIGTERM", stop);
    Deno.removeSignalListener("SIGHUP", stop);
    if (failure === undefined) return isAllSent ? 0 : 1;
    this.#editor.print(this.#lines.alarm(`The session has ended: ${messageOf(failure)}`));
    return 1;
  }

  async #showEvents(): Promise<void> {
    for await (const event of this.#client.events) {
      const text = this.#render(event);
      if (text !== undefined) this.#editor.print(text);
    }
  }

  #render(event: ChatEvent): string | undefined {
    const { type, payload } = event;
    const notice = (text: string) => this.#lines.notice(text);
    switch (type) {
      case "message":
        this.#marks.read(payload.room, payload.seq);
        return this.#isPassedOver(payload.room)
          ? undefined
          : this.#lines.message(payload, this.#shown(payload.room, payload.seq));
      case "private":
        this.#marks.read(this.#client.inbox, payload.seq);
        return this.#lines.private(payload, this.#shown(this.#client.inbox, payload.seq));
      case "connected":
        this.#keepToken();
        this.#follow(this.#client.inbox, payload);
        return notice(connectedText(payload, systemClock.now()) + (payload.again ? "" : HELP));
      case "joined":
        return this.#renderJoined(payload);
      case "left":
        this.#turnFrom(payload.room);
        this.#marks.forget(payload.room);
        return notice(leftText(payload, this.#room));
      case "disconnected":
        return this.#lines.alarm(disconnectedText(payload));
      case "gap":
        return notice(gapText(payload));
      case "notification":
        return notice(payload.message);
      case "error":
        return this.#lines.alarm(payload.message);
      default:
        return event satisfies never;
    }
  }

  #renderJoined(joined: Joined): string {
    const { room, missed } = joined;
    this.#turnTo(room);
    this.#follow(room, joined);
    const text = this.#lines.notice(joinedText(joined, systemClock.now()));
    const passedOver = missed - MAX_MISSED_SHOWN;
    this.#passedOver.delete(room);
    if (passedOver <= 0) return text;
    this.#passedOver.set(room, passedOver);
    return `${text}\n${
      this.#lines.notice(`the oldest ${passedOver} are not shown: /history does`)
    }`;
  }

  /** A stream is followed: what is missed of it comes next; where nothing is, it is read so far. */
  #follow(stream: string, { seq, missed }: Pick<Joined, "seq" | "missed">): void {
    if (missed > 0) this.#missed.set(stream, seq);
    else this.#marks.read(stream, seq);
  }

  /** How a message that has come is shown: one that was missed may be of another day. */
  #shown(stream: string, seq: number): Shown {
    const isMissed = seq <= (this.#missed.get(stream) ?? 0);
    return isMissed ? { isMissed, now: systemClock.now() } : {};
  }

  /** Whether a message is one of the missed ones that are too many to show. */
  #isPassedOver(room: string): boolean {
    const left = this.#passedOver.get(room);
    if (left === undefined) return false;
    if (left > 1) this.#passedOver.set(room, left - 1);
    else this.#passedOver.delete(room);
    return true;
  }

  /** The server has another token for the name since it forgot the one before. */
  #keepToken(): void {
    const { token } = this.#client;
    if (token === undefined || token === this.#token) return;
    this.#token = token;
    // It never fails: where a token cannot be kept, that is told.
    void this.#options.keepToken(token);
  }

  get #room(): string | undefined {
    return this.#rooms.at(-1);
  }

  #turnTo(room: string): void {
    this.#turnFrom(room);
    this.#rooms.push(room);
  }

  #turnFrom(room: string): void {
    const at = this.#rooms.indexOf(room);
    if (at >= 0) this.#rooms.splice(at, 1);
  }

  async #obey(): Promise<void> {
    for await (const line of this.#editor.lines()) {
      const command = readCommand(line);
      if (command?.kind === "quit") return;
      if (command === undefined) continue;
      // Not waited for: what comes next may be typed, and sent, before the answer.
      this.#do(command).catch((error) => this.#complain(command, error));
    }
  }

  async #do(command: Exclude<Command, { kind: "quit" }>): Promise<void> {
    const client = this.#client;
    switch (command.kind) {
      case "say":
        this.#tellIfOffline();
        await client.send(this.#needRoom(), command.text);
        return;
      case "private":
        this.#tellIfOffline();
        await client.sendPrivate(command.to, command.text);
        return;
      case "join":
        await client.join(command.room);
        return;
      case "leave":
        await client.leave(this.#needRoom());
        return;
      case "who":
        return await this.#list(`In ${this.#needRoom()}`, client.who(this.#needRoom()));
      case "rooms":
        return await this.#list("Rooms", roomLabels(client.rooms()));
      case "history":
        return await this.#showHistory(this.#needRoom(), command.limit);
      case "search":
        return await this.#showFound(command);
      case "show":
        return await this.#showWhole(command.stream, command.seq);
      case "help":
        return this.#notice(...commandHelp());
      case "wrong":
        return this.#editor.print(this.#lines.alarm(command.message));
      default:
        command satisfies never;
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
    const { messages } = await this.#client.history(room, { limit });
    this.#notice(`The last ${counted(messages.length, "message")} of ${room}`);
    for (const message of messages) this.#print(message);
    this.#notice("Now");
  }

  async #showFound({ query, ...where }: Extract<Command, { kind: "search" }>): Promise<void> {
    const { room, from } = where;
    const { messages, more } = await this.#client.search(query, {
      ...(room === undefined ? {} : { room }),
      ...(from === undefined ? {} : { from }),
    });
    const what = `${counted(messages.length, "message")} with ${query}`;
    if (messages.length === 0) return this.#notice(`Found no message with ${query}`);
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
    const { messages: [message] } = await this.#client.history(stream, { after, limit: 1 });
    if (message?.seq !== seq) return this.#notice(`There is no message ${seq} in ${stream}`);
    this.#print(message, { now: systemClock.now(), isWhole: true });
  }

  #print(message: HistoryPage["messages"][number], shown: Shown = {}): void {
    this.#editor.print(
      "room" in message ? this.#lines.message(message, shown) : this.#lines.private(message, shown),
    );
  }

  #needRoom(): string {
    if (this.#room === undefined) throw new TypeError("you are in no room: /join ROOM");
    return this.#room;
  }

  #tellIfOffline(): void {
    if (!this.#client.isOnline) this.#notice("Not connected: it is sent when the server is back");
  }

  #notice(...texts: readonly string[]): void {
    this.#editor.print(texts.map((text) => this.#lines.notice(text)).join("\n"));
  }

  #complain(command: Command, error: unknown): void {
    const isText = command.kind === "say" || command.kind === "private";
    if (isText && this.#isLeaving) this.#lost++;
    // What ended the session is told once.
    if (error instanceof DisconnectedError) return;
    const what = isText ? "Not sent: " : "";
    this.#editor.print(this.#lines.alarm(`${what}${messageOf(error)}`));
  }

  /** Takes leave of the server. Answers whether everything typed was acknowledged. */
  async #leave(): Promise<boolean> {
    this.#isLeaving = true;
    using _timer = systemClock.after(LEAVE_WITHIN_MS, () => this.#client.abort());
    await this.#client.close();
    if (this.#lost > 0) {
      const text = `${counted(this.#lost, "message")} may not have reached the server`;
      this.#editor.print(this.#lines.alarm(text));
    }
    return this.#lost === 0;
  }
}

async function* roomLabels(
  rooms: AsyncIterable<{ readonly room: string; readonly count: number }>,
): AsyncGenerator<string, void, void> {
  for await (const { room, count } of rooms) yield `${room} (${count})`;
}
