// Ids for messages: https://github.com/ulid/spec

const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/**
 * A new id: the time, then 80 random bits.
 *
 * @param {number} at Unix milliseconds.
 * @returns {string} 26 characters.
 */
export function ulid(at) {
  let time = "";
  for (let rest = at; time.length < 10; rest = Math.floor(rest / 32)) {
    time = DIGITS.charAt(rest % 32) + time;
  }
  const random = crypto.getRandomValues(new Uint8Array(16));
  return time + Array.from(random, (byte) => DIGITS.charAt(byte % 32)).join("");
}

/** @param {number} bytes How many random bytes; as hexadecimal digits. */
export function randomHex(bytes) {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
