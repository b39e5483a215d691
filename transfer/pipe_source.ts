import { ProtocolError } from "../codec/errors.ts";
import type { Source } from "./source.ts";

/** Something that gives bytes once: standard input, a pipe from another program. */
export interface ByteReader {
  /**
   * Reads what is next.
   *
   * @param into Where the bytes go.
   * @returns How many bytes; null at the end.
   */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
}

/**
 * A source of unknown size that can be read once.
 *
 * @param name The name to offer.
 * @param reader Where the bytes come from; the caller closes it.
 * @returns The source.
 */
export function pipeSource(name: string, reader: ByteReader): Source {
  let opened = false;
  return {
    name,
    size: null,
    once: true,
    open() {
      if (opened) {
        const text = `Cannot read ${name} again: what came through a pipe is gone`;
        return Promise.reject(new ProtocolError("read_failed", text));
      }
      opened = true;
      return Promise.resolve({
        async read(into) {
          try {
            return await reader.read(into);
          } catch (cause) {
            const reason = cause instanceof Error ? cause.message : String(cause);
            throw new ProtocolError("read_failed", `Cannot read ${name}: ${reason}`, { cause });
          }
        },
        [Symbol.dispose]() {},
      });
    },
  };
}
