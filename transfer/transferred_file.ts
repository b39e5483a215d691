import type { ProtocolError } from "../codec/errors.ts";
import type { HashKind } from "./hash.ts";
import type { Durable } from "./inbox.ts";

/**
 * A file that has its receipt, as either side tells of it. One of its names is a peer's word, and both are
 * to be escaped before they are shown.
 */
export interface TransferredFile {
  /** The name that was offered. */
  readonly name: string;
  /** The name that it was saved under, relative to the inbox. */
  readonly savedAs: string;
  /** What it is; a folder has no bytes. */
  readonly kind: "file" | "directory";
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, lower-case hexadecimal. */
  readonly hash: string;
  /** Which hash that is. */
  readonly hashKind: HashKind;
  /** What the receipt promises. */
  readonly durable: Durable;
}

/** A file that has no receipt, and never will. */
export interface FailedFile {
  /** The name that was offered: on the receiving side a peer's word, to be escaped before it is shown. */
  readonly name: string;
  /** Why not. */
  readonly error: ProtocolError;
}
