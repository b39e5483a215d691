import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { PublicKey } from "../identity/device_key.ts";
import { fingerprint } from "../identity/fingerprint.ts";
import type { Keys } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import {
  type Contact,
  type ContactUpdate,
  type KnownKey,
  ownContact,
  recipientsOf,
  trustContact,
  updateContact,
} from "../sealed/contacts.ts";
import type { SealedStore } from "./sealed_store.ts";

/** Something that a person is to know of the secrecy of a conversation. None of it is escaped. */
export interface SealedNotice {
  /** Whether somebody may be at it: it is to be seen. */
  readonly isAlarm: boolean;
  /** What, in a sentence or two. */
  readonly text: string;
}

/** Whose a key is. */
export type Ownership =
  /** The name's own. */
  | "own"
  /** The server lists it as the name's, and nobody vouches for it. */
  | "changed"
  /** Not the name's, as far as anybody says. */
  | "foreign"
  /** The server could not be asked. */
  | "unknown";

/** What {@link SealedPeople} needs. */
export interface SealedPeopleOptions {
  /** Asks the server for a name's keys. */
  readonly ask: (name: string) => Promise<Keys>;
  readonly store: SealedStore;
  readonly clock: Clock;
  /** The own name, as it is registered. */
  readonly self: () => string;
  /** This device's key; undefined where it has none. */
  readonly ownKey: PublicKey | undefined;
  /** Tells the person. */
  readonly tell: (notice: SealedNotice) => void;
}

/** How long what the server listed is gone by, where nothing contradicts it. */
const FRESH_MS = 30_000;
/**
 * How long an answer is waited for before a message is shown without it: so many times so long, because while a
 * passphrase is tried nothing else is done, and an answer that is there already would come too late.
 */
const WAITS = 10;
const WAIT_MS = 1_000;
/** Names that are remembered to have been asked for. */
const MAX_ASKED = 2_000;

/**
 * Who the people are that one talks to: their keys, as they were seen first and as they change.
 *
 * - I1 To whom had keys once, nothing is encrypted with keys that nobody vouches for, and nothing is sent in the open.
 */
export class SealedPeople {
  readonly #options: SealedPeopleOptions;
  readonly #askedAt = new Map<string, number>();
  /** One look at a name at a time, so that no two of them write what they found over each other. */
  readonly #looking = new Map<string, Promise<Contact | undefined>>();

  /** @param options Whom to ask, where it is kept. */
  constructor(options: SealedPeopleOptions) {
    this.#options = options;
  }

  /** A new connection: what was listed before is asked for again. */
  forget(): void {
    this.#askedAt.clear();
  }

  /**
   * Whom what goes to a person is encrypted to.
   *
   * @param name The person.
   * @returns Recipients; undefined for somebody without any.
   * @throws {ProtocolError} `key_changed`: the text says what to do; `unknown_name`.
   */
  async recipients(name: string): Promise<readonly string[] | undefined> {
    const contact = await this.#look(name);
    if (contact === undefined) return undefined;
    if (contact.changed !== undefined) {
      throw new ProtocolError("key_changed", await changedText(contact, contact.changed.keys));
    }
    const recipients = recipientsOf(contact);
    if (recipients.length > 0) return recipients;
    // There are keys and none to encrypt to, though they have never been others: an old client's.
    if (contact.keys.length > 0) return undefined;
    throw new ProtocolError(
      "key_changed",
      `The server shows a key for ${contact.name} that is not signed as it has to be: nothing was sent`,
    );
  }

  /** To whom may be encrypted what is for a person, whatever else the server lists: none of somebody without keys. */
  async knownRecipients(name: string): Promise<readonly string[]> {
    const contact = await this.#look(name);
    return contact === undefined ? [] : recipientsOf(contact);
  }

  /** Whose a key is that has signed in somebody's name. */
  async ownership(name: string, key: string): Promise<Ownership> {
    const { ownKey, self } = this.#options;
    if (key === ownKey && fold(name) === fold(self())) return "own";
    const known = judge(await this.#contact(name), key);
    if (known === "own") return known;
    // It may be new: unless it was asked for just now, the server is asked.
    using late = this.#late();
    const looking = this.#look(name, key).then((contact) => judge(contact, key), (error) =>
      // Nobody has the name any more, so that nobody lists the key.
      error instanceof ProtocolError ? known : "unknown");
    return await Promise.race([looking, late.promise]);
  }

  /** Whether a person has had keys with recipients: what they write is expected to be sealed. */
  async seals(name: string): Promise<boolean> {
    const contact = await this.#contact(name);
    return contact !== undefined && recipientsOf(contact).length > 0;
  }

  /**
   * Takes the person's word that somebody's changed keys are their own.
   *
   * @param name Whose.
   * @returns The fingerprints that are trusted now; undefined where nothing has changed.
   */
  async trust(name: string): Promise<readonly string[] | undefined> {
    const contact = await this.#contact(name);
    if (contact?.changed === undefined) return undefined;
    const trusted = trustContact(contact);
    await this.#options.store.put("contacts", fold(name), trusted);
    this.#askedAt.delete(fold(name));
    return await Promise.all(contact.changed.keys.map(({ key }) => fingerprint(key)));
  }

  /** Resolves when an answer is late. */
  #late(): Disposable & { readonly promise: Promise<"unknown"> } {
    const { promise, resolve } = Promise.withResolvers<"unknown">();
    let timer: Disposable;
    let left = WAITS;
    const wait = () => {
      timer = this.#options.clock.after(
        WAIT_MS,
        () => --left > 0 ? wait() : resolve("unknown"),
      );
    };
    wait();
    return { promise, [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  async #contact(name: string): Promise<Contact | undefined> {
    return await this.#options.store.get("contacts", fold(name)) as Contact | undefined;
  }

  /** Asks the server, unless it was asked just now; `wanted` is a key that would be worth asking again for. */
  async #look(name: string, wanted?: string): Promise<Contact | undefined> {
    const folded = fold(name);
    const running = this.#looking.get(folded);
    if (running !== undefined) return await running;
    const { clock } = this.#options;
    const askedAt = this.#askedAt.get(`${folded} ${wanted ?? ""}`) ?? -Infinity;
    if (clock.now() - askedAt < FRESH_MS) return await this.#contact(name);
    const looking = this.#ask(name).finally(() => this.#looking.delete(folded));
    this.#looking.set(folded, looking);
    const contact = await looking;
    this.#askedAt.set(`${folded} ${wanted ?? ""}`, clock.now());
    if (this.#askedAt.size > MAX_ASKED) this.#askedAt.clear();
    return contact;
  }

  async #ask(name: string): Promise<Contact | undefined> {
    const { ask, store, self, ownKey, tell } = this.#options;
    const { name: registered, keys } = await ask(name);
    if (fold(registered) !== fold(name)) {
      throw new ProtocolError("unexpected_message", `"keys" came for another name than ${name}`);
    }
    const isSelf = ownKey !== undefined && fold(name) === fold(self());
    const known = await this.#contact(name) ??
      (isSelf ? await ownContact(registered, ownKey, keys) : undefined);
    const update = await updateContact(known, registered, keys);
    if (JSON.stringify(update.contact) !== JSON.stringify(known)) {
      await store.put("contacts", fold(name), update.contact);
    }
    for (const notice of await noticesOf(update, known !== undefined, isSelf, registered)) {
      tell(notice);
    }
    return update.contact;
  }
}

function judge(contact: Contact | undefined, key: string): "own" | "changed" | "foreign" {
  if (contact?.keys.some((known) => known.key === key)) return "own";
  return contact?.changed?.keys.some((known) => known.key === key) ? "changed" : "foreign";
}

async function noticesOf(
  { contact, added, hasChanged, refused }: ContactUpdate,
  wasKnown: boolean,
  isSelf: boolean,
  name: string,
): Promise<SealedNotice[]> {
  const notices: SealedNotice[] = [];
  const whose = isSelf ? "your own name" : name;
  if (wasKnown) {
    for (const { key } of added) {
      const text = `A new device of ${whose}, which an older one vouches for: ${await fingerprint(
        key,
      )}`;
      notices.push({ isAlarm: false, text });
    }
  }
  if (refused.length > 0) {
    const text =
      `The server shows a key for ${whose} with an address that the key has not signed: it is not used`;
    notices.push({ isAlarm: true, text });
  }
  if (hasChanged && contact?.changed !== undefined) {
    const { keys } = contact.changed;
    const text = isSelf ? await strangerText(contact, keys) : await changedText(contact, keys);
    notices.push({ isAlarm: true, text });
  }
  return notices;
}

async function strangerText({ name }: Contact, keys: readonly KnownKey[]): Promise<string> {
  const shown = await Promise.all(keys.map(({ key }) => fingerprint(key)));
  return `WARNING: the server shows a device as yours that none of your devices vouches for (${
    shown.join(", ")
  }). Nothing is encrypted for it. If it is yours: /trust ${name}; if not: /revoke it`;
}

async function changedText({ name }: Contact, keys: readonly KnownKey[]): Promise<string> {
  if (keys.length === 0) {
    return `WARNING: the server shows no key for ${name} any more. Nothing is sent to ${name} until you say that this is right: /trust ${name}`;
  }
  const shown = await Promise.all(keys.map(({ key }) => fingerprint(key)));
  return `WARNING: the key of ${name} has changed. It may be a new device, or somebody who reads along. Nothing is sent to ${name} until you have compared it with what ${name} sees (${
    shown.join(", ")
  }) and say: /trust ${name}`;
}
