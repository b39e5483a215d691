import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { cannotDecrypt } from "./age_file.ts";

/** Bytes of plaintext in each chunk but the last. */
export const CHUNK_BYTES = 65_536;
/** Bytes that a chunk is longer by when it is encrypted. */
export const TAG_BYTES = 16;
/** Bytes of ciphertext in each chunk but the last. */
export const SEALED_CHUNK_BYTES: number = CHUNK_BYTES + TAG_BYTES;

/**
 * The payload of an age file (https://c2sp.org/age#payload): chunks of 64 KiB, each by ChaCha20-Poly1305 with its
 * number as nonce, and a mark on the last one: none can be left out, moved, or cut off unnoticed. (STREAM, Hoang,
 * Reyhanitabar, Rogaway, Vizár 2015.)
 *
 * ```
 * nonce of a chunk:   number, 11 bytes, big endian | 1 for the last chunk, else 0
 * key:                HKDF-SHA-256(file key, salt = the file's nonce, info = "payload")
 * ```
 *
 * The cipher is the runtime's, by `node:crypto`: eight times as fast as the library's, which is JavaScript.
 */
export class StreamCipher {
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(12);

  /**
   * @param fileKey The key that the header wraps.
   * @param nonce What follows the header, 16 bytes.
   */
  constructor(fileKey: Uint8Array, nonce: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));
  }

  /**
   * Encrypts a chunk.
   *
   * @param number Which one, from 0 on: no two chunks that differ may have the same.
   * @param isLast Whether it is the last one.
   * @param chunk The plaintext.
   * @param into Where the ciphertext goes, {@link TAG_BYTES} more than that.
   */
  seal(number: number, isLast: boolean, chunk: Uint8Array, into: Uint8Array): void {
    const nonce = this.#nonceOf(number, isLast);
    const cipher = createCipheriv("chacha20-poly1305", this.#key, nonce, {
      authTagLength: TAG_BYTES,
    });
    into.set(cipher.update(chunk));
    cipher.final();
    into.set(cipher.getAuthTag(), chunk.length);
  }

  /**
   * Decrypts a chunk.
   *
   * @param number Which one.
   * @param isLast Whether it is the last one.
   * @param sealed The ciphertext.
   * @returns The plaintext, verified.
   * @throws {ProtocolError} `cannot_decrypt`: it is not that chunk of this file.
   */
  open(number: number, isLast: boolean, sealed: Uint8Array): Uint8Array<ArrayBuffer> {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) throw cannotDecrypt();
    try {
      const nonce = this.#nonceOf(number, isLast);
      const decipher = createDecipheriv("chacha20-poly1305", this.#key, nonce, {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(sealed.subarray(end));
      const plain = decipher.update(sealed.subarray(0, end));
      decipher.final();
      return new Uint8Array(plain.buffer as ArrayBuffer, plain.byteOffset, plain.length);
    } catch {
      throw cannotDecrypt();
    }
  }

  #nonceOf(number: number, isLast: boolean): Uint8Array {
    const view = new DataView(this.#nonce.buffer);
    view.setBigUint64(3, BigInt(number));
    this.#nonce[11] = isLast ? 1 : 0;
    return this.#nonce;
  }
}
