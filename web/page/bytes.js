// Bytes as text and back. Newer browsers have these themselves.

const encoder = new TextEncoder();

/** @param {string} text */
export function utf8(text) {
  return encoder.encode(text);
}

/**
 * Lower-case hexadecimal digits.
 *
 * @param {Uint8Array | ArrayBuffer} bytes
 */
export function toHex(bytes) {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {string} hex
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {SyntaxError} It is not hexadecimal.
 */
export function fromHex(hex) {
  if (!/^([0-9a-fA-F]{2})*$/.test(hex)) {
    throw new SyntaxError("Cannot read it: no hexadecimal digits");
  }
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = "";
  // So many arguments a function surely takes.
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(text);
}

/**
 * @param {string} text
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {DOMException} It is not base64.
 */
export function fromBase64(text) {
  const bytes = atob(text);
  return Uint8Array.from(bytes, (char) => char.charCodeAt(0));
}

/**
 * SHA-256, in hexadecimal.
 *
 * @param {string | Uint8Array<ArrayBuffer>} what A text is hashed as UTF-8.
 */
export async function sha256Hex(what) {
  const bytes = typeof what === "string" ? utf8(what) : what;
  return toHex(await crypto.subtle.digest("SHA-256", bytes));
}
