import { ALARM_COLOURS, type Ground, nameColour } from "./name_colours.ts";

/**
 * How a terminal makes text stand out; on anything else it does not. What is given is safe for a terminal
 * already; what comes back ends all that it begins, so that one may stand in another.
 */
export interface Style {
  /** For what matters less: times, numbers, notices. */
  readonly dim: (text: string) => string;
  /** For what matters more. */
  readonly strong: (text: string) => string;
  /** For names: `text` is what is shown of `name`. */
  readonly name: (text: string, name: string) => string;
  /** For who speaks of the reader, and for the reader's name there. */
  readonly mention: (text: string) => string;
  /** For private messages. */
  readonly private: (text: string) => string;
  /** For what went wrong. No name has its colour. */
  readonly alarm: (text: string) => string;
  /** For what the server has not acknowledged yet. */
  readonly pending: (text: string) => string;
  /** For the lines between days, and above what was missed. */
  readonly divider: (text: string) => string;
  /** For the status line. */
  readonly status: (text: string) => string;
}

/** Of xterm's 256 colours; contrasts as for names. */
const PRIVATE_COLOURS: Readonly<Record<Ground, number>> = { dark: 176, light: 90, auto: 164 };

const sgr = (on: string, off: string) => (text: string) => `\x1b[${on}m${text}\x1b[${off}m`;
const foreground = (colour: number) => sgr(`38;5;${colour}`, "39");

const [strong, dim, reverse] = [sgr("1", "22"), sgr("2", "22"), sgr("7", "27")];

/**
 * Bold, dim and reverse, and no colour: for who wants none (https://no-color.org leaves these), and for terminals
 * that have none.
 */
export const MONO: Style = {
  dim,
  strong,
  name: strong,
  mention: (text) => strong(reverse(text)),
  private: strong,
  alarm: strong,
  pending: dim,
  divider: dim,
  status: reverse,
};

/**
 * With colours, and for all else what {@link MONO} has.
 *
 * @param ground What the terminal's background is.
 */
export function colouredStyle(ground: Ground): Style {
  return {
    ...MONO,
    name: (text, name) => strong(foreground(nameColour(name, ground))(text)),
    private: foreground(PRIVATE_COLOURS[ground]),
    alarm: foreground(ALARM_COLOURS[ground]),
  };
}

/** With colours that can be read on any background. */
export const COLOURS: Style = colouredStyle("auto");

const same = (text: string) => text;

/** Text only. */
export const PLAIN: Style = {
  dim: same,
  strong: same,
  name: same,
  mention: same,
  private: same,
  alarm: same,
  pending: same,
  divider: same,
  status: same,
};
