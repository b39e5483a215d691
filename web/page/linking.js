// Codes by which a device takes in another one of the same person: as identity/link_code.ts has them.

import { fromHex, toHex, utf8 } from "./bytes.js";
import { CROCKFORD } from "./fingerprint.js";
import { linkText } from "./signed_texts.js";

/**
 * A code's public half, which the server is told, and the half that only the two devices know.
 *
 * @typedef {{id: string, secret: string}} LinkCode
 */

const ID_DIGITS = 4;
const DIGITS = 16;

/**
 * A new code.
 *
 * @returns {LinkCode & {text: string}} `text` is for people: `ABCD-EFGH-JKLM-NPQR`.
 */
export function makeCode() {
  const random = crypto.getRandomValues(new Uint8Array(DIGITS));
  const digits = Array.from(random, (byte) => CROCKFORD.charAt(byte % 32)).join("");
  const text = (digits.match(/.{4}/g) ?? []).join("-");
  return { id: digits.slice(0, ID_DIGITS), secret: digits.slice(ID_DIGITS), text };
}

/**
 * A code as somebody typed it: in any case, with O for 0 and I or L for 1.
 *
 * @param {string} text
 * @returns {LinkCode | undefined}
 */
export function readCode(text) {
  const digits = text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0")
    .replace(/[IL]/g, "1");
  const isCode = digits.length === DIGITS && [...digits].every((char) => CROCKFORD.includes(char));
  return isCode ? { id: digits.slice(0, ID_DIGITS), secret: digits.slice(ID_DIGITS) } : undefined;
}

/**
 * What `connect` shows of a code: nobody else could have made it, of this key.
 *
 * @param {LinkCode} code
 * @param {string} name
 * @param {string} key The new device's.
 * @returns {Promise<{id: string, mac: string}>}
 */
export async function codeProof({ id, secret }, name, key) {
  const mac = await crypto.subtle.sign("HMAC", await macKey(secret), utf8(linkText(name, key)));
  return { id, mac: toHex(mac) };
}

/**
 * Whether a device knows a code.
 *
 * @param {LinkCode} code
 * @param {string} name
 * @param {string} key The new device's.
 * @param {string} mac What it shows.
 * @returns {Promise<boolean>}
 */
export async function isCodeProof({ secret }, name, key, mac) {
  const text = utf8(linkText(name, key));
  return await crypto.subtle.verify("HMAC", await macKey(secret), fromHex(mac), text);
}

/** @param {string} secret */
function macKey(secret) {
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", utf8(secret), hmac, false, ["sign", "verify"]);
}
