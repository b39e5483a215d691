import { Decrypter, Encrypter, type Recipient } from "age-encryption";
import { ProtocolError } from "../codec/errors.ts";
import type { AgeIdentity } from "./age_identity.ts";

// An age file (https://age-encryption.org/v1, https://c2sp.org/age) is a header of lines, 16 bytes of nonce, and
// chunks of ciphertext. The library reads and writes the header.

/** What every header begins with. */
const VERSION = new TextEncoder().encode("age-encryption.org/v1\n");
/** Before the header's last line, which ends with the next newline. */
const MAC_LINE = new TextEncoder().encode("\n--- ");
/** A last line has no more bytes, its newlines included. */
const LAST_LINE_BYTES = 64;
/** The longest header that is read: more than 600 recipients. */
export const MAX_HEADER_BYTES = 65_536;
/** Bytes of the nonce that follows the header. */
export const NONCE_BYTES = 16;

/**
 * How long an age file's header is.
 *
 * @param bytes The file's beginning.
 * @param from How much of it was looked at before: the header did not end there. @default {0}
 * @returns Bytes; undefined where its end has not come yet.
 * @throws {ProtocolError} `damaged`: it is no age file, or its header is too long.
 */
export function headerLength(bytes: Uint8Array, from = 0): number | undefined {
  for (let at = 0; at < Math.min(bytes.length, VERSION.length); at++) {
    if (bytes[at] !== VERSION[at]) throw noAgeFile("it does not begin as one");
  }
  const limit = Math.min(bytes.length, MAX_HEADER_BYTES);
  for (let at = Math.max(VERSION.length - 1, from - LAST_LINE_BYTES); at < limit; at++) {
    if (bytes[at] !== 0x0a || !MAC_LINE.every((byte, i) => bytes[at + i] === byte)) continue;
    const end = bytes.indexOf(0x0a, at + MAC_LINE.length);
    if (end >= 0 && end < at + LAST_LINE_BYTES) return end + 1;
  }
  if (bytes.length < MAX_HEADER_BYTES) return undefined;
  throw noAgeFile(`its header has over ${MAX_HEADER_BYTES} bytes`);
}

/** How many recipients a header names. */
export function countRecipients(header: Uint8Array): number {
  const lines = new TextDecoder().decode(header).split("\n");
  return lines.filter((line) => line.startsWith("-> ")).length;
}

/**
 * Makes the header of an age file.
 *
 * @param recipients Whom it is encrypted to, `age1…` each.
 * @returns The header, and the key of 16 random bytes that it wraps.
 * @throws {ProtocolError} `not_sealed`: there is no recipient, or one is none.
 */
export async function makeHeader(
  recipients: readonly string[],
): Promise<{ readonly header: Uint8Array<ArrayBuffer>; readonly fileKey: Uint8Array }> {
  let fileKey: Uint8Array | undefined;
  // Adds no line: the library makes a new key for each file, and tells it to recipients alone.
  const listener: Recipient = {
    wrapFileKey(key) {
      fileKey = key.slice();
      return [];
    },
  };
  const file = await encrypterFor(recipients, listener).encrypt(new Uint8Array(0));
  return { header: new Uint8Array(file.subarray(0, headerLength(file)!)), fileKey: fileKey! };
}

/**
 * Encrypts something short.
 *
 * @param plaintext What.
 * @param recipients To whom, `age1…` each.
 * @returns An age file.
 * @throws {ProtocolError} `not_sealed`: there is no recipient, or one is none.
 */
export async function encryptAge(
  plaintext: Uint8Array,
  recipients: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await encrypterFor(recipients).encrypt(plaintext));
}

/**
 * Opens the header of an age file.
 *
 * @param header The header.
 * @param identities Whose it may be.
 * @returns The file's key.
 * @throws {ProtocolError} `cannot_decrypt`.
 */
export async function openHeader(
  header: Uint8Array,
  identities: readonly AgeIdentity[],
): Promise<Uint8Array> {
  return await decrypting(() => decrypterFor(identities).decryptHeader(header));
}

/**
 * Decrypts something short.
 *
 * @param file An age file.
 * @param identities Whose it may be.
 * @throws {ProtocolError} `cannot_decrypt`.
 */
export async function decryptAge(
  file: Uint8Array,
  identities: readonly AgeIdentity[],
): Promise<Uint8Array> {
  return await decrypting(() => decrypterFor(identities).decrypt(file));
}

/** Something that is no age file. */
export function noAgeFile(reason: string): ProtocolError {
  return new ProtocolError("damaged", `Cannot open the age file: ${reason}`);
}

/** Something that nobody here can open, or that was changed on its way. */
export function cannotDecrypt(): ProtocolError {
  return new ProtocolError(
    "cannot_decrypt",
    "Cannot decrypt it: it is not encrypted to this device, or was changed on its way",
  );
}

async function decrypting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    // What the library says is about the format, and one answer for all of it tells an attacker nothing.
    throw cannotDecrypt();
  }
}

function encrypterFor(recipients: readonly string[], ...others: readonly Recipient[]): Encrypter {
  if (recipients.length === 0) {
    throw new ProtocolError("not_sealed", "Cannot encrypt it: there is nobody to encrypt it to");
  }
  const encrypter = new Encrypter();
  try {
    for (const recipient of new Set(recipients)) encrypter.addRecipient(recipient);
  } catch {
    throw new ProtocolError(
      "not_sealed",
      "Cannot encrypt it: a recipient is not one of age's, age1…",
    );
  }
  for (const other of others) encrypter.addRecipient(other);
  return encrypter;
}

function decrypterFor(identities: readonly AgeIdentity[]): Decrypter {
  const decrypter = new Decrypter();
  for (const { secret } of identities) decrypter.addIdentity(secret);
  return decrypter;
}
