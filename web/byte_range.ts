/** Some bytes of a file. */
export interface ByteRange {
  /** The first one's number. */
  readonly start: number;
  /** The number after the last one's. */
  readonly end: number;
}

const RANGE = /^bytes=(\d{0,16})-(\d{0,16})$/i;

/**
 * Reads a `Range` header (RFC 9110, 14.2).
 *
 * @param header The header; null where there is none.
 * @param size The file's size in bytes.
 * @returns The bytes asked for; `"all"` where none are, or in a way that is not understood or answered (several
 *   ranges); `"none"` where there are no such bytes.
 */
export function readRange(header: string | null, size: number): ByteRange | "all" | "none" {
  const [, first, last] = RANGE.exec(header?.replaceAll(" ", "") ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return "all";
  if (first === "") {
    const count = Math.min(Number(last), size);
    return count === 0 ? "none" : { start: size - count, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return "all";
  if (start >= size) return "none";
  return { start, end: last === "" ? size : Math.min(Number(last) + 1, size) };
}
