import type { PrivateMessage, RoomMessage, SharedFile } from "../protocol/chat.ts";
import { inboxStream } from "../protocol/names.ts";
import { escapeText } from "./escape.ts";
import { fileLabel } from "./file_cards.ts";
import { folded } from "./folded.ts";
import { localMoment, localTime } from "./moment.ts";
import type { Style } from "./style.ts";

/** How messages become lines. */
export interface LineOptions {
  /** Who reads: own messages bear their number. */
  readonly name: string;
  /** How things stand out. */
  readonly style: Style;
  /** Whether each message has its time. */
  readonly times: boolean;
  /** Rows of a terminal that one text may take; what is over is folded away. @default {Infinity} */
  readonly maxRows?: number;
  /** A file in a line, safe to print. @default {`[file] plan.pdf, 1.20 MB`} */
  readonly card?: (file: SharedFile) => string;
}

/** How secret a message is, where that is known. */
export type ShownSecrecy =
  /** Encrypted, and its sender's. */
  | { readonly kind: "sealed" }
  /** Not encrypted; `isUnexpected` where its sender usually does. */
  | { readonly kind: "open"; readonly isUnexpected?: boolean }
  /** It cannot be shown, for a reason. */
  | { readonly kind: "closed"; readonly reason: string };

/** A message that may tell how secret it is. */
type Told<M> = M & { readonly secrecy?: ShownSecrecy };

/** What is special about a message that is shown. */
export interface Shown {
  /** It was said while the reader was away. */
  readonly isMissed?: boolean;
  /** What time it is: it may be of another day, which is told then. */
  readonly now?: number;
  /** Nothing of it is folded away. */
  readonly isWhole?: boolean;
  /** Its number is shown, though it is not one's own: who may remove it needs that. */
  readonly isNumbered?: boolean;
}

/**
 * Messages and notices as lines for a terminal or a pipe.
 *
 * - I1 What peers wrote is escaped, so that a line is one line and moves no cursor.
 * - I2 The further lines of a text are indented behind `|`: nobody can write a line that looks like
 *   somebody else's.
 *   Nor one that looks like a file's: those are indented, without the `|`.
 * - I3 A text takes `maxRows` rows at most, and says then how to see all of it.
 */
export class Lines {
  readonly #name: string;
  readonly #style: Style;
  readonly #times: boolean;
  readonly #maxRows: number;
  readonly #card: (file: SharedFile) => string;

  /** @param options How. */
  constructor({ name, style, times, maxRows = Infinity, card = plainCard }: LineOptions) {
    this.#name = name;
    this.#style = style;
    this.#times = times;
    this.#maxRows = maxRows;
    this.#card = card;
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
    const text = removed === undefined ? message.text : `(removed by ${removed.by})`;
    const where = `[${escapeText(room)}${markOf(secrecy)}]`;
    const isOwn = sender === this.#name;
    return this.#said(
      { at, where, who: sender, text, stream: room, seq, isOwn, files, secrecy },
      shown,
    );
  }

  /**
   * `12:04 [private] ann: psst`, and `12:04 [private to bob] ann: psst` for one's own; `[private, encrypted]` where only the
   * two can read it.
   */
  private(
    { from, to, text, seq, at, files, secrecy }: Told<PrivateMessage>,
    shown: Shown = {},
  ): string {
    const isOwn = from === this.#name;
    const whom = isOwn ? ` to ${escapeText(to)}` : "";
    const where = this.#style.private(`[private${whom}${markOf(secrecy)}]`);
    const stream = inboxStream(this.#name);
    return this.#said({ at, where, who: from, text, stream, seq, isOwn, files, secrecy }, shown);
  }

  /** `-- bob joined lobby`: what no member said. */
  notice(text: string): string {
    return this.#style.dim(`-- ${escapeText(text)}`);
  }

  /** `-- Not sent: …`: what went wrong. */
  alarm(text: string): string {
    return this.#style.alarm(`-- ${escapeText(text)}`);
  }

  #said(
    said: {
      readonly at: number;
      readonly where: string;
      readonly who: string;
      readonly text: string;
      readonly stream: string;
      readonly seq: number;
      readonly isOwn: boolean;
      readonly files: readonly SharedFile[] | undefined;
      readonly secrecy: ShownSecrecy | undefined;
    },
    { isMissed = false, isWhole = false, isNumbered = false, now }: Shown,
  ): string {
    const { alarm, dim, strong } = this.#style;
    const { at, where, who, text, stream, seq, isOwn, files = [], secrecy } = said;
    const kept = isWhole ? text : folded(text, this.#maxRows);
    const [spoken = "", ...others] = kept.split("\n").map(escapeText);
    const first = secrecy?.kind === "closed"
      ? alarm(`-- not shown: ${escapeText(secrecy.reason)}`)
      : spoken;
    const moment = now === undefined ? localTime(at) : localMoment(at, now);
    const time = this.#times ? `${dim(`${moment}${isMissed ? " missed" : ""}`)} ` : "";
    const number = this.#times && (isOwn || isNumbered) ? dim(` #${seq}`) : "";
    const indent = this.#times ? "      " : "  ";
    const cut = kept === text
      ? []
      : [`${indent}${dim(`| … all of it: /show ${escapeText(stream)} ${seq}`)}`];
    const shown = [
      `${time}${where} ${strong(escapeText(who) + ":")} ${first}`.trimEnd(),
      ...others.map((line) => `${indent}${dim("|")} ${line}`),
      ...cut,
    ].join("\n") + number;
    return [shown, ...files.map((file) => `${indent}${this.#card(file)}`)].join("\n");
  }
}

function markOf(secrecy: ShownSecrecy | undefined): string {
  if (secrecy?.kind === "sealed") return ", encrypted";
  return secrecy?.kind === "open" && secrecy.isUnexpected === true ? ", NOT encrypted" : "";
}

function plainCard(file: SharedFile): string {
  return `[file] ${fileLabel(file)}`;
}

/** `1 message`, `2 messages`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
