import { colouredStyle, COLOURS, MONO, type Style } from "./style.ts";

/** How a terminal can look: by its background, which `auto` finds out; `mono` has no colours. */
export const THEMES = ["auto", "dark", "light", "mono"] as const;
export type Theme = typeof THEMES[number];

/** A terminal's background. */
export type Background = "dark" | "light";

/**
 * The style of a theme.
 *
 * @param theme Which one.
 * @param background What {@link parseBackground} or {@link backgroundOf} found, for `auto`; without it colours are
 *   taken that can be read on both.
 */
export function styleOf(theme: Theme, background?: Background): Style {
  switch (theme) {
    case "mono":
      return MONO;
    case "auto":
      return background === undefined ? COLOURS : STYLES[background];
    default:
      return STYLES[theme];
  }
}

const STYLES: Readonly<Record<Background, Style>> = {
  dark: colouredStyle("dark"),
  light: colouredStyle("light"),
};

/** xterm's answer to OSC 10 to 19: one to four hexadecimal digits a channel. */
const COLOUR = /^rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?$/i;

/**
 * Tells dark from light by what a terminal answers to a question for its background (`OSC 11 ; ?`).
 *
 * @param answer The colour in it: `rgb:1e1e/1e1e/1e1e`.
 * @returns Undefined for what is no colour.
 */
export function parseBackground(answer: string): Background | undefined {
  const channels = COLOUR.exec(answer)?.slice(1, 4);
  if (channels === undefined) return undefined;
  const [red = 0, green = 0, blue = 0] = channels.map(
    (digits) => parseInt(digits, 16) / (16 ** digits.length - 1),
  );
  // Luma (ITU-R BT.601): whether white or black stands out more.
  return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5 ? "dark" : "light";
}

/** The light ones of the first 16 colours, as rxvt and Konsole count them. */
const LIGHT_COLOURS: ReadonlySet<string> = new Set(["7", "9", "10", "11", "12", "13", "14", "15"]);
const DARK_COLOURS: ReadonlySet<string> = new Set(["0", "1", "2", "3", "4", "5", "6", "8"]);

/**
 * Tells dark from light by the variable `COLORFGBG` that some terminals set: `15;0`, `0;default;15`.
 *
 * @param variable Its value.
 * @returns Undefined where it tells nothing.
 */
export function backgroundOf(variable: string | undefined): Background | undefined {
  const parts = variable?.split(";") ?? [];
  const last = parts.length < 2 ? "" : parts.at(-1)!;
  if (DARK_COLOURS.has(last)) return "dark";
  return LIGHT_COLOURS.has(last) ? "light" : undefined;
}
