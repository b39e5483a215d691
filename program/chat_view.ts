import type { ChatClient } from "../client/chat_client.ts";
import type { ReadMessage, SealedChatEvent } from "../client/sealed_chat.ts";
import { ReadMarks } from "../client/read_marks.ts";
import { systemClock } from "../clock/clock.ts";
import type { HistoryPage, Joined, Notification } from "../protocol/chat.ts";
import type { FileCards } from "../terminal/file_cards.ts";
import { Lines, type Shown } from "../terminal/lines.ts";
import type { Style } from "../terminal/style.ts";
import { connectedText, disconnectedText, gapText, joinedText, leftText } from "./chat_notices.ts";

/** Of a longer absence only the newest messages are shown. */
const MAX_MISSED_SHOWN = 200;
/** Rows of the terminal that one message may take. */
const MAX_ROWS = 40;

const HELP = ". /help lists the commands, exit leaves";

/** What a {@link ChatView} is made of. */
export interface ChatViewOptions {
  /** Whose chat it is. */
  readonly client: ChatClient;
  /** The room that it is in. */
  readonly room: string;
  /** Numbers the files that are shown. */
  readonly cards: FileCards;
  /** How things stand out. */
  readonly style: Style;
}

/**
 * What happens in a chat, as lines for a terminal.
 *
 * - I1 What has been shown is told to the server, so that the next run, on any machine, goes on from there;
 *   and what that was not is marked as missed.
 */
export class ChatView implements Disposable {
  readonly #client: ChatClient;
  readonly #lines: Lines;
  readonly #marks: ReadMarks;
  /** Rooms that one is in; what is typed goes to the last one. */
  readonly #rooms: string[] = [];
  /** By room, how many of the missed messages are passed over. */
  readonly #passedOver = new Map<string, number>();
  /** Rooms that one may moderate: messages bear their numbers there. */
  readonly #moderated = new Set<string>();
  /** By stream, the newest of the missed messages. */
  readonly #missed = new Map<string, number>();

  /** @param options Whose chat, and how it looks. */
  constructor({ client, room, cards, style }: ChatViewOptions) {
    this.#client = client;
    this.#rooms.push(room);
    this.#lines = new Lines({
      name: client.name,
      style,
      times: true,
      maxRows: MAX_ROWS,
      card: (file) => cards.card(file),
    });
    this.#marks = new ReadMarks({
      clock: systemClock,
      tell: (stream, seq) => client.seen(stream, seq),
    });
  }

  /** The room that was joined last; undefined where one is in none. */
  get room(): string | undefined {
    return this.#rooms.at(-1);
  }

  /** Whether a room, by its folded name, was joined. */
  isIn(room: string): boolean {
    return this.#rooms.includes(room);
  }

  /** What is to be printed of an event; undefined for nothing. */
  render(event: SealedChatEvent): string | undefined {
    const { type, payload } = event;
    const notice = (text: string) => this.#lines.notice(text);
    switch (type) {
      case "message":
        this.#marks.read(payload.room, payload.seq);
        return this.#isPassedOver(payload.room) ? undefined : this.#lines.message(payload, {
          ...this.#shown(payload.room, payload.seq),
          isNumbered: this.#moderated.has(payload.room),
        });
      case "private":
        this.#marks.read(this.#client.inbox, payload.seq);
        return this.#lines.private(payload, this.#shown(this.#client.inbox, payload.seq));
      case "connected":
        this.#follow(this.#client.inbox, payload);
        return notice(connectedText(payload, systemClock.now()) + (payload.again ? "" : HELP));
      case "joined":
        return this.#renderJoined(payload);
      case "left":
        this.#turnFrom(payload.room);
        this.#marks.forget(payload.room);
        return notice(leftText(payload, this.room));
      case "disconnected":
        return this.#lines.alarm(disconnectedText(payload));
      case "gap":
        return notice(gapText(payload));
      case "notification":
        this.#noteRole(payload);
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
    if (joined.role === undefined) this.#moderated.delete(room);
    else this.#moderated.add(room);
    const text = this.#lines.notice(joinedText(joined, systemClock.now()));
    const passedOver = missed - MAX_MISSED_SHOWN;
    this.#passedOver.delete(room);
    if (passedOver <= 0) return text;
    this.#passedOver.set(room, passedOver);
    return `${text}\n${
      this.#lines.notice(`the oldest ${passedOver} are not shown: /history does`)
    }`;
  }

  #noteRole({ kind, room = "", name }: Notification): void {
    if (name !== this.#client.name) return;
    if (kind === "op") this.#moderated.add(room);
    else if (kind === "deop") this.#moderated.delete(room);
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

  /** A message that is shown again. */
  message(message: HistoryPage["messages"][number] | ReadMessage, shown: Shown = {}): string {
    return "room" in message
      ? this.#lines.message(message, shown)
      : this.#lines.private(message, shown);
  }

  /** What no member said, each a line. */
  notice(...texts: readonly string[]): string {
    return texts.map((text) => this.#lines.notice(text)).join("\n");
  }

  /** What went wrong. */
  alarm(text: string): string {
    return this.#lines.alarm(text);
  }

  /** Tells the server what was shown. */
  [Symbol.dispose](): void {
    this.#marks[Symbol.dispose]();
  }

  #turnTo(room: string): void {
    this.#turnFrom(room);
    this.#rooms.push(room);
  }

  #turnFrom(room: string): void {
    const at = this.#rooms.indexOf(room);
    if (at >= 0) this.#rooms.splice(at, 1);
  }
}
