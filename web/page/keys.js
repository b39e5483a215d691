// This browser's keys: made at the first entry, kept where no script can read the private ones.

import { toHex, utf8 } from "./bytes.js";
import { recipientText } from "./signed_texts.js";

/** @import {Database} from "./database.js" */

/**
 * What is kept: WebCrypto's keys, which cannot be exported.
 *
 * @typedef {{signing: CryptoKeyPair, opening: CryptoKey, recipient: string, recipientSignature: string}} Kept
 */

/**
 * A device's key, as identity/device_key.ts has it, and what others encrypt to.
 *
 * @typedef {object} Keys
 * @property {string} publicKey 64 hexadecimal digits.
 * @property {(text: string) => Promise<string>} sign Gives 128 hexadecimal digits.
 * @property {CryptoKey} opening The age identity.
 * @property {string} recipient `age1…`
 * @property {string} recipientSignature
 * @property {Database} database Where they are kept, and what belongs to them.
 */

/** Why there are no keys; the text is for people. */
export class NoKeys extends Error {}

const ED25519 = "Ed25519";

/**
 * This browser's keys; made if there are none.
 *
 * @param {() => Promise<Database>} open
 * @returns {Promise<Keys>}
 * @throws {NoKeys} This browser can have none here.
 */
export async function openKeys(open) {
  if (globalThis.crypto?.subtle === undefined) {
    throw new NoKeys(
      "Keys need a secure connection: open this page by https, or on the machine that the server runs on.",
    );
  }
  const database = await open().catch(() => {
    throw new NoKeys(
      "This browser keeps nothing for this page, so it can have no keys: a private window, perhaps.",
    );
  });
  /** @type {Kept | undefined} */
  const kept = await database.get("device", "keys");
  if (kept !== undefined) return await keysOf(kept, database);
  const made = await makeKeys().catch((cause) => {
    const why = cause.name === "NotSupportedError"
      ? "This browser is too old for keys of this kind (Ed25519 and X25519): update it."
      : "This browser's keys could not be made: load the page anew.";
    throw new NoKeys(why, { cause });
  });
  // Two pages may begin at once: the first one's keys are those of both.
  return await keysOf(await database.change("device", "keys", (found) => found ?? made), database);
}

/** @returns {Promise<Kept>} */
async function makeKeys() {
  const signing = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"])
  );
  const { privateKey: opening } = /** @type {CryptoKeyPair} */ (
    await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"])
  );
  const { identityToRecipient } = await import("./vendor/age_encryption.js");
  const recipient = await identityToRecipient(opening);
  const text = recipientText(await publicKeyOf(signing), recipient);
  return { signing, opening, recipient, recipientSignature: await sign(signing, text) };
}

/** @type {(kept: Kept, database: Database) => Promise<Keys>} */
async function keysOf({ signing, opening, recipient, recipientSignature }, database) {
  return {
    ...{ database, opening, recipient, recipientSignature, publicKey: await publicKeyOf(signing) },
    sign: (text) => sign(signing, text),
  };
}

/** @param {CryptoKeyPair} pair */
async function publicKeyOf({ publicKey }) {
  return toHex(await crypto.subtle.exportKey("raw", publicKey));
}

/** @type {(pair: CryptoKeyPair, text: string) => Promise<string>} */
async function sign({ privateKey }, text) {
  return toHex(await crypto.subtle.sign(ED25519, privateKey, utf8(text)));
}
