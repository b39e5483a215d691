// Keys, short enough to be read aloud: as identity/fingerprint.ts makes them.

import { fromHex } from "./bytes.js";

/** Crockford's base 32: https://www.crockford.com/base32.html */
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Such as `7K2QD-0XW3M-9ABCV-HJ4TE`.
 *
 * @param {string} key A public key, in hexadecimal.
 */
export async function fingerprint(key) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", fromHex(key)));
  return (crockford(digest).slice(0, 20).match(/.{5}/g) ?? []).join("-");
}

/**
 * Bytes in base 32; bits that fill no digit are left out.
 *
 * @param {Uint8Array} bytes
 */
export function crockford(bytes) {
  let digits = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5;) {
      bits -= 5;
      digits += CROCKFORD.charAt(value >> bits & 31);
    }
  }
  return digits;
}
