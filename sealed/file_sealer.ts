import { createHash, type Hash } from "node:crypto";
import { ProtocolError } from "../codec/errors.ts";
import { makeHeader, NONCE_BYTES } from "./age_file.ts";
import { CHUNK_BYTES, SEALED_CHUNK_BYTES, StreamCipher, TAG_BYTES } from "./stream_cipher.ts";

/** Bytes of a header's first and last line, and of each recipient (X25519). */
const FRAME_BYTES = 70;
const RECIPIENT_BYTES = 98;
/** Chunks whose tags are remembered: of larger files what is sent again has another key. 64 GiB; 16 MiB of tags. */
const MAX_REMEMBERED = 1_048_576;

/**
 * How long the age file of so many bytes is.
 *
 * @param plainBytes Bytes of plaintext.
 * @param recipients To how many recipients.
 */
export function sealedSize(plainBytes: number, recipients: number): number {
  const chunks = Math.max(1, Math.ceil(plainBytes / CHUNK_BYTES));
  return FRAME_BYTES + RECIPIENT_BYTES * recipients + NONCE_BYTES + plainBytes + TAG_BYTES * chunks;
}

/**
 * Encrypts one file with age, a chunk at a time. A part of it can be encrypted once more, for a connection that
 * broke: it is then the same ciphertext, as long as the file is the same.
 *
 * - I1 Under one key no chunk is ever encrypted to two different ciphertexts: where the file has changed, that is
 *   `file_changed`, and nothing goes out.
 * - I2 It holds 16 bytes of each chunk, and nothing else of the file.
 */
export class FileSealer {
  /** What the file begins with: header and nonce. */
  readonly beginning: Uint8Array<ArrayBuffer>;
  readonly #cipher: StreamCipher;
  readonly #hash: Hash | undefined;
  #tags = new Uint8Array(64 * TAG_BYTES);
  #count = 0;
  #bytes = 0;

  private constructor(
    header: Uint8Array,
    nonce: Uint8Array,
    fileKey: Uint8Array,
    isHashed: boolean,
  ) {
    this.#hash = isHashed ? createHash("sha256") : undefined;
    this.beginning = new Uint8Array(header.length + nonce.length);
    this.beginning.set(header);
    this.beginning.set(nonce, header.length);
    this.#cipher = new StreamCipher(fileKey, nonce);
  }

  /**
   * Makes a new key for a file.
   *
   * @param recipients Whom it is encrypted to.
   * @param isHashed Whether {@link plain} is wanted: to hash costs nearly half as much again as to encrypt. @default {false}
   * @throws {ProtocolError} `not_sealed`.
   */
  static async create(recipients: readonly string[], isHashed = false): Promise<FileSealer> {
    const { header, fileKey } = await makeHeader(recipients);
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    return new FileSealer(header, nonce, fileKey, isHashed);
  }

  /**
   * Bytes of plaintext that were encrypted, and their SHA-256 so far.
   *
   * @throws {TypeError} They are not hashed.
   */
  get plain(): { readonly size: number; readonly sha256: string } {
    if (this.#hash === undefined) throw new TypeError("Cannot tell the hash: none is made");
    return { size: this.#bytes, sha256: this.#hash.copy().digest("hex") };
  }

  /** How many chunks have been encrypted. */
  get count(): number {
    return this.#count;
  }

  /** Whether what was encrypted may be encrypted again. */
  get isRepeatable(): boolean {
    return this.#count <= MAX_REMEMBERED;
  }

  /**
   * Encrypts a chunk.
   *
   * @param number Which one: the next one, or one from before.
   * @param isLast Whether it is the last one.
   * @param chunk The plaintext.
   * @param into Where the ciphertext goes, 16 bytes more than that.
   * @throws {ProtocolError} `file_changed`: that chunk was another one before. `into` is of no use then.
   * @throws {RangeError} It comes too early, or too late to be compared.
   */
  seal(number: number, isLast: boolean, chunk: Uint8Array, into: Uint8Array): void {
    if (number > this.#count || (number < this.#count && !this.isRepeatable)) {
      throw new RangeError(`Cannot seal chunk ${number}: ${this.#count} is the next one`);
    }
    this.#cipher.seal(number, isLast, chunk, into);
    const tag = into.subarray(chunk.length, chunk.length + TAG_BYTES);
    if (number < this.#count) return this.#compare(number, tag, into);
    this.#hash?.update(chunk);
    this.#bytes += chunk.length;
    this.#count++;
    if (number < MAX_REMEMBERED) this.#remember(number, tag);
  }

  #compare(number: number, tag: Uint8Array, into: Uint8Array): void {
    const at = number * TAG_BYTES;
    if (tag.every((byte, i) => byte === this.#tags[at + i])) return;
    into.fill(0);
    throw new ProtocolError(
      "file_changed",
      "The file changed while it was being sent. Send it again",
    );
  }

  #remember(number: number, tag: Uint8Array): void {
    const at = number * TAG_BYTES;
    if (at === this.#tags.length) {
      const more = new Uint8Array(this.#tags.length * 2);
      more.set(this.#tags);
      this.#tags = more;
    }
    this.#tags.set(tag, at);
  }
}

/** How many chunks of plaintext are wholly before an offset of the ciphertext, behind a beginning of so many bytes. */
export function chunksBefore(offset: number, beginningBytes: number): number {
  return Math.max(0, Math.floor((offset - beginningBytes) / SEALED_CHUNK_BYTES));
}
