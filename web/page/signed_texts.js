// What is signed, byte for byte: the texts of protocol/signed_texts.ts.

import { fold } from "./names.js";

/** @import {ProofFields, SealedFields} from "../../protocol/signed_texts.ts" */

const PROTOCOL = 1;

/**
 * What shows that somebody who connects has a key.
 *
 * @param {ProofFields} fields
 */
export function proofText({ server, nonce, name, key }) {
  return lines("parley-connect-v1", PROTOCOL, server, nonce, fold(name), key);
}

/** What binds a device's age recipient to its key. @type {(key: string, recipient: string) => string} */
export function recipientText(key, recipient) {
  return lines("parley-recipient-v1", key, recipient);
}

/** What an older device of a person signs for a new one. @type {(name: string, key: string, endorsedBy: string) => string} */
export function endorsementText(name, key, endorsedBy) {
  return lines("parley-device-v1", fold(name), key, endorsedBy);
}

/** What a new device makes its `mac` of. @type {(name: string, key: string) => string} */
export function linkText(name, key) {
  return lines("parley-link-v1", fold(name), key);
}

/**
 * What makes a sealed message its sender's, and belong where it stands.
 *
 * @param {SealedFields} fields
 */
export function sealedText({ kind, to, key, id, previous, cipherHash }) {
  return lines("parley-sealed-v1", kind, fold(to), key, id, previous, cipherHash);
}

/** @param {(string | number)[]} parts */
function lines(...parts) {
  return parts.map((part) => `${part}\n`).join("");
}
