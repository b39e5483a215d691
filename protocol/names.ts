import { ProtocolError } from "../codec/errors.ts";
import { quote } from "./quote.ts";

/** The most characters (code points) of a member's name. */
export const MAX_NAME_CHARS = 32;
/** The most characters (code points) of a room's name. */
export const MAX_ROOM_CHARS = 64;

/**
 * Letters with their marks, digits, and `_ - .`, of any script. What a reader cannot see (zero-width
 * characters, joiners, bidi controls, variation selectors: Unicode's "default ignorable") is none of
 * them, though some of it counts as letter or mark. Nor are the letters and marks without ink that Unicode
 * does not list there: the consonant joiner of Tifinagh, the number joiner of Brahmi, the subjoiners of
 * Zanabazar Square and Soyombo, blanks and mirroring of Egyptian hieroglyphs, the filler of Khitan.
 */
const ALLOWED = /^(?!\p{M})[\p{L}\p{M}\p{N}_.-]+$/u;
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\u2d7f\u{1107f}\u{11a47}\u{11a99}\u{13440}-\u{13442}\u{16fe4}]/u;
/** What nearly all names and rooms are made of, which every event is asked about. */
const PLAIN = /^[0-9A-Za-z_.-]*$/;

function check(kind: "name" | "room", text: string, maxChars: number): string {
  const normal = text.normalize("NFC");
  const chars = [...normal].length;
  if (chars >= 1 && chars <= maxChars && ALLOWED.test(normal) && !INVISIBLE.test(normal)) {
    return normal;
  }
  throw new ProtocolError(
    `invalid_${kind}`,
    `Cannot use ${
      quote(normal)
    } as a ${kind}: 1 to ${maxChars} letters, digits, "_", "-" and "." are allowed`,
  );
}

/**
 * Checks a member's name.
 *
 * @param name The name as somebody wrote it.
 * @param maxChars How many characters it may have.
 * @returns The name in Unicode's NFC form.
 * @throws {ProtocolError} `invalid_name`.
 */
export function checkName(name: string, maxChars: number = MAX_NAME_CHARS): string {
  return check("name", name, maxChars);
}

/**
 * Checks a room's name. A room is called by its case-folded name everywhere.
 *
 * @param room The room's name as somebody wrote it.
 * @param maxChars How many characters it may have.
 * @returns The room's one name: NFC, case-folded.
 * @throws {ProtocolError} `invalid_room`.
 */
export function checkRoom(room: string, maxChars: number = MAX_ROOM_CHARS): string {
  // Folding may lengthen a name (ß, ŉ): the folded one must be one that can be asked for again.
  return check("room", fold(check("room", room, maxChars)), maxChars);
}

/**
 * Whether a name is as servers tell it: what {@link checkName} gives, unchanged.
 *
 * @param name What was told.
 */
export function isName(name: string): boolean {
  if (PLAIN.test(name)) return name.length >= 1 && name.length <= MAX_NAME_CHARS;
  return isUnchanged(checkName, name);
}

/**
 * Whether a room is called as servers tell it: what {@link checkRoom} gives, unchanged.
 *
 * @param room What was told.
 */
export function isRoom(room: string): boolean {
  return isUnchanged(checkRoom, room);
}

function isUnchanged(check: (text: string) => string, text: string): boolean {
  try {
    return check(text) === text;
  } catch {
    return false;
  }
}

/**
 * What names are compared by: two names are the same when they fold to the same.
 *
 * Lower case, upper case, lower case again approximates Unicode's full case folding: it makes ß, ẞ and
 * ss, ς and σ the same, which lower case alone does not. (A test tries every character.)
 *
 * @param name A checked name.
 * @returns Its case-folded form.
 */
export function fold(name: string): string {
  return name.toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ").normalize("NFC");
}

/**
 * The stream of a person's private messages.
 *
 * @param name A checked name.
 * @returns `@` and the folded name; no room is called so.
 */
export function inboxStream(name: string): string {
  return "@" + fold(name);
}
