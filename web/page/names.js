// What names may be, and how they look. The rules are those of protocol/names.ts.

const ALLOWED = /^(?!\p{M})[\p{L}\p{M}\p{N}_.-]+$/u;
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\u2d7f\u{1107f}\u{11a47}\u{11a99}\u{13440}-\u{13442}\u{16fe4}]/u;

/** How many colours the style sheet has for avatars (`.c0`, `.c1` …). */
export const COLOURS = 12;

/**
 * What names are compared by.
 *
 * @param {string} name
 * @returns {string}
 */
export function fold(name) {
  return name.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}

/**
 * A name or room as it may be used.
 *
 * @param {string} text As somebody wrote it.
 * @param {number} maxChars 32 for a name, 64 for a room.
 * @returns {string | undefined} Undefined where it breaks the rules.
 */
export function checkedName(text, maxChars) {
  const name = text.trim().normalize("NFC");
  const chars = [...name].length;
  const isFine = chars > 0 && chars <= maxChars && ALLOWED.test(name) && !INVISIBLE.test(name);
  return isFine ? name : undefined;
}

/**
 * Whether a name is as servers tell it: such as may be used, and written so.
 *
 * @param {string} name
 * @returns {boolean}
 */
export function isName(name) {
  return checkedName(name, 32) === name;
}

/**
 * Which of the avatar colours a name has, everywhere and always.
 *
 * @param {string} name
 * @returns {number} 0 up to {@link COLOURS}.
 */
export function colourOf(name) {
  let hash = 2166136261;
  for (const char of fold(name)) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  return ((hash ^ (hash >>> 13)) >>> 0) % COLOURS;
}

/**
 * One or two letters that stand for a name.
 *
 * @param {string} name
 * @returns {string}
 */
export function initialsOf(name) {
  const parts = name.split(/[_.-]+/).filter((part) => part !== "");
  const letters = parts.length > 1
    ? parts.slice(0, 2).map((part) => [...part][0] ?? "")
    : [...(parts[0] ?? name)].slice(0, 2);
  return letters.join("").toUpperCase();
}
