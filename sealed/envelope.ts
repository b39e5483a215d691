import { ProtocolError } from "../codec/errors.ts";
import { type DeviceKey, verifySignature } from "../identity/device_key.ts";
import type { Sealed } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import { sealedText } from "../protocol/signed_texts.ts";
import { countRecipients, decryptAge, encryptAge, headerLength } from "./age_file.ts";
import type { AgeIdentity } from "./age_identity.ts";
import { decodeContent, encodeContent, type SealedContent } from "./content.ts";

/** Where a sealed message stands, as the message around it says. */
export interface Place {
  /** Whether it is said in a room, or written to a person. */
  readonly kind: "room" | "private";
  /** The room, or the recipient. */
  readonly to: string;
  /** The message's id. */
  readonly id: string;
}

/** What is sealed, how, and for whom. */
export interface SealOptions extends Place {
  /** What is said. */
  readonly content: SealedContent;
  /** The hash of the message before, of this key in this conversation; {@link NO_HASH} for the first one. */
  readonly previous: string;
  /** The sender's key. */
  readonly deviceKey: DeviceKey;
  /** The age recipients of everybody who is to read it, the sender's own devices too. */
  readonly recipients: readonly string[];
}

/** A message that was sealed. */
export interface SealedMessage {
  /** What the message carries. */
  readonly sealed: Sealed;
  /** Its hash: what the sender's next message calls `previous`. */
  readonly hash: string;
}

/** A sealed message that was opened: it is its key's, and was written for the place where it stands. */
export interface OpenedMessage {
  readonly content: SealedContent;
  /** Its hash in its sender's chain. */
  readonly hash: string;
}

/** What comes before the first message of a chain. */
export const NO_HASH: string = "0".repeat(64);
/** The most bytes of ciphertext: as the protocol has it, in base64. */
const MAX_CIPHER_BYTES = 49_152 / 4 * 3;
/** The most recipients that are tried: each costs a key exchange. Two names have 32 devices at most. */
const MAX_RECIPIENTS = 40;

/**
 * Seals a message: encrypts it with age, and signs the ciphertext together with its place.
 *
 * @param options What, how, for whom.
 * @returns The envelope, and its hash.
 * @throws {ProtocolError} `invalid_text`; `too_large`: text, files and recipients are too much together;
 *   `not_sealed`: there is nobody to encrypt it to.
 */
export async function seal(options: SealOptions): Promise<SealedMessage> {
  const { content, kind, to, id, previous, deviceKey, recipients } = options;
  const key = deviceKey.publicKey;
  const cipher = await encryptAge(encodeContent(content, { key, kind, to }), recipients);
  if (cipher.length > MAX_CIPHER_BYTES) {
    throw new ProtocolError(
      "too_large",
      `Cannot seal the message: encrypted it has ${cipher.length} bytes, ${MAX_CIPHER_BYTES} are allowed. Say it in two`,
    );
  }
  const text = sealedText({ kind, to, key, id, previous, cipherHash: await sha256(cipher) });
  const signature = await deviceKey.sign(text);
  return {
    sealed: { cipher: cipher.toBase64(), key, previous, signature },
    hash: await sha256(new TextEncoder().encode(text)),
  };
}

/**
 * Makes sure that a sealed message is its key's, and was made for the place where it stands. Whose key it is, and what
 * came before it, are the caller's to know.
 *
 * @param sealed The envelope: a peer's word, of the protocol's shape.
 * @param place Where it stands.
 * @returns Its hash in its sender's chain.
 * @throws {ProtocolError} `bad_signature`: it was changed, or moved from elsewhere, or it is not the key's;
 *   `damaged`: its ciphertext is no base64.
 */
export async function verify(sealed: Sealed, { kind, to, id }: Place): Promise<string> {
  const { key, previous, signature } = sealed;
  const cipherHash = await sha256(cipherOf(sealed));
  const text = sealedText({ kind, to, key, id, previous, cipherHash });
  if (await verifySignature(key, text, signature)) {
    return await sha256(new TextEncoder().encode(text));
  }
  throw new ProtocolError(
    "bad_signature",
    "Cannot trust the sealed message: its signature is wrong, so it was changed, moved or made up on its way",
  );
}

/**
 * Decrypts a sealed message that was verified.
 *
 * @param sealed The envelope.
 * @param place Where it stands.
 * @param identities Whose it may be: the device's, or the secret room's.
 * @returns What is said.
 * @throws {ProtocolError} `cannot_decrypt`: it is not for these identities; `wrong_place`: its key's owner has signed
 *   what somebody else wrote, or what was written for elsewhere; `damaged`: it is no message.
 */
export async function decrypt(
  sealed: Sealed,
  { kind, to }: Place,
  identities: readonly AgeIdentity[],
): Promise<SealedContent> {
  const cipher = cipherOf(sealed);
  checkHeader(cipher);
  const { key: writer, kind: meantKind, to: meantTo, ...content } = decodeContent(
    await decryptAge(cipher, identities),
  );
  if (writer === sealed.key && meantKind === kind && fold(meantTo) === fold(to)) return content;
  throw new ProtocolError(
    "wrong_place",
    "Cannot trust the sealed message: it was written by another key, or for another place",
  );
}

/**
 * Opens a sealed message: {@link verify}, then {@link decrypt}.
 *
 * @param sealed The envelope.
 * @param place Where it stands.
 * @param identities Whose it may be.
 * @returns What is said.
 * @throws {ProtocolError} What both throw.
 */
export async function open(
  sealed: Sealed,
  place: Place,
  identities: readonly AgeIdentity[],
): Promise<OpenedMessage> {
  const hash = await verify(sealed, place);
  return { content: await decrypt(sealed, place, identities), hash };
}

function cipherOf({ cipher }: Sealed): Uint8Array<ArrayBuffer> {
  try {
    const bytes = Uint8Array.fromBase64(cipher);
    if (bytes.length <= MAX_CIPHER_BYTES) return bytes;
  } catch {
    // Told below.
  }
  throw new ProtocolError("damaged", "Cannot open the sealed message: its ciphertext is no base64");
}

function checkHeader(cipher: Uint8Array): void {
  const length = headerLength(cipher);
  const count = length === undefined ? 0 : countRecipients(cipher.subarray(0, length));
  if (count >= 1 && count <= MAX_RECIPIENTS) return;
  throw new ProtocolError(
    "damaged",
    `Cannot open the sealed message: it names ${count} recipients, 1 to ${MAX_RECIPIENTS} are allowed`,
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
