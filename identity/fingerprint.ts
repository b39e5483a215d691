import type { PublicKey } from "./device_key.ts";

/** So many digits of the hash are shown: to make another key that shows the same takes 2^100 tries. */
const GROUPS = 4;
const GROUP_DIGITS = 5;

/**
 * A key's fingerprint, short enough to be read aloud: 20 characters of Crockford's base 32, 100 bits of the
 * SHA-256 of the key.
 *
 * @param key The public key.
 * @returns Such as `7K2QD-0XW3M-9ABCV-HJ4TE`.
 *
 * @example
 * ```ts
 * import { assertMatch } from "@std/assert";
 * import { fingerprint } from "@parley/parley";
 *
 * assertMatch(await fingerprint("00".repeat(32)), /^\w{5}-\w{5}-\w{5}-\w{5}$/);
 * ```
 */
export async function fingerprint(key: PublicKey): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.fromHex(key)));
  const digits = crockford(digest).slice(0, GROUPS * GROUP_DIGITS);
  return digits.match(new RegExp(`.{${GROUP_DIGITS}}`, "g"))!.join("-");
}

/** Crockford's base 32, without letters that look like digits: https://www.crockford.com/base32.html */
export const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * Bytes in Crockford's base 32; bits that fill no digit are left out.
 *
 * @param bytes The bytes.
 */
export function crockford(bytes: Uint8Array): string {
  let digits = "";
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8 | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      digits += CROCKFORD[value >> bits & 31];
    }
  }
  return digits;
}
