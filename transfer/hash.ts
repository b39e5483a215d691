import { createHash, type Hash, hash } from "node:crypto";
import type { IHasher } from "hash-wasm";

/** Bytes that are read at once to be hashed only: fewer hops to the thread that reads. */
const HASH_BUFFER_BYTES = 1_048_576;

/** The hashes that a transfer may be verified by. */
export type HashKind = "sha256" | "xxh128";

/** A state of a hasher, to be given back to that hasher. */
export type HashState = Hash | Uint8Array;

/** A hash that is being computed; one file after the other. */
export interface Hasher {
  /** Forgets what was added. */
  reset(): void;
  /** Adds bytes. */
  update(bytes: Uint8Array): void;
  /** The hash of what was added since `reset`, lower-case hexadecimal; more may be added. */
  digest(): string;
  /** What was added so far, to go back to; more may be added. */
  save(): HashState;
  /** Goes back to what was added until then. */
  restore(state: HashState): void;
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

  save(): HashState {
    return this.#hash.copy();
  }

  restore(state: HashState): void {
    this.#hash = (state as Hash).copy();
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

  save(): HashState {
    return this.#hash.save();
  }

  restore(state: HashState): void {
    this.#hash.load(state as Uint8Array);
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
  if (kind === "sha256") return sha256Hasher();
  // Loading it takes 15 ms, which whoever does not need it would feel at the start.
  const { createXXHash128 } = await import("hash-wasm");
  return new Xxh128(await createXXHash128());
}

/** A hasher for SHA-256, empty: at once. */
export function sha256Hasher(): Hasher {
  return new Sha256();
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
  await hashAll((into) => file.read(into), hasher);
  return hasher;
}

/**
 * Hashes what is read, until its end: the next bytes are read while these are hashed.
 *
 * @param read Reads what is next; null at the end.
 * @param hasher Takes it.
 * @param bytes How many at most. @default all
 * @returns How many there were.
 */
export async function hashAll(
  read: (into: Uint8Array<ArrayBuffer>) => Promise<number | null>,
  hasher: Hasher,
  bytes = Infinity,
): Promise<number> {
  let [filled, free] = [new Uint8Array(HASH_BUFFER_BYTES), new Uint8Array(HASH_BUFFER_BYTES)];
  let asked = 0;
  const next = (into: Uint8Array<ArrayBuffer>) => {
    const room = into.subarray(0, Math.min(into.length, bytes - asked));
    return room.length === 0 ? Promise.resolve(null) : read(room);
  };
  let count = await next(filled);
  while (count !== null) {
    asked += count;
    const reading = next(free);
    reading.catch(() => {});
    hasher.update(filled.subarray(0, count));
    [filled, free] = [free, filled];
    count = await reading;
  }
  return asked;
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
