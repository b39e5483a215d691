import type { Offer } from "../protocol/transfer.ts";
import type { Hasher, HashKind } from "./hash.ts";

/** What a receipt promises: on disk, in memory (a crash may lose it), or not kept at all. */
export type Durable = "disk" | "memory" | "none";

/** Where received files go: the port that the receiver saves through. */
export interface Inbox {
  /** What a receipt of this inbox promises. */
  readonly durable: Durable;
  /**
   * Decides about an offer.
   *
   * @param offer The offer, validated in shape only: its name is a peer's word.
   * @param hash What files are verified by on this connection.
   * @param batch Stands for the connection: what it brings does not replace what it has brought.
   * @returns A part, to be written and then committed or aborted.
   * @throws {ProtocolError} The offer is refused: `invalid_path`, `exists`, `too_large`, `no_space`,
   * `unsupported_kind`, `write_failed`.
   */
  open(offer: Offer, hash: HashKind, batch?: object): Promise<Part> | Part;
  /**
   * What was saved for an offer already: the receipt was lost on its way to the sender, who offers it
   * again under the same key. An inbox without it remembers nothing.
   *
   * @param offer The offer.
   * @param hash What files are verified by on this connection.
   * @returns What was saved; undefined where nothing was, as far as is remembered. What is being committed
   *   in this moment, for another connection of the same sender, is waited for.
   */
  saved?(offer: Offer, hash: HashKind): Promise<Saved | undefined> | Saved | undefined;
}

/** A file that was saved. */
export interface Saved {
  /** Its final name, relative to the inbox. */
  readonly savedAs: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, lower-case hexadecimal. */
  readonly hash: string;
}

/** What an inbox holds of a file already. */
export interface Held {
  /** How many bytes of the file's beginning. */
  readonly size: number;
  /** Those bytes, hashed; the receiver goes on with it. */
  readonly hasher: Hasher;
}

/** A file on its way in: nothing of it is under its final name before `commit`. */
export interface Part {
  /** What is there already; undefined where nothing is. */
  readonly held?: Held;
  /**
   * Begins to write.
   *
   * @param offset 0, or the size of what is held: that many bytes stay.
   * @throws {ProtocolError} What is held must not be replaced (`exists`).
   */
  begin(offset: number): void;
  /**
   * Writes the next bytes.
   *
   * @param bytes A view that is valid during the call only; where it gives a promise, until that resolves.
   * @returns A promise where the next bytes have to wait.
   * @throws {ProtocolError} `no_space`, `write_failed`; then `abort` follows.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /**
   * Gives the file its final name, as durably as the inbox says; replaces nothing that it should not.
   *
   * @param hash Of the whole file, verified.
   * @returns The final name, relative to the inbox.
   * @throws {ProtocolError} `exists`, `no_space`, `write_failed`; the part is gone then.
   */
  commit(hash: string): Promise<string>;
  /**
   * Gives it up. Idempotent; does nothing after a `commit`.
   *
   * @param keep Whether what has arrived may be of use to a later run; else it is removed.
   */
  abort(keep?: boolean): void;
}
