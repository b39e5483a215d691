/** How much of a file's beginning is looked at, in bytes. */
export const SNIFFED_BYTES = 512;

/** What is said of a file that is nothing that is known here. */
const UNKNOWN = "application/octet-stream";

type Matcher = (bytes: Uint8Array, ascii: string) => boolean;

/** Bytes that a file begins with, as Latin-1 characters. */
const begins = (...starts: readonly string[]): Matcher => (_, ascii) =>
  starts.some((start) => ascii.startsWith(start));

/** A RIFF container of some kind. */
const riff = (kind: string): Matcher => (_, ascii) =>
  ascii.startsWith("RIFF") && ascii.slice(8, 12) === kind;

/** An ISO base media file (ISO/IEC 14496-12) whose major or compatible brands have one of these. */
const brand = (...brands: readonly string[]): Matcher => (bytes, ascii) => {
  if (ascii.slice(4, 8) !== "ftyp") return false;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const named = [ascii.slice(8, 12)];
  for (let at = 16; at + 4 <= Math.min(length, ascii.length); at += 4) {
    named.push(ascii.slice(at, at + 4));
  }
  return brands.some((each) => named.includes(each));
};

/** The first that fits is it. The signatures are those of the MIME Sniffing Standard, and of each format. */
const TYPES: readonly (readonly [type: string, matches: Matcher])[] = [
  ["image/png", begins("\x89PNG\r\n\x1a\n")],
  ["image/jpeg", begins("\xff\xd8\xff")],
  ["image/gif", begins("GIF87a", "GIF89a")],
  ["image/webp", riff("WEBP")],
  ["image/avif", brand("avif", "avis")],
  ["application/pdf", begins("%PDF-")],
  ["video/mp4", brand("isom", "iso2", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash")],
  ["video/webm", (_, ascii) => ascii.startsWith("\x1a\x45\xdf\xa3") && ascii.includes("webm")],
  ["audio/ogg", begins("OggS\0")],
  ["audio/wav", riff("WAVE")],
  ["application/zip", begins("PK\x03\x04", "PK\x05\x06")],
  ["application/gzip", begins("\x1f\x8b\x08")],
  ["audio/mpeg", (bytes, ascii) => ascii.startsWith("ID3") || isMpegAudio(bytes)],
];

/**
 * What a file is, by its first bytes: never by its name, nor by what its sender says.
 *
 * What browsers run or could run (HTML, SVG, XML, scripts) is plain text here.
 *
 * @param bytes The file's beginning: {@link SNIFFED_BYTES}, or the whole of a shorter one.
 * @returns A media type; `text/plain` is UTF-8.
 */
export function sniffMediaType(bytes: Uint8Array): string {
  const ascii = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const found = bytes.length < 4 ? undefined : TYPES.find(([, matches]) => matches(bytes, ascii));
  return found?.[0] ?? (isText(bytes) ? "text/plain" : UNKNOWN);
}

/** A frame of MPEG layer III, whose header says nothing that is reserved. */
function isMpegAudio(bytes: Uint8Array): boolean {
  const [first, second, third] = bytes as unknown as readonly [number, number, number];
  const isLayer3 = first === 0xff && (second & 0xe6) === 0xe2 && (second & 0x18) !== 0x08;
  return isLayer3 && (third & 0xf0) !== 0xf0 && (third & 0xf0) !== 0 && (third & 0x0c) !== 0x0c;
}

/** UTF-8 without control characters, but for those of lines and the escape of terminal colours. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  try {
    // What was cut off at the end may be half a character.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    // deno-lint-ignore no-control-regex -- they are what is looked for
    return !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}
