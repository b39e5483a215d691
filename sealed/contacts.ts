import { verifySignature } from "../identity/device_key.ts";
import type { KeyCard } from "../protocol/chat.ts";
import { endorsementText } from "../protocol/signed_texts.ts";
import { isRecipientSigned } from "./age_identity.ts";

/** A key that is taken for a contact's own. */
export interface KnownKey {
  /** The device's Ed25519 public key. */
  readonly key: string;
  /** The age recipient that it has signed; a key without one can sign, and is not encrypted to. */
  readonly recipient?: string;
  /** Why it is trusted: it was the first that was seen, an older one vouches for it, or the person said so. */
  readonly because: "first" | "endorsed" | "person";
  /** Whether the server lists it no longer: nothing more is encrypted to it, what it signed stays its own. */
  readonly isGone?: true;
}

/** What is known of a contact. */
export interface Contact {
  /** The name, as the server has it registered. */
  readonly name: string;
  /** Keys that are taken for the contact's own. */
  readonly keys: readonly KnownKey[];
  /**
   * What the server lists as the contact's and nobody vouches for; empty where it lists none at all any more. While
   * this is here, nothing is sent to the contact.
   */
  readonly changed?: { readonly keys: readonly KnownKey[] };
}

/** What came of a look at a contact's keys. */
export interface ContactUpdate {
  /** What is known from now on; undefined where the name never had a key. */
  readonly contact: Contact | undefined;
  /** Keys that were taken for the contact's own just now. */
  readonly added: readonly KnownKey[];
  /** Whether the keys are others than were known, and it was not known before that they are. */
  readonly hasChanged: boolean;
  /** Keys whose recipient was not signed by them: a server that puts its own recipient in looks like that. */
  readonly refused: readonly string[];
}

/** More keys of one name are not remembered: the protocol allows 16 at once. */
const MAX_KEYS = 64;

/**
 * Looks at what a server lists as a name's keys: trust on first use, then only what a known key endorses.
 *
 * - I1 A card whose recipient its key has not signed is refused.
 * - I2 Once a name has had a key, no other one is taken for its own without the endorsement of a known one, or
 *   the person's word: neither are no keys at all, or none to encrypt to, which would have messages go in the open.
 *
 * @param known What is known of the name; undefined at first.
 * @param name The name, as the server has it registered.
 * @param cards What the server lists.
 */
export async function updateContact(
  known: Contact | undefined,
  name: string,
  cards: readonly KeyCard[],
): Promise<ContactUpdate> {
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
    contact: { name, keys, changed: { keys: changed } },
    added,
    hasChanged: before !== changed.map(({ key }) => key).join(),
    refused,
  };
}

/**
 * What is known of one's own name at first: this device, and those that have taken it in, one the other. Whoever else is
 * listed has to be vouched for by one of them.
 *
 * @param name The own name, as the server has it registered.
 * @param own This device's key.
 * @param cards What the server lists.
 */
export async function ownContact(
  name: string,
  own: string,
  cards: readonly KeyCard[],
): Promise<Contact> {
  const keys = [knownKey(own, undefined, "first")];
  for (let key: string | undefined = own; key !== undefined;) {
    const card = cards.find((card) => card.key === key);
    key = undefined;
    const { endorsedBy, endorsement } = card ?? {};
    if (card === undefined || endorsedBy === undefined || endorsement === undefined) break;
    const isKnown = keys.some((known) => known.key === endorsedBy);
    const text = endorsementText(name, card.key, endorsedBy);
    if (isKnown || !await verifySignature(endorsedBy, text, endorsement)) break;
    keys.push(knownKey(endorsedBy, undefined, "first"));
    key = endorsedBy;
  }
  return { name, keys };
}

/**
 * Takes the person's word that a contact's changed keys are the contact's own.
 *
 * @param contact A contact.
 * @returns The contact, with the keys that were shown and none that only came before; undefined where there are
 *   no keys any more: then it is somebody without one.
 */
export function trustContact({ name, keys, changed }: Contact): Contact | undefined {
  if (changed === undefined) return { name, keys };
  if (changed.keys.length === 0) return undefined;
  const stays = new Set(changed.keys.map(({ key }) => key));
  const gone = keys.filter(({ key }) => !stays.has(key))
    .map((key) => ({ ...key, isGone: true as const }));
  return { name, keys: [...gone, ...changed.keys] };
}

/** Whom what is for a contact is encrypted to. */
export function recipientsOf({ keys }: Pick<Contact, "keys">): string[] {
  return keys.flatMap(({ recipient, isGone }) =>
    recipient === undefined || isGone ? [] : [recipient]
  );
}

/** Cards whose recipient their key has signed, or that have none; and the keys of the others. */
async function readCards(
  cards: readonly KeyCard[],
): Promise<{ readonly listed: readonly KeyCard[]; readonly refused: readonly string[] }> {
  const listed: KeyCard[] = [];
  const refused: string[] = [];
  for (const card of cards) {
    if (card.recipient === undefined || await isRecipientSigned(card)) listed.push(card);
    else refused.push(card.key);
  }
  return { listed, refused };
}

/** Cards that known keys vouch for, or keys that those vouch for. */
async function findEndorsed(
  name: string,
  trusted: ReadonlyMap<string, KnownKey>,
  listed: readonly KeyCard[],
): Promise<KnownKey[]> {
  const vouching = new Set(
    [...trusted.values()].filter((key) => !key.isGone).map(({ key }) => key),
  );
  const found: KnownKey[] = [];
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

/** A known key, as the server lists it now; it may have signed another recipient, and cannot lose the one it has. */
function refresh(known: KnownKey, listed: readonly KeyCard[]): KnownKey {
  const { isGone: _before, ...key } = known;
  const card = listed.find((card) => card.key === key.key);
  if (card === undefined) return { ...key, isGone: true };
  return card.recipient === undefined ? key : { ...key, recipient: card.recipient };
}

function knownKey(
  key: string,
  recipient: string | undefined,
  because: KnownKey["because"],
): KnownKey {
  return { key, ...(recipient === undefined ? {} : { recipient }), because };
}
