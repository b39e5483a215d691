import { ProtocolError } from "../codec/errors.ts";
import type { SharedFile } from "../protocol/chat.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { HashKind } from "../transfer/hash.ts";
import type { Durable, Inbox, Part } from "../transfer/inbox.ts";

/**
 * An inbox for the one file that is asked for. It is saved under the name that the message told, whatever
 * the server offers it as.
 *
 * - I1 What differs from what the message told of the file, in size or hash, is not kept.
 */
export class WantedInbox implements Inbox {
  /** What a receipt promises. */
  readonly durable: Durable;
  readonly #inbox: Inbox;
  readonly #file: SharedFile;

  /**
   * @param inbox Where the file goes.
   * @param file What the message told of it.
   */
  constructor(inbox: Inbox, file: SharedFile) {
    this.durable = inbox.durable;
    this.#inbox = inbox;
    this.#file = file;
  }

  // Without `saved`: what was saved for a key of the server's choosing need not be this file.

  /** Decides about an offer; see {@link Inbox.open}. */
  open(offer: Offer, hash: HashKind, batch?: object): Promise<Part> | Part {
    const { name, size } = this.#file;
    if (offer.kind !== "file" || offer.size !== size) {
      const found = offer.kind === "file" ? `${offer.size} bytes` : "a folder";
      throw new ProtocolError(
        "size_mismatch",
        `Cannot take ${found} for the file: the message told of ${size} bytes`,
      );
    }
    const opening = this.#inbox.open({ ...offer, name }, hash, batch);
    return opening instanceof Promise
      ? opening.then((part) => this.#wanted(part))
      : this.#wanted(opening);
  }

  #wanted(part: Part): Part {
    const { sha256 } = this.#file;
    const { held } = part;
    return {
      ...(held === undefined ? {} : { held }),
      begin: (offset) => part.begin(offset),
      write: (bytes) => part.write(bytes),
      abort: (keep) => part.abort(keep),
      commit(hash) {
        if (hash === sha256) return part.commit(hash);
        part.abort();
        throw new ProtocolError(
          "hash_mismatch",
          `What came is not the file that the message told of: its SHA-256 is ${hash}, that one's ${sha256}`,
        );
      },
    };
  }
}
