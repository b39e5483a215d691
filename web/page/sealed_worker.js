// age, on a thread of its own, so that the page stays smooth: messages, files, and secret rooms' passphrases.

import {
  bech32,
  Decrypter,
  Encrypter,
  generateX25519Identity,
  identityToRecipient,
  sha256,
} from "./vendor/age_encryption.js";
import { fromBase64, fromHex, toBase64, toHex } from "./bytes.js";
import { headerOf } from "./sealed_envelope.js";

/** age's own: a try takes about a second, and 256 MiB. */
const WORK_FACTOR = 18;
/** The longest file of a secret room, in base64. */
const MAX_ROOM_CHARS = 8_192;
/** So much of a file is encrypted ahead, and held until the server has it. */
const WINDOW_BYTES = 4_194_304;
/** Pieces of so many bytes go into a Blob, which the browser may keep on disk. */
const PIECE_BYTES = 8_388_608;

/** Files that are being encrypted, by their number. @type {Map<number, ReturnType<typeof sealing>>} */
const uploads = new Map();

const operations = {
  /** @type {(plain: Uint8Array, recipients: readonly string[]) => Promise<Uint8Array>} */
  async encrypt(plain, recipients) {
    return await encrypterFor(recipients).encrypt(plain);
  },

  /** @type {(file: Uint8Array, identities: readonly (string | CryptoKey)[]) => Promise<Uint8Array>} */
  async decrypt(file, identities) {
    return await decrypterFor(identities).decrypt(file);
  },

  /** A new secret room: an identity of its own, locked under a passphrase. @param {string} passphrase */
  async makeRoom(passphrase) {
    const secret = await generateX25519Identity();
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(WORK_FACTOR);
    encrypter.setPassphrase(passphrase.normalize("NFC"));
    const file = toBase64(await encrypter.encrypt(`${secret}\n`));
    return { file, ...await keptIdentity(secret) };
  },

  /**
   * Unlocks a secret room.
   *
   * @param {string} file A peer's word.
   * @param {string} passphrase
   */
  async unlock(file, passphrase) {
    const isBase64 = /^[A-Za-z0-9+/]*={0,2}$/.test(file) && file.length <= MAX_ROOM_CHARS;
    const bytes = isBase64 && file.length % 4 === 0 ? fromBase64(file) : new Uint8Array();
    // Whoever sets the work also decides how long, and with how much memory, we are busy.
    const [, work] = /\n-> scrypt [A-Za-z0-9+/]+ ([1-9][0-9]?)\n/.exec(headerOf(bytes) ?? "") ?? [];
    if (work === undefined || Number(work) > WORK_FACTOR) {
      throw coded("damaged", "The server keeps something else than this room's locked identity.");
    }
    let secret;
    try {
      const decrypter = new Decrypter();
      decrypter.addPassphrase(passphrase.normalize("NFC"));
      secret = (await decrypter.decrypt(bytes, "text")).trim();
    } catch {
      throw coded("wrong_passphrase", "That is not this room's passphrase.");
    }
    return await keptIdentity(secret);
  },

  /** Begins to encrypt a file; gives how long it will be. @type {(number: number, file: Blob, recipients: readonly string[]) => Promise<number>} */
  async beginFile(number, file, recipients) {
    const upload = sealing(file, recipients);
    uploads.set(number, upload);
    return (await upload.next()).value;
  },

  /** What comes next of it; its SHA-256 where that was the end. @param {number} number */
  async nextWindow(number) {
    const step = await uploads.get(number)?.next();
    if (step === undefined || step.done) uploads.delete(number);
    return step?.value;
  },

  /** @param {number} number */
  async dropFile(number) {
    await uploads.get(number)?.return({ sha256: "" });
    uploads.delete(number);
  },

  /**
   * Fetches a file and decrypts it.
   *
   * @param {string} address
   * @param {readonly (string | CryptoKey)[]} identities
   * @param {{size: number, sha256: string, type: string}} expected
   * @returns {Promise<Blob>} Whole, and what its sender sent.
   */
  async fetchFile(address, identities, expected) {
    const answer = await fetch(address);
    if (!answer.ok || answer.body === null) {
      throw coded(
        "unknown_file",
        answer.status === 404
          ? "The server keeps it no longer."
          : `The server answered ${answer.status}.`,
      );
    }
    const hash = sha256.create();
    let [blob, size] = [new Blob([]), 0];
    /** @type {Uint8Array<ArrayBuffer>[]} */
    let pieces = [];
    let held = 0;
    const gather = () => {
      blob = new Blob([blob, ...pieces], { type: expected.type });
      [pieces, held] = [[], 0];
    };
    try {
      const plain = await decrypterFor(identities).decrypt(answer.body);
      const reader = plain.getReader();
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        const piece = new Uint8Array(step.value);
        hash.update(piece);
        pieces.push(piece);
        [size, held] = [size + piece.length, held + piece.length];
        if (size > expected.size) {
          await reader.cancel();
          break;
        }
        if (held >= PIECE_BYTES) gather();
      }
    } catch {
      throw coded(
        "cannot_decrypt",
        "It was changed or cut off on its way, or is not encrypted to this browser.",
      );
    }
    gather();
    if (size !== expected.size || toHex(hash.digest()) !== expected.sha256) {
      throw coded("hash_mismatch", "It is not the file that was sent.");
    }
    return blob;
  },
};

/**
 * Encrypts a file, a window after the other.
 *
 * @param {Blob} file
 * @param {readonly string[]} recipients
 * @returns {AsyncGenerator<any, {sha256: string}, void>} The length first, then windows, then the hash of what went in.
 */
async function* sealing(file, recipients) {
  const hash = sha256.create();
  const plain = file.stream().pipeThrough(
    new TransformStream({
      transform(piece, controller) {
        hash.update(piece);
        controller.enqueue(piece);
      },
    }),
  );
  const sealed = await encrypterFor(recipients).encrypt(plain);
  yield sealed.size(file.size);
  const reader = sealed.getReader();
  /** @type {Uint8Array<ArrayBuffer>[]} */
  let pieces = [];
  let held = 0;
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      pieces.push(new Uint8Array(step.value));
      held += step.value.length;
      if (held < WINDOW_BYTES) continue;
      yield { window: new Blob(pieces) };
      [pieces, held] = [[], 0];
    }
    if (held > 0) yield { window: new Blob(pieces) };
  } finally {
    await reader.cancel().catch(() => {});
  }
  return { sha256: toHex(hash.digest()) };
}

/** Before the 32 bytes of an X25519 key in PKCS #8 (RFC 8410). */
const PKCS8 = fromHex("302e020100300506032b656e04220420");

/**
 * A room's identity as it is kept: the secret itself stays in here.
 *
 * @param {string} secret `AGE-SECRET-KEY-1…`
 */
async function keptIdentity(secret) {
  try {
    const { prefix, bytes } = bech32.decodeToBytes(secret);
    if (prefix.toUpperCase() !== "AGE-SECRET-KEY-" || bytes.length !== 32) throw new TypeError();
    const pkcs8 = new Uint8Array([...PKCS8, ...bytes]);
    const opening = await crypto.subtle.importKey("pkcs8", pkcs8, { name: "X25519" }, false, [
      "deriveBits",
    ]);
    return { opening, recipient: await identityToRecipient(opening) };
  } catch {
    throw coded("damaged", "The server keeps something else than this room's locked identity.");
  }
}

/** @param {readonly string[]} recipients */
function encrypterFor(recipients) {
  if (recipients.length === 0) throw coded("not_sealed", "There is nobody to encrypt it to.");
  const encrypter = new Encrypter();
  for (const recipient of new Set(recipients)) encrypter.addRecipient(recipient);
  return encrypter;
}

/** @param {readonly (string | CryptoKey)[]} identities */
function decrypterFor(identities) {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  return decrypter;
}

/** @type {(code: string, message: string) => Error} */
function coded(code, message) {
  return Object.assign(new Error(message), { code });
}

/** @param {MessageEvent<{ref: number, operation: keyof typeof operations, what: any[]}>} event */
globalThis.onmessage = async ({ data: { ref, operation, what } }) => {
  try {
    const run = /** @type {(...what: any[]) => Promise<unknown>} */ (operations[operation]);
    globalThis.postMessage({ ref, value: await run(...what) });
  } catch (error) {
    const { code = "internal_error", message = String(error) } = /** @type {any} */ (error);
    globalThis.postMessage({ ref, error: { code, message } });
  }
};
