import { createHash, type Hash, hash } from "node:crypto";
import { createXXHash128, type IHasher } from "hash-wasm";

/** The hashes that a transfer may be verified by. */
export type HashKind = "sha256" | "xxh128";

/** A hash that is being computed; one file after the other. */
export interface Hasher {
  /** Forgets what was added. */
  reset(): void;
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The hash of what was added since `reset`, lower-case hexadecimal; more may be added. */
  digest(): string;
  /** The hash of these bytes alone, for less than the three calls cost; forgets what was added. */
  digestOf(bytes: Uint8Array): string;
}

class Sha256 implements Hasher {
  #hash: Hash = createHash("sha256");

  reset(): void {
    this.#hash = createHash("sha256");
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  digestOf(bytes: Uint8Array): string {
    return hash("sha256", bytes, "hex");
  }
}

class Xxh128 implements Hasher {
  readonly #hash: IHasher;

  constructor(hash: IHasher) {
    this.#hash = hash;
    this.reset();
  }

  reset(): void {
    this.#hash.init();
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): string {
    const before = this.#hash.save();
    const digest = this.#hash.digest();
    this.#hash.load(before);
    return digest;
  }

  digestOf(bytes: Uint8Array): string {
    return this.#hash.init().update(bytes).digest();
  }
}

/**
 * Makes a hasher. SHA-256 is FIPS 180-4; xxh128 is the 128-bit XXH3 of xxhash.com, which detects
 * corruption but stops no attacker.
 *
 * @param kind Which hash.
 * @returns An empty hasher.
 */
export async function createHasher(kind: HashKind): Promise<Hasher> {
  return kind === "sha256" ? new Sha256() : new Xxh128(await createXXHash128());
}

/**
 * Hashes a file of this machine.
 *
 * @param file The file, open at its beginning.
 * @param kind Which hash.
 * @returns A hasher that all of its bytes were added to.
 */
export async function hashFile(file: Deno.FsFile, kind: HashKind): Promise<Hasher> {
  const hasher = await createHasher(kind);
  const buffer = new Uint8Array(262_144);
  for (let count = await file.read(buffer); count !== null; count = await file.read(buffer)) {
    hasher.update(buffer.subarray(0, count));
  }
  return hasher;
}

/**
 * The SHA-256 of a text.
 *
 * @param text The text.
 * @returns Lower-case hexadecimal.
 */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
