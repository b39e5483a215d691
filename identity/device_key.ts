/** An Ed25519 public key as the wire has it: 64 hexadecimal digits. */
export type PublicKey = string;

/** The key of one device: what is signed with it was signed here. */
export interface DeviceKey {
  /** What others know it by. */
  readonly publicKey: PublicKey;
  /**
   * Signs a text.
   *
   * @param text What one of `protocol/signed_texts.ts` made.
   * @returns The signature, 128 hexadecimal digits.
   */
  sign(text: string): Promise<string>;
}

const ED25519 = "Ed25519";
const encoder = new TextEncoder();

/**
 * Makes a device's key (Ed25519, RFC 8032).
 *
 * @param extractable Whether {@link exportPrivateKey} can write it down.
 * @returns The pair, as WebCrypto keeps it.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { deviceKey, generateKeyPair, verifySignature } from "@parley/parley";
 *
 * const key = await deviceKey(await generateKeyPair(false));
 * assert(await verifySignature(key.publicKey, "text", await key.sign("text")));
 * ```
 */
export async function generateKeyPair(extractable: boolean): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ED25519, extractable, ["sign", "verify"]) as CryptoKeyPair;
}

/**
 * A device's key from what WebCrypto keeps.
 *
 * @param pair The pair.
 * @returns What signs with it.
 */
export async function deviceKey({ privateKey, publicKey }: CryptoKeyPair): Promise<DeviceKey> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  return {
    publicKey: raw.toHex(),
    async sign(text) {
      const bytes = await crypto.subtle.sign(ED25519, privateKey, encoder.encode(text));
      return new Uint8Array(bytes).toHex();
    },
  };
}

/**
 * Whether a key signed a text.
 *
 * @param key The public key.
 * @param text What should have been signed.
 * @param signature What is shown.
 * @returns False for whatever is no key or no signature, too.
 */
export async function verifySignature(
  key: PublicKey,
  text: string,
  signature: string,
): Promise<boolean> {
  try {
    const imported = await crypto.subtle.importKey(
      "raw",
      Uint8Array.fromHex(key),
      ED25519,
      false,
      ["verify"],
    );
    const bytes = Uint8Array.fromHex(signature);
    return await crypto.subtle.verify(ED25519, imported, bytes, encoder.encode(text));
  } catch {
    // Not a point of the curve, or not hexadecimal.
    return false;
  }
}

/**
 * Writes a private key down (PKCS #8, in base64). It is the secret itself.
 *
 * @param privateKey The key.
 * @throws {DOMException} The key was made not to be extractable.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { deviceKey, exportPrivateKey, generateKeyPair, importPrivateKey } from "@parley/parley";
 *
 * const pair = await generateKeyPair(true);
 * const again = await importPrivateKey(await exportPrivateKey(pair.privateKey));
 * assertEquals((await deviceKey(again)).publicKey, (await deviceKey(pair)).publicKey);
 * ```
 */
export async function exportPrivateKey(privateKey: CryptoKey): Promise<string> {
  return new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)).toBase64();
}

/**
 * Reads a private key that {@link exportPrivateKey} wrote.
 *
 * @param text PKCS #8, in base64.
 * @returns The pair.
 * @throws {TypeError} It is none.
 */
export async function importPrivateKey(text: string): Promise<CryptoKeyPair> {
  try {
    const pkcs8 = Uint8Array.fromBase64(text);
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, ED25519, true, ["sign"]);
    // WebCrypto gives the public half of a private key in this way alone.
    const { x } = await crypto.subtle.exportKey("jwk", privateKey);
    const publicKey = await crypto.subtle.importKey(
      "jwk",
      { kty: "OKP", crv: ED25519, x: x! },
      ED25519,
      true,
      ["verify"],
    );
    return { privateKey, publicKey };
  } catch (cause) {
    // Without the cause's words: they could hold the text.
    throw new TypeError("Cannot read the private key: it is no Ed25519 key in PKCS #8 and base64", {
      cause: cause instanceof Error ? cause.name : undefined,
    });
  }
}
