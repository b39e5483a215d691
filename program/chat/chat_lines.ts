import type { ReadMessage } from "../../client/sealed_chat.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import type { Away, PrivateMessage } from "../../protocol/chat.ts";
import { fold } from "../../protocol/names.ts";
import { DayChanges } from "../../terminal/day_changes.ts";
import type { Shown } from "../../terminal/line_options.ts";
import { counted, Lines } from "../../terminal/lines.ts";
import { peopleTable, type Person } from "../../terminal/people_table.ts";
import type { Style } from "../../terminal/style.ts";
import type { ChatMemory, OpenedMessage } from "./chat_memory.ts";
import type { PendingMessage } from "./pending_messages.ts";
import type { FoundMessage } from "./reading_desk.ts";
import type { SettingValues } from "./setting_table.ts";

/** Rows of the terminal that one message may take. */
const MAX_ROWS = 40;
/** Names of which is remembered that it was told that they are away. */
const MAX_TOLD_AWAY = 1_000;

/** What {@link ChatLines} are made of. */
export interface ChatLinesOptions {
  /** Who reads. */
  readonly name: string;
  /** What is known of rooms and files. */
  readonly memory: ChatMemory;
  /** What somebody has chosen, now. */
  readonly settings: () => SettingValues;
  /** How things stand out, now. */
  readonly style: () => Style;
  /** The terminal's width, now. */
  readonly columns: () => number;
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
}

/** What a chat prints: messages under their days, and what is told between them. Everything is safe for a terminal. */
export class ChatLines {
  readonly #options: ChatLinesOptions;
  readonly #clock: Clock;
  readonly #lines: Lines;
  readonly #days: DayChanges;
  /** By name, since when somebody was told to be away. */
  readonly #toldAway = new Map<string, number>();

  /** @param options Who reads, and how it looks. */
  constructor(options: ChatLinesOptions) {
    const { name, memory, settings, style, columns, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.#days = new DayChanges(clock.now());
    this.#lines = new Lines({
      ...{ name, columns, style: style(), times: true, maxRows: MAX_ROWS },
      showsTime: settings().times === "on",
      card: (file) => memory.cards.card(file),
    });
  }

  /** Settings are others: what is made from now on looks so. */
  change(): void {
    const { style, settings } = this.#options;
    this.#lines.change({ style: style(), showsTime: settings().times === "on" });
  }

  /** A message of a room; where one is there, without the room's name. */
  message(message: OpenedMessage, how: Pick<Shown, "isHere">): string {
    const { rooms } = this.#options.memory;
    const isNumbered = rooms.find(message.room)?.isModerated === true;
    return this.#dated(message.at, this.#lines.message(message, { ...how, isNumbered }));
  }

  /** A message of somebody's to one alone. */
  private(message: ReadMessage<PrivateMessage>, how: Pick<Shown, "isMissed">): string {
    return this.#dated(message.at, this.#lines.private(message, how));
  }

  /** Messages that are shown again, under a title. */
  again(
    title: string,
    messages: readonly FoundMessage[],
    how: Pick<Shown, "isNumbered" | "isWhole">,
  ): string {
    const here = this.#options.memory.rooms.current?.name;
    const shown = messages.map((message) =>
      this.#dated(
        message.at,
        "room" in message
          ? this.#lines.message(message, { ...how, isHere: message.room === here })
          : this.#lines.private(message, how),
      )
    );
    return [this.divider(title), ...shown, this.divider("now")].join("\n");
  }

  /** Who is in a room. */
  people(room: string, people: readonly Person[], isCut: boolean): string {
    const { columns, style } = this.#options;
    const count = `${counted(people.length, "member")}${isCut ? " and more" : ""}`;
    const how = { columns: columns(), style: style(), now: this.#clock.now() };
    return [this.divider(`${room}: ${count}`), ...peopleTable(people, how)].join("\n");
  }

  /**
   * Somebody to whom one has written is away.
   *
   * @returns What is to be printed, once for each time that somebody is away.
   */
  away(name: string, { text, since }: Away): string | undefined {
    const key = fold(name);
    if (this.#toldAway.get(key) === since) return undefined;
    this.#toldAway.set(key, since);
    if (this.#toldAway.size > MAX_TOLD_AWAY) {
      this.#toldAway.delete(this.#toldAway.keys().next().value!);
    }
    return this.notice(`${name} is away${text === undefined ? "" : `: ${text}`}`);
  }

  /** Rows for what is not acknowledged yet. */
  pending({ where, text }: PendingMessage, columns: number): string[] {
    const here = this.#options.memory.rooms.current?.name;
    const place = where.startsWith("@")
      ? { to: where.slice(1) }
      : { room: where, isHere: where === here };
    return this.#lines.pending(text, place, columns);
  }

  /** What stands between messages. */
  divider(text: string): string {
    return this.#lines.divider(text);
  }

  /** What no member said, each a line. */
  notice(...texts: readonly string[]): string {
    return texts.map((text) => this.#lines.notice(text)).join("\n");
  }

  /** What one has asked for, each a line. */
  answer(...texts: readonly string[]): string {
    return texts.map((text) => this.#lines.answer(text)).join("\n");
  }

  /** What went wrong. */
  alarm(text: string): string {
    return this.#lines.alarm(text);
  }

  #dated(at: number, line: string): string {
    return this.#days.isDue(at) ? `${this.#lines.dayLine(at)}\n${line}` : line;
  }
}
