import { SNIFFED_BYTES, sniffMediaType } from "../files/media_type.ts";
import type { Source } from "../transfer/source.ts";

/**
 * What a source is, by its first bytes: for readers of an encrypted file, of which a server can see nothing.
 *
 * @param source The source.
 * @returns A media type; that of anything for a source that can be read once only.
 * @throws {ProtocolError} `read_failed`.
 */
export async function mediaTypeOf(source: Source): Promise<string> {
  if (source.once === true) return "application/octet-stream";
  using reader = await source.open();
  const bytes = new Uint8Array(SNIFFED_BYTES);
  let length = 0;
  for (let count: number | null = 0; count !== null && length < bytes.length;) {
    length += count;
    count = await reader.read(bytes.subarray(length));
    if (count === 0) break;
  }
  return sniffMediaType(bytes.subarray(0, length));
}
