import type { PrivateMessage, RoomMessage } from "../protocol/chat.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

/** How messages become lines. */
export interface LineOptions {
  /** Who reads: own messages bear their number. */
  readonly name: string;
  /** How things stand out. */
  readonly style: Style;
  /** Whether each message has its time. */
  readonly times: boolean;
}

/**
 * Messages and notices as lines for a terminal or a pipe.
 *
 * - I1 What peers wrote is escaped, so that a line is one line and moves no cursor.
 * - I2 The further lines of a text are indented behind `|`: nobody can write a line that looks like
 *   somebody else's.
 */
export class Lines {
  readonly #name: string;
  readonly #style: Style;
  readonly #times: boolean;

  /** @param options How. */
  constructor({ name, style, times }: LineOptions) {
    this.#name = name;
    this.#style = style;
    this.#times = times;
  }

  /** `12:04 [lobby] ann: hello`; one's own with `#7`, its number in the room. */
  message({ room, sender, text, seq, at }: RoomMessage): string {
    const where = `[${escapeText(room)}]`;
    return this.#said({ at, where, who: sender, text, ...(sender === this.#name ? { seq } : {}) });
  }

  /** `12:04 [private] ann: psst`, and `12:04 [private to bob] ann: psst` for one's own. */
  private({ from, to, text, seq, at }: PrivateMessage): string {
    const isOwn = from === this.#name;
    const where = this.#style.private(isOwn ? `[private to ${escapeText(to)}]` : "[private]");
    return this.#said({ at, where, who: from, text, ...(isOwn ? { seq } : {}) });
  }

  /** `-- bob joined lobby`: what no member said. */
  notice(text: string): string {
    return this.#style.dim(`-- ${escapeText(text)}`);
  }

  /** `-- Not sent: …`: what went wrong. */
  alarm(text: string): string {
    return this.#style.alarm(`-- ${escapeText(text)}`);
  }

  #said(said: {
    readonly at: number;
    readonly where: string;
    readonly who: string;
    readonly text: string;
    readonly seq?: number;
  }): string {
    const { dim, strong } = this.#style;
    const [first = "", ...others] = said.text.split("\n").map(escapeText);
    const time = this.#times ? `${dim(localTime(said.at))} ` : "";
    const number = this.#times && said.seq !== undefined ? dim(` #${said.seq}`) : "";
    const indent = this.#times ? "      " : "  ";
    return [
      `${time}${said.where} ${strong(escapeText(said.who) + ":")} ${first}`,
      ...others.map((line) => `${indent}${dim("|")} ${line}`),
    ].join("\n") + number;
  }
}

/** `HH:MM` where this machine is; `--:--` for a time that is none. */
export function localTime(at: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "--:--";
  const two = (number: number) => String(number).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}`;
}

/** `1 message`, `2 messages`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
