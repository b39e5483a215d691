import { fold } from "./names.ts";

// What is signed, byte for byte (UTF-8). The first line of each tells what it is for, so that a signature
// of one can be shown for nothing else; none of the lines after it can hold a line's end.

/** The version of the protocol that a proof is good for. */
const PROTOCOL = 1;

/** What `prove` signs. */
export interface ProofFields {
  /**
   * Whom the client talks to, as far as the connection itself shows it:
   *
   * - `tls:` and the SHA-256 of the server's certificate (DER), in hex;
   * - `web:` and the page's origin, which the browser vouches for;
   * - `plain:` and the port that was dialled, where nothing shows more.
   */
  readonly server: string;
  /** The nonce of `challenge`. */
  readonly nonce: string;
  /** The name in `connect`. */
  readonly name: string;
  /** The key in `connect`. */
  readonly key: string;
}

/**
 * What shows that somebody who connects has a key. Whoever is shown it can show it to nobody else: it names the
 * server, and the nonce is good once.
 */
export function proofText({ server, nonce, name, key }: ProofFields): string {
  return lines("parley-connect-v1", PROTOCOL, server, nonce, fold(name), key);
}

/** What binds a device's age recipient to its key. */
export function recipientText(key: string, recipient: string): string {
  return lines("parley-recipient-v1", key, recipient);
}

/** What an older device of a person signs to vouch for a new one. */
export function endorsementText(name: string, key: string, endorsedBy: string): string {
  return lines("parley-device-v1", fold(name), key, endorsedBy);
}

/** What a new device makes its `mac` of, with the secret half of the code. */
export function linkText(name: string, key: string): string {
  return lines("parley-link-v1", fold(name), key);
}

/** What the sender of a sealed message signs. */
export interface SealedFields {
  /** Where it is said. */
  readonly kind: "room" | "private";
  /** The room, or the recipient. */
  readonly to: string;
  /** The sender's key. */
  readonly key: string;
  /** The message's id. */
  readonly id: string;
  /** The hash of the sender's message before in this conversation. */
  readonly previous: string;
  /** SHA-256 of the ciphertext, in hex. */
  readonly cipherHash: string;
}

/**
 * What makes a sealed message its sender's, and belong where it stands. SHA-256 of it is the message's hash in
 * the sender's chain.
 */
export function sealedText({ kind, to, key, id, previous, cipherHash }: SealedFields): string {
  return lines("parley-sealed-v1", kind, fold(to), key, id, previous, cipherHash);
}

function lines(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `${part}\n`).join("");
}
