import { cannotDecrypt, headerLength, noAgeFile, NONCE_BYTES, openHeader } from "./age_file.ts";
import type { AgeIdentity } from "./age_identity.ts";
import { SEALED_CHUNK_BYTES, StreamCipher } from "./stream_cipher.ts";

/** Takes plaintext: a view that is valid during the call only. */
export type Emit = (plain: Uint8Array<ArrayBuffer>) => void;

/**
 * Decrypts one age file as it comes, in pieces of any length.
 *
 * ```
 * header (lines) | nonce 16 | chunk 65,552 | chunk 65,552 | ... | last chunk, 16 to 65,552
 * ```
 *
 * - I1 Only what was verified is given. Whether nothing is missing at the end, {@link end} tells: until then
 *   nothing is whole.
 * - I2 It holds a header, or one chunk.
 */
export class FileOpener {
  readonly #identities: readonly AgeIdentity[];
  /** The header and the nonce, until they are whole; then a chunk. */
  #held = new Uint8Array(4_096);
  #heldBytes = 0;
  #cipher: StreamCipher | undefined;
  #number = 0;

  /** @param identities Whose the file may be. */
  constructor(identities: readonly AgeIdentity[]) {
    this.#identities = identities;
  }

  /**
   * Takes what comes next.
   *
   * @param bytes A view; where a promise comes back, it must stay as it is until then. That is so once: when the
   *   header has come.
   * @param emit Takes the plaintext.
   * @throws {ProtocolError} `damaged`: it is no age file; `cannot_decrypt`: it is for others, or was changed.
   */
  push(bytes: Uint8Array<ArrayBuffer>, emit: Emit): Promise<void> | void {
    if (this.#cipher !== undefined) return this.#pushChunks(this.#cipher, bytes, emit);
    const from = this.#heldBytes;
    this.#hold(bytes);
    const held = this.#held.subarray(0, this.#heldBytes);
    const length = headerLength(held, from);
    if (length === undefined || held.length < length + NONCE_BYTES) return;
    return this.#begin(held, length, emit);
  }

  /**
   * The file has ended.
   *
   * @param emit Takes the rest of the plaintext.
   * @throws {ProtocolError} `cannot_decrypt`: it was cut off; `damaged`: it is no age file.
   */
  end(emit: Emit): void {
    if (this.#cipher === undefined) throw noAgeFile("it ends in its header");
    const last = this.#held.subarray(0, this.#heldBytes);
    const plain = this.#cipher.open(this.#number, true, last);
    // Only an empty file ends with an empty chunk.
    if (plain.length === 0 && this.#number > 0) throw cannotDecrypt();
    if (plain.length > 0) emit(plain);
  }

  async #begin(held: Uint8Array<ArrayBuffer>, length: number, emit: Emit): Promise<void> {
    const fileKey = await openHeader(held.subarray(0, length), this.#identities);
    const start = length + NONCE_BYTES;
    const cipher = this.#cipher = new StreamCipher(fileKey, held.subarray(length, start));
    const rest = held.slice(start);
    this.#held = new Uint8Array(SEALED_CHUNK_BYTES);
    this.#heldBytes = 0;
    this.#pushChunks(cipher, rest, emit);
  }

  #pushChunks(cipher: StreamCipher, bytes: Uint8Array<ArrayBuffer>, emit: Emit): void {
    let at = 0;
    // A chunk that nothing follows may be the last one, which is another one to the cipher.
    while (this.#heldBytes + bytes.length - at > SEALED_CHUNK_BYTES) {
      let chunk: Uint8Array<ArrayBuffer>;
      const wanted = SEALED_CHUNK_BYTES - this.#heldBytes;
      if (this.#heldBytes === 0) chunk = bytes.subarray(at, at + wanted);
      else {
        this.#held.set(bytes.subarray(at, at + wanted), this.#heldBytes);
        this.#heldBytes = 0;
        chunk = this.#held;
      }
      emit(cipher.open(this.#number++, false, chunk));
      at += wanted;
    }
    this.#held.set(bytes.subarray(at), this.#heldBytes);
    this.#heldBytes += bytes.length - at;
  }

  /** Keeps what comes of the header; with it comes what is read in one piece. */
  #hold(bytes: Uint8Array): void {
    const length = this.#heldBytes + bytes.length;
    if (length > this.#held.length) {
      const more = new Uint8Array(Math.max(length, this.#held.length * 2));
      more.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = more;
    }
    this.#held.set(bytes, this.#heldBytes);
    this.#heldBytes = length;
  }
}
