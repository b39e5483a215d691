import { Buffer } from "node:buffer";
import { randomBytes, scrypt, type ScryptOptions, timingSafeEqual } from "node:crypto";

/** What a new hash costs: 32 MiB and about a tenth of a second, as RFC 7914 has it for logins. */
const LOG_N = 15;
const R = 8;
const P = 1;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What one that was written elsewhere may cost at most. */
const MAX_MEMORY_BYTES = 268_435_456;

const LINE =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{16,64})\$([A-Za-z0-9+/]{43})$/;

/**
 * What is kept of a password: its scrypt (RFC 7914, of node:crypto), with a salt of its own.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { PasswordHash } from "@parley/parley";
 *
 * const line = await PasswordHash.make("correct horse");
 * const hash = PasswordHash.parse(line);
 * assert(await hash.isPassword("correct horse"));
 * assert(!await hash.isPassword("Correct horse"));
 * ```
 */
export class PasswordHash {
  readonly #options: ScryptOptions;
  readonly #salt: Uint8Array;
  readonly #hash: Uint8Array;

  private constructor(options: ScryptOptions, salt: Uint8Array, hash: Uint8Array) {
    this.#options = options;
    this.#salt = salt;
    this.#hash = hash;
  }

  /**
   * Makes the line that is kept of a new password.
   *
   * @param password The password.
   * @returns `$scrypt$ln=15,r=8,p=1$SALT$HASH`, in base64 without padding.
   */
  static async make(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const hash = await derive(password, salt, optionsOf(LOG_N, R, P));
    return `$scrypt$ln=${LOG_N},r=${R},p=${P}$${toText(salt)}$${toText(hash)}`;
  }

  /**
   * Reads such a line.
   *
   * @param line The line; spaces and lines' ends around it are let pass.
   * @returns The hash.
   * @throws {TypeError} It is none, or would cost more than 256 MiB. The text does not tell what it was.
   */
  static parse(line: string): PasswordHash {
    const [, ln, r, p, salt, hash] = LINE.exec(line.trim()) ?? [];
    if (hash === undefined) {
      throw new TypeError("That is no password's hash: one line of deno task password is allowed");
    }
    const options = optionsOf(Number(ln), Number(r), Number(p));
    if (
      !(Number(ln) >= 10 && Number(r) >= 1 && Number(p) >= 1 &&
        costBytes(options) <= MAX_MEMORY_BYTES)
    ) {
      throw new TypeError(
        `The password's hash costs ${
          costBytes(options)
        } bytes of memory: up to ${MAX_MEMORY_BYTES} are allowed`,
      );
    }
    return new PasswordHash(options, fromText(salt!), fromText(hash));
  }

  /**
   * Whether it is the hash of a password; compared in constant time.
   *
   * @param password What was shown.
   */
  async isPassword(password: string): Promise<boolean> {
    const hash = await derive(password, this.#salt, this.#options);
    return timingSafeEqual(hash, this.#hash);
  }
}

function optionsOf(logN: number, r: number, p: number): ScryptOptions {
  const options = { N: 2 ** logN, r, p };
  return { ...options, maxmem: costBytes(options) + 1_048_576 };
}

/** What scrypt takes (RFC 7914, 2). */
function costBytes({ N = 0, r = 0, p = 0 }: ScryptOptions): number {
  return 128 * r * (N + p + 2);
}

/** The same password may be typed in composed and decomposed letters (RFC 8265, 4.2). */
function derive(
  password: string,
  salt: Uint8Array,
  options: ScryptOptions,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFC"), salt, HASH_BYTES, options, (error, hash) => {
      if (error === null) resolve(hash);
      else reject(error);
    });
  });
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}

function fromText(text: string): Uint8Array {
  return Buffer.from(text, "base64");
}
