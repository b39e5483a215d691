import { fold } from "../protocol/names.ts";

/** What is known of a terminal's background: dark, light, or nothing. */
export type Ground = "dark" | "light" | "auto";

/**
 * The colours of names, of xterm's 256, for each ground.
 *
 * Chosen from the 6 x 6 x 6 cube by three rules, which tests hold them to: the contrast (WCAG 2.2, section
 * 1.4.3) with the usual backgrounds is 4.5 at least, 3 where the ground is not known; any two are apart by 0.1
 * at least in OKLab (Ottosson 2020); none is near the colour of an alarm ({@link ALARM_COLOURS}), so that no
 * name looks like one.
 */
export const NAME_COLOURS: Readonly<Record<Ground, readonly number[]>> = {
  dark: [44, 33, 147, 103, 135, 200, 212, 215, 136, 226, 34, 46, 121],
  light: [23, 25, 27, 21, 19, 17, 56, 97, 129, 54, 127, 125, 94, 22],
  auto: [31, 27, 69, 98, 129, 139, 96, 170, 201, 163, 130, 100, 28],
};

/** The colour of alarms, of xterm's 256: red. */
export const ALARM_COLOURS: Readonly<Record<Ground, number>> = { dark: 203, light: 160, auto: 196 };

/**
 * The colour of a name: the same wherever and whenever it is shown, and however it is capitalised.
 *
 * @param name The name as its owner wrote it.
 * @param ground The terminal's background.
 * @returns One of xterm's 256 colours.
 */
export function nameColour(name: string, ground: Ground): number {
  const colours = NAME_COLOURS[ground];
  return colours[hashOf(fold(name)) % colours.length]!;
}

/** FNV-1a, and the last step of MurmurHash3: names that differ in one letter should differ in colour. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
