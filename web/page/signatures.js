// Whether a key signed a text, as identity/device_key.ts says.

import { fromHex, utf8 } from "./bytes.js";

/**
 * @param {string} key A public key, in hexadecimal.
 * @param {string} text What should have been signed.
 * @param {string} signature What is shown.
 * @returns {Promise<boolean>} False for whatever is no key or no signature, too.
 */
export async function verifySignature(key, text, signature) {
  try {
    const imported = await crypto.subtle.importKey("raw", fromHex(key), "Ed25519", false, [
      "verify",
    ]);
    return await crypto.subtle.verify("Ed25519", imported, fromHex(signature), utf8(text));
  } catch {
    // Not a point of the curve, or not hexadecimal.
    return false;
  }
}
