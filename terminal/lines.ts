import type { PrivateMessage, RoomMessage, SharedFile } from "../protocol/chat.ts";
import { inboxStream } from "../protocol/names.ts";
import { cellsOf, cutToCells } from "./cells.ts";
import { escapeText } from "./escape.ts";
import { fileLabel } from "./file_cards.ts";
import { folded } from "./folded.ts";
import { findMentions, marking, type Range } from "./mentions.ts";
import { fitsBehind, messageRows, type WrittenLine } from "./message_rows.ts";
import { dayText, localMoment, localTime } from "./moment.ts";
import { NameColumn } from "./name_column.ts";
import type { LineLook, LineOptions, PendingWhere, Shown, ShownSecrecy } from "./line_options.ts";
import type { Style } from "./style.ts";

export type { LineLook, LineOptions, PendingWhere, Shown, ShownSecrecy };

/** A message that may tell how secret it is. */
type Told<M> = M & { readonly secrecy?: ShownSecrecy };

/** Rows of something that waits. */
const MAX_PENDING_ROWS = 3;
/** Rows of what no member said. */
const MAX_TOLD_ROWS = 20;
/** Cells for a text beside what stands before it; with fewer its further rows begin at the left. */
const MIN_TEXT_CELLS = 24;
/** How wide a terminal is taken to be that is not known. */
const USUAL_COLUMNS = 80;
const LEFT_INDENT = 2;

/**
 * Messages and notices as lines for a terminal or a pipe. In the room that the reader is in
 *
 * ```
 * 12:04      ann: hello
 *               | and goodbye
 * 12:05      bob: here is the plan
 *                 [3] plan.pdf, 1.20 MB
 * ```
 *
 * and from elsewhere `12:04 [ops] ann: hello`.
 *
 * - I1 What peers wrote is escaped, so that a line is one line and moves no cursor.
 * - I2 The further lines of a text are indented behind `|`: nobody can write a line that looks like
 *   somebody else's. Where `columns` are known that holds for each row of the terminal.
 *   Nor one that looks like a file's: those are indented, without the `|`.
 * - I3 A text takes `maxRows` rows at most, and says then how to see all of it.
 */
export class Lines {
  #name: string;
  #style: Style;
  #showsTime: boolean;
  readonly #times: boolean;
  readonly #maxRows: number;
  readonly #columns: () => number;
  readonly #card: (file: SharedFile) => string;
  readonly #column = new NameColumn();

  /** @param options How. */
  constructor(options: LineOptions) {
    const { name, style, times, maxRows = Infinity, card = plainCard } = options;
    this.#name = name;
    this.#style = style;
    this.#times = times;
    this.#showsTime = options.showsTime ?? true;
    this.#maxRows = maxRows;
    this.#columns = options.columns ?? (() => Infinity);
    this.#card = card;
  }

  /** Changes how the lines look that are made from now on. */
  change({ name, style, showsTime }: Partial<LineLook>): void {
    this.#name = name ?? this.#name;
    this.#style = style ?? this.#style;
    this.#showsTime = showsTime ?? this.#showsTime;
  }

  /**
   * `12:04 [lobby] ann: hello`; one's own with `#7`, its number in the room. `(removed by bob)` instead of what was
   * removed, and a notice of the event that says so.
   */
  message(message: Told<RoomMessage>, shown: Shown = {}): string {
    const { room, sender, seq, at, files, secrecy, removed, removes } = message;
    if (removes !== undefined) {
      return this.notice(`${sender} removed message #${removes} of ${room}`);
    }
    const text = removed === undefined ? message.text : `(removed by ${escapeText(removed.by)})`;
    const isOwn = sender === this.#name;
    const marked = isOwn || removed !== undefined ? undefined : this.#name;
    // A script is always told the room.
    const isHere = shown.isHere === true && this.#times;
    const where = whereOf(isHere ? "" : this.#place(room), secrecy);
    return this.#said(
      { at, where, who: sender, text, marked, stream: room, seq, isOwn, files, secrecy },
      { ...shown, isHere },
    );
  }

  /**
   * `12:04 [private] ann: psst`, and `12:04 [private to bob] ann: psst` for one's own; `[private, encrypted]` where only the
   * two can read it.
   */
  private(
    { from, to, text, seq, at, files, secrecy }: Told<PrivateMessage>,
    shown: Omit<Shown, "isHere"> = {},
  ): string {
    const isOwn = from === this.#name;
    const whom = isOwn ? ` to ${escapeText(to)}` : "";
    const where = this.#style.private(whereOf(`private${whom}`, secrecy));
    const stream = inboxStream(this.#name);
    return this.#said({ at, where, who: from, text, stream, seq, isOwn, files, secrecy }, shown);
  }

  /** `-- bob joined lobby`: what no member said. */
  notice(text: string): string {
    return this.#told(text, this.#style.dim);
  }

  /** `-- bell is off`: what one has asked for, to be read: only what it begins with is dim. */
  answer(text: string): string {
    const { dim } = this.#style;
    return this.#told(text, (row) => row.replace(/^(?:--| \|)/, (begin) => dim(begin)));
  }

  /** `-- Not sent: …`: what went wrong. */
  alarm(text: string): string {
    return this.#told(text, this.#style.alarm);
  }

  /** `---- Saturday, 21 November 2026 ----`: what follows was said on that day. */
  dayLine(at: number): string {
    return this.divider(dayText(at));
  }

  /** `---- 12 missed messages ----`. */
  divider(text: string): string {
    return this.#style.divider(`---- ${escapeText(text)} ----`);
  }

  /**
   * `    …      ann: hello`: what is not acknowledged yet.
   *
   * @param text What was typed.
   * @param where Where it goes.
   * @param columns The terminal's width.
   * @returns Three rows at most, each narrower than the terminal.
   */
  pending(text: string, where: PendingWhere, columns: number): string[] {
    const who = escapeText(this.#name);
    const place = "to" in where
      ? `[private to ${escapeText(where.to)}] `
      : where.isHere === true
      ? this.#column.beforePending(who)
      : `[${this.#place(where.room)}] `;
    const head = `${this.#showsTime ? "    … " : "… "}${place}${who}: `;
    const lines = folded(text, MAX_PENDING_ROWS + 1).split("\n");
    const rows = messageRows(lines.map((line) => ({ text: escapeText(line) })), {
      head,
      columns,
      indent: indentOf(head, columns),
      bar: "| ",
    });
    const width = Math.max(1, columns - 1);
    const kept = rows.slice(0, MAX_PENDING_ROWS);
    if (rows.length > kept.length) kept.push(`${kept.pop()} …`);
    return kept.map((row) => this.#style.pending(cutToCells(row.trimEnd(), width)));
  }

  /** A room in brackets. To people one that is called as a mark is says that it is a room: no row looks marked that is not. */
  #place(room: string): string {
    return this.#times && MARKS.has(room) ? `room ${room}` : escapeText(room);
  }

  #told(text: string, style: (text: string) => string): string {
    const layout = { head: "-- ", columns: this.#columns(), indent: 1, bar: "| " };
    const rows = messageRows([{ text: escapeText(text) }], layout);
    // Nobody reads so much of it, and a server could fill the screen with it.
    if (rows.length > MAX_TOLD_ROWS) rows.splice(MAX_TOLD_ROWS, Infinity, " | …");
    return rows.map(style).join("\n");
  }

  #said(
    said: {
      readonly at: number;
      /** Empty, or with colours. */
      readonly where: string;
      readonly who: string;
      readonly text: string;
      /** Whose name is marked in the text. */
      readonly marked?: string | undefined;
      readonly stream: string;
      readonly seq: number;
      readonly isOwn: boolean;
      readonly files: readonly SharedFile[] | undefined;
      readonly secrecy: ShownSecrecy | undefined;
    },
    shown: Shown,
  ): string {
    const { dim } = this.#style;
    const { text, stream, seq, isOwn, files = [] } = said;
    const { isWhole = false, isNumbered = false } = shown;
    const kept = isWhole ? text : folded(text, this.#maxRows);
    const lines = this.#written(kept, said.marked, said.secrecy);
    const isMention = lines.some(({ isMarked }) => isMarked);
    const head = this.#head(said, shown, isMention);
    const columns = this.#times ? this.#columns() : Infinity;
    const indent = this.#times ? indentOf(head, columns) : LEFT_INDENT;
    const [bar, margin] = [`${dim("|")} `, " ".repeat(indent)];
    const rows = messageRows(lines, { head, columns, indent, bar });
    const isCut = kept !== text || !isWhole && rows.length > this.#maxRows;
    if (isCut) {
      rows.length = Math.min(rows.length, this.#maxRows);
      rows.push(`${margin}${dim(`| … all of it: /show ${escapeText(stream)} ${seq}`)}`);
    }
    rows[0] = rows[0]!.trimEnd();
    if (this.#times && (isOwn || isNumbered)) {
      const number = dim(` #${seq}`);
      if (fitsBehind(rows.at(-1)!, number, columns)) rows[rows.length - 1] += number;
      else rows.push(`${margin}${dim("|")}${number}`);
    }
    return [...rows, ...files.flatMap((file) => this.#fileRows(file, columns, indent))].join("\n");
  }

  /** `12:04      ann: `: what stands before a text. */
  #head(
    { at, where, who, isOwn }: {
      readonly at: number;
      readonly where: string;
      readonly who: string;
      readonly isOwn: boolean;
    },
    { isHere = false, isMissed = false, now }: Shown,
    isMention: boolean,
  ): string {
    const { dim, mention } = this.#style;
    const name = escapeText(who);
    const coloured = this.#style.name(name, who);
    const moment = now === undefined ? localTime(at) : localMoment(at, now);
    const time = [...(this.#showsTime ? [moment] : []), ...(isMissed ? ["missed"] : [])].join(" ");
    return [
      this.#times && time !== "" ? `${dim(time)} ` : "",
      where === "" ? "" : `${where} `,
      isHere ? this.#column.before(name) : "",
      isMention && !isOwn ? mention(coloured) : coloured,
      ": ",
    ].join("");
  }

  #written(
    text: string,
    marked: string | undefined,
    secrecy: ShownSecrecy | undefined,
  ): (WrittenLine & { readonly isMarked: boolean })[] {
    const { alarm, mention } = this.#style;
    const lines = text.split("\n").map(escapeText).map((line) => {
      const places = marked === undefined ? [] : findMentions(line, marked);
      const isMarked = places.length > 0;
      return { text: line, isMarked, style: marking(line, places, mention) };
    });
    if (secrecy?.kind !== "closed") return lines;
    const reason = `-- not shown: ${escapeText(secrecy.reason)}`;
    const style = ({ from, to }: Range) => alarm(reason.slice(from, to));
    return [{ text: reason, isMarked: false, style }, ...lines.slice(1)];
  }

  #fileRows(file: SharedFile, columns: number, indent: number): string[] {
    const bar = this.#times ? "  " : "";
    const head = " ".repeat(indent) + bar;
    const style = this.#style.dim("|");
    return messageRows([{ text: this.#card(file) }], { head, columns, indent, bar: `${style} ` });
  }
}

/** `[ops, encrypted]`; where no place is named, what is to be known of it alone. */
function whereOf(place: string, secrecy: ShownSecrecy | undefined): string {
  const known = [...(place === "" ? [] : [place]), ...markOf(secrecy)];
  return known.length === 0 ? "" : `[${known.join(", ")}]`;
}

/** What stands in brackets alone, and is no room. */
const MARKS: ReadonlySet<string> = new Set(["encrypted", "private"]);

function markOf(secrecy: ShownSecrecy | undefined): string[] {
  if (secrecy?.kind === "sealed") return ["encrypted"];
  return secrecy?.kind === "open" && secrecy.isUnexpected === true ? ["NOT encrypted"] : [];
}

/** Where the bars of further rows stand: under the colon, if there is room for a text behind them. */
function indentOf(head: string, columns: number): number {
  const cells = cellsOf(head);
  const isRoom = Math.min(columns, USUAL_COLUMNS) - cells >= MIN_TEXT_CELLS;
  return isRoom ? cells - 2 : LEFT_INDENT;
}

function plainCard(file: SharedFile): string {
  return `[file] ${fileLabel(file)}`;
}

/** `1 message`, `2 messages`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
