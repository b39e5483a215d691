import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { type DeviceKey, verifySignature } from "../identity/device_key.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { KeyCard } from "../protocol/chat.ts";
import { recipientText } from "../protocol/signed_texts.ts";

/** What opens what was encrypted to its recipient: age's X25519 (https://age-encryption.org/v1). */
export interface AgeIdentity {
  /** What others encrypt to: `age1…`. */
  readonly recipient: string;
  /** The secret: `AGE-SECRET-KEY-1…`, or where a browser keeps it, a key that nobody can read. */
  readonly secret: string | CryptoKey;
}

/** An age recipient of the kind X25519. */
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const SECRET = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

/**
 * Makes an identity.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { makeAgeIdentity } from "./age_identity.ts";
 *
 * const { recipient, secret } = await makeAgeIdentity();
 * assert(recipient.startsWith("age1") && String(secret).startsWith("AGE-SECRET-KEY-1"));
 * ```
 */
export async function makeAgeIdentity(): Promise<AgeIdentity> {
  return await openAgeIdentity(await generateX25519Identity());
}

/**
 * An identity from what was kept of it.
 *
 * @param secret `AGE-SECRET-KEY-1…`, or WebCrypto's X25519 private key.
 * @throws {ProtocolError} `bad_identity`: it is none. The text does not hold it.
 */
export async function openAgeIdentity(secret: string | CryptoKey): Promise<AgeIdentity> {
  try {
    if (typeof secret === "string" && !SECRET.test(secret)) throw new TypeError("not of its form");
    return { secret, recipient: await identityToRecipient(secret) };
  } catch {
    // Without the cause: its words could hold the secret.
    throw new ProtocolError(
      "bad_identity",
      "Cannot use the age identity: one of the kind AGE-SECRET-KEY-1… is allowed",
    );
  }
}

/** Whether a text is an age recipient of the kind X25519: whoever has its identity is not known by that. */
export function isRecipient(text: string): boolean {
  return RECIPIENT.test(text);
}

/**
 * Binds an age recipient to a device's key: `prove.recipientSignature`, and that of a card.
 *
 * @param key The device's key.
 * @param recipient The device's age recipient.
 * @returns The signature, of `recipientText`.
 */
export function signRecipient(key: DeviceKey, recipient: string): Promise<string> {
  return key.sign(recipientText(key.publicKey, recipient));
}

/**
 * Whether the recipient that a card shows was chosen by the card's own key.
 *
 * @param card What a server tells of a device.
 * @returns False where there is none, too.
 */
export async function isRecipientSigned(
  { key, recipient, recipientSignature }: KeyCard,
): Promise<boolean> {
  if (recipient === undefined || recipientSignature === undefined) return false;
  return isRecipient(recipient) &&
    await verifySignature(key, recipientText(key, recipient), recipientSignature);
}
