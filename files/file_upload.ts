import type { ProtocolError } from "../codec/errors.ts";
import type { SharedFile } from "../protocol/chat.ts";

/**
 * Somebody who brings a file: what comes is written behind what is there.
 *
 * - I1 One upload has one writer: who takes over closes the earlier one, which then takes nothing more.
 * - I2 It never holds more than was announced, than one file may have, or than the owner has room for.
 */
export interface FileUpload {
  /** The id that the file will have. */
  readonly id: string;
  /** How many bytes are there. */
  readonly offset: number;
  /** Aborted when it takes nothing more; the reason says why. */
  readonly ended: AbortSignal;
  /** Resolves when nothing is written any more, and what is kept is on disk. */
  readonly closed: Promise<void>;
  /**
   * Writes the next bytes, at once.
   *
   * @param bytes A view that is valid during the call only.
   * @throws {ProtocolError} `cancelled`, `size_mismatch`, `too_large`, `quota_exceeded`, `no_space`,
   *   `write_failed`.
   */
  write(bytes: Uint8Array): void;
  /**
   * Writes the next bytes while the program goes on; one after the other.
   *
   * @param bytes Not to be touched until the answer.
   * @returns When they are written.
   * @throws What `write` throws.
   */
  append(bytes: Uint8Array): Promise<void>;
  /**
   * Makes a file of it.
   *
   * @param sha256 What the SHA-256 of the whole must be, in lower-case hexadecimal. @default any
   * @returns What is shared: on disk, and found from now on.
   * @throws {ProtocolError} `size_mismatch`, `hash_mismatch` and it is removed; `write_failed`, `no_space`,
   *   `storage_failed` and it is kept, where it is one that is kept.
   */
  commit(sha256?: string): Promise<SharedFile>;
  /**
   * Interrupts it: what has come is kept, where it is one that is kept. Idempotent; a commit is finished.
   *
   * @param reason What a write is answered from now on.
   */
  close(reason?: ProtocolError): void;
  /** Gives it up: nothing is left of it. Idempotent; a commit is finished. */
  remove(): void;
}
