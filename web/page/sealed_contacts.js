// Which keys are a contact's own: the rules of sealed/contacts.ts, the same step by step.

import { endorsementText, recipientText } from "./signed_texts.js";
import { verifySignature } from "./signatures.js";

/** @import {KeyCard} from "../../protocol/chat.ts" */
/** @import {Contact, ContactUpdate, KnownKey} from "../../sealed/contacts.ts" */

const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const MAX_KEYS = 64;

/**
 * Looks at what the server lists as a name's keys: trust on first use, then only what a known key endorses.
 *
 * @param {Contact | undefined} known
 * @param {string} name
 * @param {readonly KeyCard[]} cards
 * @returns {Promise<ContactUpdate>}
 */
export async function updateContact(known, name, cards) {
  const { listed, refused } = await readCards(cards);
  if (known === undefined) {
    const keys = listed.map(({ key, recipient }) => knownKey(key, recipient, "first"));
    const contact = keys.length === 0 && refused.length === 0 ? undefined : { name, keys };
    return { contact, added: keys, hasChanged: false, refused };
  }
  const trusted = new Map(known.keys.map((key) => [key.key, key]));
  const added = await findEndorsed(name, trusted, listed);
  for (const key of added) trusted.set(key.key, key);
  const strangers = listed.filter(({ key }) => !trusted.has(key));
  const keys = [...trusted.values()].map((key) => refresh(key, listed)).slice(-MAX_KEYS);
  const isLost = listed.length === 0 && known.keys.some(({ isGone }) => isGone !== true);
  const hasNobody = keys.every(({ isGone }) => isGone === true);
  // There are keys, but to none of them can be encrypted any more.
  const isMute = recipientsOf({ keys }).length === 0 &&
    keys.some(({ recipient }) => recipient !== undefined);
  if (strangers.length === 0 && !isLost && !hasNobody && !isMute) {
    return { contact: { name, keys }, added, hasChanged: false, refused };
  }
  const changed = strangers.map(({ key, recipient }) => knownKey(key, recipient, "person"));
  const before = known.changed?.keys.map(({ key }) => key).join();
  return {
    ...{ contact: { name, keys, changed: { keys: changed } }, added, refused },
    hasChanged: before !== changed.map(({ key }) => key).join(),
  };
}

/**
 * Takes the person's word that a contact's changed keys are the contact's own.
 *
 * @param {Contact} contact
 * @returns {Contact | undefined}
 */
export function trustContact({ name, keys, changed }) {
  if (changed === undefined) return { name, keys };
  if (changed.keys.length === 0) return undefined;
  const stays = new Set(changed.keys.map(({ key }) => key));
  const gone = keys.filter(({ key }) => !stays.has(key))
    .map((key) => ({ ...key, isGone: /** @type {const} */ (true) }));
  return { name, keys: [...gone, ...changed.keys] };
}

/**
 * Whom what is for a contact is encrypted to.
 *
 * @param {Pick<Contact, "keys">} contact
 * @returns {string[]}
 */
export function recipientsOf({ keys }) {
  return keys.flatMap(({ recipient, isGone }) =>
    recipient === undefined || isGone ? [] : [recipient]
  );
}

/** @param {KeyCard} card */
export async function isRecipientSigned({ key, recipient, recipientSignature }) {
  if (recipient === undefined || recipientSignature === undefined) return false;
  return RECIPIENT.test(recipient) &&
    await verifySignature(key, recipientText(key, recipient), recipientSignature);
}

/** Cards whose recipient their key has signed, or that have none. @param {readonly KeyCard[]} cards */
async function readCards(cards) {
  /** @type {KeyCard[]} */
  const listed = [];
  /** @type {string[]} */
  const refused = [];
  for (const card of cards) {
    if (card.recipient === undefined || await isRecipientSigned(card)) listed.push(card);
    else refused.push(card.key);
  }
  return { listed, refused };
}

/** @type {(name: string, trusted: ReadonlyMap<string, KnownKey>, listed: readonly KeyCard[]) => Promise<KnownKey[]>} */
async function findEndorsed(name, trusted, listed) {
  const vouching = new Set(
    [...trusted.values()].filter((key) => !key.isGone).map(({ key }) => key),
  );
  /** @type {KnownKey[]} */
  const found = [];
  const open = listed.filter(({ key }) => !trusted.has(key));
  for (let last = -1; last < found.length;) {
    last = found.length;
    for (const { key, recipient, endorsedBy, endorsement } of open) {
      if (vouching.has(key) || endorsedBy === undefined || endorsement === undefined) continue;
      if (!vouching.has(endorsedBy)) continue;
      const text = endorsementText(name, key, endorsedBy);
      if (!await verifySignature(endorsedBy, text, endorsement)) continue;
      vouching.add(key);
      found.push(knownKey(key, recipient, "endorsed"));
    }
  }
  return found;
}

/** @type {(known: KnownKey, listed: readonly KeyCard[]) => KnownKey} */
function refresh({ isGone: _, ...key }, listed) {
  const card = listed.find((card) => card.key === key.key);
  if (card === undefined) return { ...key, isGone: true };
  return card.recipient === undefined ? key : { ...key, recipient: card.recipient };
}

/** @type {(key: string, recipient: string | undefined, because: KnownKey["because"]) => KnownKey} */
function knownKey(key, recipient, because) {
  return { key, ...recipient !== undefined && { recipient }, because };
}
