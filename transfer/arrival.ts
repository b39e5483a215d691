import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { Hasher } from "./hash.ts";
import type { Part } from "./inbox.ts";
import type { FileProgress } from "./progress.ts";

const EMPTY = new Uint8Array(0);

/**
 * One file on its way in: written and hashed as it comes, compared with what was said when it ends.
 */
export class Arrival {
  /** What was offered. */
  readonly offer: Offer;
  /** Where it goes. */
  readonly part: Part;
  /** How much of it is held already, and may be left out. */
  readonly heldBytes: number;
  #hasher!: Hasher;
  /** Of a file that came in one piece. */
  #wholeHash: string | undefined;
  #from = 0;
  #bytes = 0;

  /**
   * @param offer What was offered.
   * @param part Where it goes.
   */
  constructor(offer: Offer, part: Part) {
    this.offer = offer;
    this.part = part;
    // Inline data follows from the beginning, whatever is held.
    this.heldBytes = offer.inline ? 0 : part.held?.size ?? 0;
  }

  /** How far it is. */
  get progress(): FileProgress {
    const { name, size } = this.offer;
    return { name, size, from: this.#from, bytes: this.#bytes };
  }

  /**
   * Begins.
   *
   * @param offset Where its data begins: 0, or after what is held.
   * @param hasher For data that begins at 0; other files' are done with it.
   * @throws What `Part.begin` throws.
   */
  begin(offset: number, hasher: Hasher): void {
    this.#from = this.#bytes = offset;
    this.#hasher = offset === 0 ? hasher : this.part.held!.hasher;
    this.part.begin(offset);
  }

  /**
   * Takes the next bytes.
   *
   * @param bytes A view that is valid during the call only; where it gives a promise, until that resolves.
   * @returns A promise where the next bytes have to wait.
   * @throws {ProtocolError} `size_mismatch`: more than was offered.
   * @throws What `Part.write` throws.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void {
    this.#bytes += bytes.length;
    const { size } = this.offer;
    if (size !== null && this.#bytes > size) {
      throw new ProtocolError(
        "size_mismatch",
        `More came than the ${size} bytes that were offered`,
      );
    }
    const writing = this.part.write(bytes);
    if (bytes.length === size) this.#wholeHash = this.#hasher.digestOf(bytes);
    else {
      if (this.#bytes === bytes.length) this.#hasher.reset();
      this.#hasher.update(bytes);
    }
    return writing;
  }

  /**
   * Compares what came with what was announced, and with what was offered.
   *
   * @param said What `end` says.
   * @throws {ProtocolError} `size_mismatch`, `hash_mismatch`.
   */
  verify(said: { readonly size: number; readonly hash: string }): void {
    const { size } = this.offer;
    if (this.#bytes !== said.size || (size !== null && size !== said.size)) {
      const text =
        `${this.#bytes} bytes came: ${size ?? "any number"} were offered, ${said.size} ` +
        "announced at the end";
      throw new ProtocolError("size_mismatch", text);
    }
    const hash = this.#wholeHash ??
      (this.#bytes === 0 ? this.#hasher.digestOf(EMPTY) : this.#hasher.digest());
    if (hash !== said.hash) {
      const text = `The hash of what came is ${hash}, of what was sent ${said.hash}: send it again`;
      throw new ProtocolError("hash_mismatch", text);
    }
  }
}
