import type { ChatClient } from "../../client/chat_client.ts";
import type { ReadMessage, SealedChatEvent } from "../../client/sealed_chat.ts";
import { ReadMarks } from "../../client/read_marks.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import type { Joined, Notification, PrivateMessage } from "../../protocol/chat.ts";
import type { RoomLeft } from "../../client/events.ts";
import { counted } from "../../terminal/lines.ts";
import { isMentioned } from "../../terminal/mentions.ts";
import type { Audience } from "./audience.ts";
import type { Bell } from "./bell.ts";
import type { ChatLines } from "./chat_lines.ts";
import {
  connectedText,
  disconnectedText,
  gapText,
  joinedText,
  leftText,
  notificationText,
  serverText,
} from "./chat_notices.ts";
import type { ChatMemory, OpenedMessage } from "./chat_memory.ts";
import { type Arrival, MissedMessages } from "./missed_messages.ts";
import type { RoomList, Unread, UnreadKind } from "./room_list.ts";
import { RosterFilling } from "./roster_filling.ts";
import type { SettingValues } from "./setting_table.ts";

const HELP = ". /help lists the commands, exit leaves";

/** What comes and goes, which `/set joins off` leaves out. */
const COMINGS = new Set(["join", "leave", "away", "back", "resync"]);

/** What a {@link ChatView} is made of. */
export interface ChatViewOptions {
  /** Whose chat it is. */
  readonly client: Pick<ChatClient, "name" | "inbox" | "seen" | "who">;
  /** What is known of rooms, people and files; the view keeps it. */
  readonly memory: ChatMemory;
  /** Who is shown. */
  readonly audience: Audience;
  /** What somebody has chosen, now. */
  readonly settings: () => SettingValues;
  /** Makes text of it. */
  readonly lines: ChatLines;
  /** Rings for messages. */
  readonly bell: Bell;
  /**
   * Rooms that are entered together, and the one of them to be in. To any other room one turns as soon as one is in it.
   * @default none
   */
  readonly initial?: { readonly rooms: readonly string[]; readonly room: string };
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * What happens in a chat, as it is to be printed: where one is, what is unread elsewhere, what was missed.
 *
 * - I1 What has been shown is told to the server, so that the next run, on any machine, goes on from there; and what
 *   that was not is shown as missed. What is unread in a room that one is not in is not told.
 */
export class ChatView implements Disposable {
  readonly #options: ChatViewOptions;
  readonly #rooms: RoomList<OpenedMessage>;
  readonly #clock: Clock;
  readonly #lines: ChatLines;
  readonly #marks: ReadMarks;
  readonly #filling: RosterFilling;
  /** Rooms that are entered together with the one to be in. */
  readonly #initial: Set<string>;
  readonly #missed = new MissedMessages();
  /** Whether the connection was lost, and that told. */
  #isLost = false;

  /** @param options Whose chat, and how it looks. */
  constructor(options: ChatViewOptions) {
    const { client, memory, clock = systemClock, initial } = options;
    this.#options = options;
    this.#initial = new Set(initial?.rooms);
    // Also there one turns as soon as one is in it.
    if (initial !== undefined) this.#initial.delete(initial.room);
    this.#rooms = memory.rooms;
    this.#clock = clock;
    this.#lines = options.lines;
    this.#filling = new RosterFilling({
      roster: memory.roster,
      who: (room) => client.who(room),
      clock,
    });
    this.#marks = new ReadMarks({ clock, tell: (stream, seq) => client.seen(stream, seq) });
  }

  /** The room that what is typed goes to; undefined where one is in none. */
  get room(): string | undefined {
    return this.#rooms.current?.name;
  }

  /** What is to be printed of an event; undefined for nothing. */
  render(event: SealedChatEvent): string | undefined {
    const { type, payload } = event;
    switch (type) {
      case "message":
        return this.#renderMessage(payload);
      case "private":
        return this.#renderPrivate(payload);
      case "connected": {
        const { inbox } = this.#options.client;
        this.#isLost = false;
        const text = connectedText(payload, this.#clock.now()) + (payload.again ? "" : HELP);
        return joinLines(
          this.#lines.notice(text),
          this.#follow(inbox, payload, "missed private message"),
        );
      }
      case "joined":
        return this.#renderJoined(payload);
      case "left":
        return this.#renderLeft(payload);
      case "disconnected": {
        // The further attempts are the status line's to tell.
        if (this.#isLost) return undefined;
        this.#isLost = true;
        return this.#lines.alarm(disconnectedText(payload));
      }
      case "gap":
        return this.#lines.notice(gapText(payload));
      case "notification":
        return this.#renderNotification(payload);
      case "error":
        return this.#lines.alarm(serverText(payload.message));
      default:
        return event satisfies never;
    }
  }

  /**
   * Turns to a room that one is in.
   *
   * @param name The room.
   * @returns What is to be printed: what came of it meanwhile.
   */
  turnTo(name: string): string {
    return this.#renderTurned(this.#rooms.turnTo(name));
  }

  /** Tells the server what was shown, and asks it nothing more. */
  [Symbol.dispose](): void {
    this.#marks[Symbol.dispose]();
    this.#filling[Symbol.dispose]();
  }

  #renderMessage(message: OpenedMessage): string | undefined {
    const { room, seq, sender } = message;
    const { audience, client } = this.#options;
    const isOwn = sender === client.name;
    const isHere = room === this.room;
    const isMention = !isOwn && message.removes === undefined &&
      isMentioned(message.text, client.name);
    this.#options.memory.roster.spoke(room, sender);
    const isShown = audience.isShown(sender);
    const arrival = this.#missed.pass(room, seq);
    if (!isHere && this.#options.settings().rooms === "here") {
      const kind = isOwn ? "own" : isMention ? "mention" : "message";
      if (isShown) this.#keep(message, kind, arrival);
      // What came before it and was not shown is not read.
      else if (!this.#rooms.hasUnread(room)) this.#marks.read(room, seq);
      return undefined;
    }
    // Of before all rooms were to be shown.
    const before = this.#renderKept(room, isHere);
    this.#marks.read(room, seq);
    if (!isShown || arrival.isPassedOver) return joinLines(before, this.#endOf(arrival));
    this.#options.bell.call({ isOwn, isMention, isMissed: arrival.isMissed });
    return joinLines(before, this.#lines.message(message, { isHere }), this.#endOf(arrival));
  }

  /** Keeps a message of a room that one is not in. */
  #keep(message: OpenedMessage, kind: UnreadKind, { isMissed }: Arrival): void {
    const { room, seq, sender, at, removes } = message;
    if (removes === undefined) {
      this.#rooms.unread(room, message, kind);
      return this.#options.bell.call({
        isOwn: kind === "own",
        isMention: kind === "mention",
        isMissed,
      });
    }
    // There is nothing to be read of it, unless something before it is.
    if (!this.#rooms.hasUnread(room)) this.#marks.read(room, seq);
    const removed = { by: sender, at };
    this.#rooms.revise(room, (kept) => {
      if (kept.seq !== removes) return kept;
      const { files: _gone, ...rest } = kept;
      return { ...rest, text: "", removed };
    });
  }

  /** What is unread of a room, where something newer of it is shown. */
  #renderKept(room: string, isHere: boolean): string {
    if (!this.#rooms.hasUnread(room)) return "";
    return this.#rooms.take(room).kept.map((message) => this.#lines.message(message, { isHere }))
      .join("\n");
  }

  #renderPrivate(message: ReadMessage<PrivateMessage>): string | undefined {
    const { from, seq } = message;
    const { audience, client } = this.#options;
    const arrival = this.#missed.pass(client.inbox, seq);
    const { isMissed } = arrival;
    this.#marks.read(client.inbox, seq);
    if (audience.isIgnored(from)) return this.#endOf(arrival);
    const isOwn = from === client.name;
    if (!isOwn) this.#options.memory.wrote(from);
    this.#options.bell.call({ isOwn, isMention: !isOwn, isMissed });
    return joinLines(this.#lines.private(message, { isMissed }), this.#endOf(arrival));
  }

  #renderJoined(joined: Joined): string | undefined {
    const { room, complete } = joined;
    const isNew = this.#rooms.joined(joined);
    if (isNew) this.#filling.fill(room);
    if (isNew && !this.#initial.has(room)) this.#rooms.turnTo(room);
    const isHere = room === this.room;
    const isPrinted = isHere || this.#options.settings().rooms === "all";
    const followed = this.#follow(room, joined, "missed message");
    if (!isPrinted && !isNew && complete) return undefined;
    return joinLines(
      this.#lines.notice(joinedText(joined, this.#clock.now())),
      isPrinted ? followed : undefined,
    );
  }

  #renderLeft(left: RoomLeft): string {
    const { room } = left;
    const turned = this.#rooms.left(room);
    this.#marks.forget(room);
    this.#missed.forget(room);
    this.#filling.forget(room);
    this.#options.memory.roster.forget(room);
    return joinLines(
      this.#lines.notice(leftText(left, this.room)),
      this.#renderTurned(turned, false),
    )!;
  }

  #renderNotification(told: Notification): string | undefined {
    const { kind, room = "", name = "", count } = told;
    const { audience, client, settings } = this.#options;
    if (count !== undefined) this.#rooms.update(room, { count });
    if (name === client.name && (kind === "op" || kind === "deop")) {
      this.#rooms.update(room, { isModerated: kind === "op" });
    }
    const isIn = this.#rooms.find(room) !== undefined;
    // Who comes and goes elsewhere is nothing to who is here, and nothing to keep.
    if (!isIn && room !== "" && COMINGS.has(kind)) return undefined;
    if (isIn) this.#noteInRoster(room, told);
    if (!COMINGS.has(kind)) return this.#lines.notice(notificationText(told));
    // Of oneself only the other devices are told, without a room.
    if (name === client.name && room !== "" && (kind === "away" || kind === "back")) {
      return undefined;
    }
    const { joins, rooms } = settings();
    const isElsewhere = room !== "" && room !== this.room && rooms === "here";
    if (joins === "off" || isElsewhere || audience.isIgnored(name)) return undefined;
    return this.#lines.notice(notificationText(told));
  }

  #noteInRoster(room: string, { kind, name = "" }: Notification): void {
    const { roster } = this.#options.memory;
    if (kind === "join") roster.entered(room, name);
    if (kind === "leave") roster.left(room, name);
    if (kind === "resync") this.#filling.fill(room);
  }

  /** What came of a room while one was elsewhere. */
  #renderTurned({ count, dropped, kept }: Unread<OpenedMessage>, isAsked = true): string {
    const { room } = this;
    if (room === undefined) return "";
    const last = kept.at(-1);
    if (last !== undefined) this.#marks.read(room, last.seq);
    if (count + kept.length === 0 && !isAsked) return "";
    const unread = count === 0 ? "" : `: ${counted(count, "unread message")}`;
    return [
      this.#lines.divider(`${room}${unread}`),
      ...dropped === 0 ? [] : [this.#lines.notice(passedOverText(dropped))],
      ...kept.map((message) => this.#lines.message(message, { isHere: true })),
    ].join("\n");
  }

  /** A stream is followed: what is missed of it comes next; where nothing is, it is read so far. */
  #follow(
    stream: string,
    told: Pick<Joined, "seq" | "missed">,
    thing: string,
  ): string | undefined {
    const passedOver = this.#missed.follow(stream, told);
    if (told.missed === 0) {
      // There is nothing more to read, unless something waits to be shown.
      if (!this.#rooms.hasUnread(stream)) this.#marks.read(stream, told.seq);
      return undefined;
    }
    const divider = this.#lines.divider(counted(told.missed, thing));
    return passedOver === 0
      ? divider
      : `${divider}\n${this.#lines.notice(passedOverText(passedOver))}`;
  }

  /** What is printed behind the last of what was missed. */
  #endOf({ isLast }: Arrival): string | undefined {
    return isLast ? this.#lines.divider("now") : undefined;
  }
}

function passedOverText(count: number): string {
  return `the oldest ${count} are not shown: /history does`;
}

function joinLines(...lines: readonly (string | undefined)[]): string | undefined {
  const present = lines.filter((line) => line !== undefined && line !== "");
  return present.length === 0 ? undefined : present.join("\n");
}
