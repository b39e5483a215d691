import { SEPARATOR } from "@std/path/constants";
import { ProtocolError } from "../codec/errors.ts";

/** The most bytes (UTF-8) of one segment: with `recv-` it still fits the 255 of common file systems. */
export const MAX_SEGMENT_BYTES = 250;
/** The most bytes (UTF-8) of a whole offered name. */
export const MAX_PATH_BYTES = 4_096;
/** The most segments of an offered name. */
export const MAX_LEVELS = 64;
/** The most bytes that a file system takes for one name. */
const MAX_FILE_NAME_BYTES = 255;
/** What every saved name begins with. */
const PREFIX = "recv-";

/**
 * What no name may hold. Control characters move a terminal's cursor; bidi controls and zero-width
 * characters make a name look like another; a backslash is a separator on Windows; line and paragraph
 * separators break lists. What nobody sees is Unicode's Default_Ignorable_Code_Point, without the
 * variation selectors, which only choose the form of the character before.
 */
const FORBIDDEN =
  /(?![\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\p{Cc}\\\u2028\u2029\ufff9-\ufffb\p{Default_Ignorable_Code_Point}]/u;

/** Windows' device names, with or without an extension, in any case; the superscripts count as digits. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(\..*)?$/i;

const encoder = new TextEncoder();

/** Whether a text has more bytes (UTF-8) than that; most need no look at each character. */
function exceeds(text: string, bytes: number): boolean {
  // One to three bytes for each of JavaScript's units.
  return text.length * 3 > bytes && encoder.encode(text).length > bytes;
}

/**
 * Decides whether a name that a peer offers may be saved: the one place that does, on every system the
 * same. Nothing else makes a path of a peer's word.
 *
 * Refused, because nobody needs them and somebody could be hurt: absolute names and those with a drive,
 * `\`, `..`, `.`, empty segments, control, bidi and zero-width characters, half surrogate pairs, more
 * than 250 bytes a segment, 4,096 in all, 64 levels.
 *
 * Escaped, because people have such files: `:` (a stream or a drive on Windows), trailing dots and
 * spaces (which Windows drops, so that two names become one), device names such as `NUL.txt`.
 *
 * @param name The offered name, with `/` between segments.
 * @returns The segments, safe to be joined below a folder.
 * @throws {ProtocolError} `invalid_path`.
 */
export function safeSegments(name: string): readonly string[] {
  if (exceeds(name, MAX_PATH_BYTES)) {
    refuse(name, `it has over ${MAX_PATH_BYTES} bytes`);
  }
  if (name.startsWith("/")) refuse(name, "it is absolute");
  if (/^[a-z]:/i.test(name)) refuse(name, "it names a drive");
  if (!name.isWellFormed()) refuse(name, "it holds half a surrogate pair");
  const forbidden = FORBIDDEN.exec(name);
  if (forbidden !== null) {
    const code = forbidden[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
    refuse(name, `it holds the character U+${code}`);
  }
  const segments = name.split("/");
  if (segments.length > MAX_LEVELS) refuse(name, `it has over ${MAX_LEVELS} levels`);
  for (const segment of segments) {
    if (segment === "") refuse(name, "it has an empty segment");
    if (segment === "." || segment === "..") refuse(name, `it has a segment "${segment}"`);
    if (exceeds(segment, MAX_SEGMENT_BYTES)) {
      refuse(name, `a segment has over ${MAX_SEGMENT_BYTES} bytes`);
    }
  }
  return segments.map(escapeSegment);
}

function escapeSegment(segment: string): string {
  const plain = segment.replaceAll(":", "_").replace(/[. ]+$/, (tail) => "_".repeat(tail.length));
  return DEVICE.test(plain) ? `_${plain}` : plain;
}

function refuse(name: string, reason: string): never {
  const shown = JSON.stringify(name.length > 80 ? name.slice(0, 80) + "…" : name)
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "\ufffd");
  throw new ProtocolError(
    "invalid_path",
    `Cannot save ${shown}: ${reason}. A relative name with "/" is allowed`,
  );
}

/**
 * The name that a file or top folder is saved under.
 *
 * @param segment A safe segment.
 * @param copy Which try it is: 0 for the first, then ` (1)`, ` (2)` and so on before the extension.
 * @returns `recv-` and a name, together at most 255 bytes.
 */
export function savedName(segment: string, copy: number): string {
  return PREFIX + copyName(segment, copy, PREFIX.length);
}

/**
 * The name of a copy, for what is saved inside of a folder.
 *
 * @param segment A safe segment.
 * @param copy Which try it is: 0 for the first, then ` (1)`, ` (2)` and so on before the extension.
 * @param prefixBytes Bytes that something before the name takes. @default {0}
 * @returns A name that fits 255 bytes; the stem is shortened by whole characters.
 */
export function copyName(segment: string, copy: number, prefixBytes = 0): string {
  const dot = segment.lastIndexOf(".");
  // ".profile" has no extension, and an "extension" of a sentence's length is none either.
  const cut = dot > 0 && !exceeds(segment.slice(dot), 64) ? dot : segment.length;
  const tail = (copy === 0 ? "" : ` (${copy})`) + segment.slice(cut);
  let stem = segment.slice(0, cut);
  while (exceeds(stem + tail, MAX_FILE_NAME_BYTES - prefixBytes)) {
    stem = [...stem].slice(0, -1).join("");
  }
  return stem + tail;
}

/**
 * The path of something in a folder.
 *
 * @param folder The folder's path.
 * @param segment One safe name: what `safeSegments` gave, a saved name, or one that a program made up.
 * @returns The path.
 */
export function within(folder: string, segment: string): string {
  return folder.endsWith(SEPARATOR) ? folder + segment : folder + SEPARATOR + segment;
}
