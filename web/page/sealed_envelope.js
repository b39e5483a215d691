// Sealed messages: encrypted with age, signed together with their place. The rules of sealed/envelope.ts and
// sealed/content.ts.

import { fromBase64, sha256Hex, toBase64, utf8 } from "./bytes.js";
import { fold } from "./names.js";
import { verifySignature } from "./signatures.js";
import { sealedText } from "./signed_texts.js";

/** @import {Sealed, SharedFile} from "../../protocol/chat.ts" */
/** @import {Addressed, SealedContent} from "../../sealed/content.ts" */
/** @import {OpenedMessage, Place, SealedMessage} from "../../sealed/envelope.ts" */

/**
 * Encrypts and decrypts age files, off the page's own thread (sealed_worker.js) or in a test.
 *
 * @typedef {object} Age
 * @property {(plain: Uint8Array<ArrayBuffer>, recipients: readonly string[]) => Promise<Uint8Array<ArrayBuffer>>} encrypt
 * @property {(file: Uint8Array<ArrayBuffer>, identities: readonly (string | CryptoKey)[]) => Promise<Uint8Array>} decrypt
 */

/** Why a sealed message is not shown, or not sent; `code` is one of protocol/error_codes.ts. */
export class SealedError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const MAX_CIPHER_BYTES = 49_152 / 4 * 3;
const MAX_HEADER_BYTES = 65_536;
const MAX_RECIPIENTS = 40;
const PADDED_BYTES = 128;
const MAX_FILES = 16;
const MAX_NAME_CHARS = 1_024;
const MAX_TEXT_BYTES = 16_384;
const VERSION = "age-encryption.org/v1\n";

/**
 * Seals a message.
 *
 * @param {Place & {content: SealedContent, previous: string, keys: {publicKey: string, sign: (text: string) => Promise<string>}, recipients: readonly string[]}} what
 * @param {Age} age
 * @returns {Promise<SealedMessage>}
 * @throws {SealedError} `too_large`, `not_sealed`.
 */
export async function seal({ content, kind, to, id, previous, keys, recipients }, age) {
  if (recipients.length === 0) {
    throw new SealedError("not_sealed", "There is nobody to encrypt it to.");
  }
  const key = keys.publicKey;
  const cipher = await age.encrypt(encodeContent(content, { key, kind, to }), recipients);
  if (cipher.length > MAX_CIPHER_BYTES) {
    throw new SealedError("too_large", "Encrypted it is too long: say it in two messages.");
  }
  const text = sealedText({ kind, to, key, id, previous, cipherHash: await sha256Hex(cipher) });
  return {
    sealed: { cipher: toBase64(cipher), key, previous, signature: await keys.sign(text) },
    hash: await sha256Hex(text),
  };
}

/**
 * Makes sure that a sealed message is its key's, and was made for the place where it stands. Whose key it is, and
 * what came before it, are the caller's to know.
 *
 * @param {Sealed} sealed
 * @param {Place} place
 * @returns {Promise<string>} Its hash in its sender's chain.
 * @throws {SealedError} `bad_signature`, `damaged`.
 */
export async function verify(sealed, { kind, to, id }) {
  const { key, previous, signature } = sealed;
  const cipherHash = await sha256Hex(cipherOf(sealed));
  const text = sealedText({ kind, to, key, id, previous, cipherHash });
  if (await verifySignature(key, text, signature)) return await sha256Hex(text);
  throw new SealedError(
    "bad_signature",
    "Its signature is wrong: it was changed, moved or made up on its way.",
  );
}

/**
 * Decrypts a sealed message that was verified.
 *
 * @param {Sealed} sealed
 * @param {Place} place
 * @param {readonly (string | CryptoKey)[]} identities
 * @param {Age} age
 * @returns {Promise<SealedContent>}
 * @throws {SealedError} `cannot_decrypt`, `wrong_place`, `damaged`.
 */
export async function decrypt(sealed, { kind, to }, identities, age) {
  const cipher = cipherOf(sealed);
  const count = countRecipients(cipher);
  if (!(count >= 1 && count <= MAX_RECIPIENTS)) {
    throw new SealedError("damaged", "It is damaged: it names no recipients, or too many.");
  }
  const plain = await age.decrypt(cipher, identities).catch(() => {
    throw new SealedError(
      "cannot_decrypt",
      "It is not encrypted to this browser, or was changed on its way.",
    );
  });
  const { key: writer, kind: meantKind, to: meantTo, ...content } = decodeContent(plain);
  if (writer === sealed.key && meantKind === kind && fold(meantTo) === fold(to)) return content;
  throw new SealedError("wrong_place", "It was written by another key, or for another place.");
}

/**
 * Opens a sealed message: {@link verify}, then {@link decrypt}.
 *
 * @param {Sealed} sealed
 * @param {Place} place
 * @param {readonly (string | CryptoKey)[]} identities
 * @param {Age} age
 * @returns {Promise<OpenedMessage>}
 */
export async function open(sealed, place, identities, age) {
  const hash = await verify(sealed, place);
  return { content: await decrypt(sealed, place, identities, age), hash };
}

/**
 * The plaintext: JSON, with blanks behind it up to a multiple of 128 bytes.
 *
 * @param {SealedContent} content
 * @param {Addressed} addressed
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeContent({ text, at, files = [] }, { key, kind, to }) {
  const named = files.length > 0 && {
    files: files.map(({ id, name, size, type, sha256 }) => ({ id, name, size, type, sha256 })),
  };
  const json = utf8(JSON.stringify({ v: 1, key, kind, to, text, at, ...named }));
  const padded = new Uint8Array(Math.ceil(json.length / PADDED_BYTES) * PADDED_BYTES).fill(0x20);
  padded.set(json);
  return padded;
}

/**
 * Reads a plaintext: a peer's word, whoever signed it.
 *
 * @param {Uint8Array} bytes
 * @returns {SealedContent & Addressed}
 * @throws {SealedError} `damaged`.
 */
export function decodeContent(bytes) {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const { v, key, kind, to, text, at, files } = value;
    const isRight = v === 1 && isHex(key, 64) && ["room", "private"].includes(kind) &&
      isText(to, 512) && isText(text, 65_536) && isCount(at) && at <= MAX_TIME_MS &&
      (files === undefined || isFiles(files)) && isSayable(text, files);
    if (!isRight) throw new TypeError("of another form");
    return { key, kind, to, text, at, ...files?.length > 0 && { files } };
  } catch {
    throw new SealedError("damaged", "It is damaged: no message of the agreed form.");
  }
}

/** @param {unknown} files */
function isFiles(files) {
  return Array.isArray(files) && files.length <= MAX_FILES &&
    files.every((file) =>
      isHex(file.id, 32) && isText(file.name, MAX_NAME_CHARS) && file.name !== "" &&
      isCount(file.size) && isText(file.type, 128) && isHex(file.sha256, 64)
    );
}

/** The last moment that a `Date` can be. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/** What protocol/text.ts lets pass; without a text there are files. @type {(text: string, files: unknown[] | undefined) => boolean} */
function isSayable(text, files = []) {
  if (text === "") return files.length > 0;
  // deno-lint-ignore no-control-regex
  return text.isWellFormed?.() !== false && !/[\0-\x08\x0b-\x1f\x7f-\x9f]/.test(text) &&
    utf8(text).length <= MAX_TEXT_BYTES;
}

/** @type {(text: unknown, maxChars: number) => boolean} */
function isText(text, maxChars) {
  return typeof text === "string" && text.length <= maxChars;
}

/** @type {(text: unknown, digits: number) => boolean} */
function isHex(text, digits) {
  return typeof text === "string" && text.length === digits && /^[0-9a-f]*$/.test(text);
}

/** @param {unknown} number */
function isCount(number) {
  return Number.isSafeInteger(number) && Number(number) >= 0;
}

/** @param {Sealed} sealed */
function cipherOf({ cipher }) {
  try {
    const bytes = fromBase64(cipher);
    if (bytes.length <= MAX_CIPHER_BYTES) return bytes;
  } catch {
    // Told below.
  }
  throw new SealedError("damaged", "It is damaged: its ciphertext is no base64.");
}

/**
 * How many recipients an age file's header names; 0 where it is none. Each one that is tried costs a key exchange.
 *
 * @param {Uint8Array} file
 */
export function countRecipients(file) {
  const header = headerOf(file);
  return header === undefined
    ? 0
    : header.split("\n").filter((line) => line.startsWith("-> ")).length;
}

/** @param {Uint8Array} file */
export function headerOf(file) {
  const text = new TextDecoder("latin1").decode(file.subarray(0, MAX_HEADER_BYTES));
  const mac = text.indexOf("\n--- ");
  const end = text.indexOf("\n", mac + 5);
  return text.startsWith(VERSION) && mac > 0 && end > 0 ? text.slice(0, end + 1) : undefined;
}
