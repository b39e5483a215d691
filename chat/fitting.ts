/** Every list stops before so many bytes, well within one json frame. */
export const MAX_LIST_BYTES = 60_000;

/** Bytes of a list's answer beside its entries. */
const ENVELOPE_BYTES = 512;

const encoder = new TextEncoder();

/** The first of a list's entries, as JSON text, that fit into one answer. */
export function fitting(texts: readonly string[]): string[] {
  let bytes = ENVELOPE_BYTES;
  const over = texts.findIndex((text) =>
    (bytes += encoder.encode(text).length + 1) > MAX_LIST_BYTES
  );
  // One entry always fits: its text is 16 KiB at most, twice that where all of it is escaped.
  return texts.slice(0, over < 0 ? texts.length : Math.max(over, 1));
}
