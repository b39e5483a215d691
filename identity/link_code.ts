import { linkText } from "../protocol/signed_texts.ts";
import type { PublicKey } from "./device_key.ts";
import { CROCKFORD } from "./fingerprint.ts";

/** By how many digits the server knows a link: what is behind them it never learns. */
const ID_DIGITS = 4;
const DIGITS = 16;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;
const encoder = new TextEncoder();

/** A code that one device of a person shows, and another one is told. */
export interface LinkCode {
  /** For people: `ABCD-EFGH-JKLM-NPQR`. */
  readonly text: string;
  /** The public half, 20 bits. */
  readonly id: string;
  /** The half that the two devices alone know, 60 random bits. */
  readonly secret: string;
}

/** What a new device shows of a code. */
export interface LinkProof {
  /** The code's public half. */
  readonly id: string;
  /** HMAC-SHA-256 (RFC 2104) of `linkText` with the secret half, in hexadecimal. */
  readonly mac: string;
}

/** Makes a new code. */
export function makeLinkCode(): LinkCode {
  const random = crypto.getRandomValues(new Uint8Array(DIGITS));
  return codeOf(Array.from(random, (byte) => CROCKFORD[byte % CROCKFORD.length]!).join(""));
}

/**
 * Reads a code as somebody typed it: in any case, with or without hyphens, with O for 0 and I or L for 1.
 *
 * @param text What was typed.
 * @returns The code.
 * @throws {TypeError} It is none. The text does not tell what it was.
 */
export function readLinkCode(text: string): LinkCode {
  const digits = text.toUpperCase().replaceAll(/[\s-]/g, "").replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  if (digits.length === DIGITS && [...digits].every((digit) => CROCKFORD.includes(digit))) {
    return codeOf(digits);
  }
  throw new TypeError(
    `That is no code: ${DIGITS} letters and digits are one, as in ABCD-EFGH-JKLM-NPQR`,
  );
}

/**
 * What `connect` shows of a code: who does not know it could not have made that of this key.
 *
 * @param code The code.
 * @param name The name that the device wants to be of.
 * @param key The new device's key.
 */
export async function proveLinkCode(
  { id, secret }: LinkCode,
  name: string,
  key: PublicKey,
): Promise<LinkProof> {
  const mac = await crypto.subtle.sign(
    "HMAC",
    await macKey(secret, "sign"),
    encoder.encode(linkText(name, key)),
  );
  return { id, mac: new Uint8Array(mac).toHex() };
}

/**
 * Whether a device knows a code.
 *
 * @param code The code.
 * @param name Whose it is.
 * @param key The new device's key.
 * @param mac What it shows, in hexadecimal; compared in constant time.
 */
export async function isLinkProof(
  { secret }: LinkCode,
  name: string,
  key: PublicKey,
  mac: string,
): Promise<boolean> {
  return await crypto.subtle.verify(
    "HMAC",
    await macKey(secret, "verify"),
    Uint8Array.fromHex(mac),
    encoder.encode(linkText(name, key)),
  );
}

function codeOf(digits: string): LinkCode {
  return {
    text: digits.match(/.{4}/g)!.join("-"),
    id: digits.slice(0, ID_DIGITS),
    secret: digits.slice(ID_DIGITS),
  };
}

function macKey(secret: string, usage: "sign" | "verify"): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", encoder.encode(secret), HMAC, false, [usage]);
}
