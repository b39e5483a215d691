import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import { diskError } from "./disk_error.ts";
import type { Durable, Inbox, Part } from "./inbox.ts";
import { safeSegments } from "./names.ts";

/** Something that takes bytes: standard output, a pipe to another program. */
export interface Sink {
  /**
   * Writes, waiting until some of it is taken.
   *
   * @param bytes What to write.
   * @returns How many bytes were taken.
   */
  writeSync(bytes: Uint8Array): number;
}

/**
 * An inbox for one file, whose bytes are handed on as they come.
 *
 * What is handed on cannot be taken back: whether it was the whole file, with the right hash, is known at
 * its end only. So who reads it must look at the receipt, or at the program's exit code.
 */
export class SinkInbox implements Inbox {
  /** Nothing is kept here. */
  readonly durable: Durable = "none";
  readonly #sink: Sink;
  #taken = false;

  /**
   * An inbox for one file.
   *
   * @param sink Where its bytes go.
   */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Takes the first file, and no other; see {@link Inbox.open}. */
  open(offer: Offer): Part {
    safeSegments(offer.name);
    if (offer.kind !== "file") {
      throw new ProtocolError("unsupported_kind", "Cannot take a folder: one file is taken");
    }
    if (this.#taken) {
      throw new ProtocolError("exists", "Cannot take another file: one is taken, and came already");
    }
    this.#taken = true;
    return {
      begin() {},
      write: (bytes) => this.#write(bytes),
      commit: () => Promise.resolve("-"),
      abort() {},
    };
  }

  #write(bytes: Uint8Array<ArrayBuffer>): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.#sink.writeSync(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) {
        const text = "Cannot hand the file on: whoever read it has gone";
        throw new ProtocolError("write_failed", text, { cause: error });
      }
      throw diskError("Cannot hand the file on", error);
    }
  }
}
