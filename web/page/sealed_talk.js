// Sealed conversations: whose keys are known, what is encrypted to whom, and what came of each sealed message.

import { addressOf } from "./message_view.js";
import { fold } from "./names.js";
import { age, fetchFile, FileSealing, makeRoom, unlockRoom } from "./sealed_age.js";
import { Chain, NO_HASH } from "./sealed_chain.js";
import { recipientsOf, trustContact, updateContact } from "./sealed_contacts.js";
import { decrypt, seal, SealedError, verify } from "./sealed_envelope.js";
import { faultsOf } from "./sealed_order.js";
import { Refusal } from "./session.js";

/** @import {Sealed, SharedFile} from "../../protocol/chat.ts" */
/** @import {Contact} from "../../sealed/contacts.ts" */
/** @import {Database} from "./database.js" */
/** @import {Keys} from "./keys.js" */
/** @import {Session} from "./session.js" */
/** @import {Conversation, Entry, Guard, Secret, Store} from "./store.js" */

/** How old the server's word about somebody's keys may be when something is sent. */
const FRESH_MS = 60_000;
/** So many messages are with the worker at once; what is left is looked at when they are done. */
const TOGETHER = 8;
const MIN_PASSPHRASE_CHARS = 12;

/**
 * A secret room's identity, as it is kept: `opening` cannot be exported.
 *
 * @typedef {{file: string, recipient: string, opening: CryptoKey}} Room
 */

/**
 * A message that is to be opened. A new one has its turn when the one before it is over.
 *
 * @typedef {{conversation: Conversation, entry: Entry, isNew: boolean, turn?: Promise<void>, over?: () => void}} Work
 */

/**
 * - I1 Once a name has had a key, nothing is sent to it unsealed, nor sealed to a key that nobody vouches for.
 * - I2 What a page shows of a sealed message is its sender's, or has words beside it that say what is wrong.
 */
export class SealedTalk {
  /** @type {Map<string, Promise<Contact | undefined>>} */
  #contacts = new Map();
  /** When the server was asked about a name. @type {Map<string, number>} */
  #asked = new Map();
  /** @type {Map<string, Room>} */
  #rooms = new Map();
  /** @type {Map<string, Promise<Chain>>} */
  #chains = new Map();
  /** @type {Map<string, string>} */
  #heads = new Map();
  /** @type {Work[]} */
  #queue = [];
  /** @type {Work[]} */
  #fresh = [];
  /** @type {Promise<void>} */
  #order = Promise.resolve();
  #busy = 0;
  /** Decrypted pictures, by the file's id. @type {Map<string, Promise<string>>} */
  #pictures = new Map();

  /**
   * @param {{keys: Keys, database: Database, session: Session, store: Store, told: (conversation: Conversation, entry: Entry) => void, alarm: (text: string) => void}} parts
   *   `told` gets what came new, when it is open; `alarm` what somebody has to know.
   */
  constructor(parts) {
    this.parts = parts;
  }

  /**
   * Looks how a conversation is guarded.
   *
   * @param {Conversation} conversation
   * @returns {Promise<Guard>}
   */
  async look(conversation) {
    const { store } = this.parts;
    const guard = conversation.kind === "room"
      ? await this.#lookAtRoom(conversation)
      : await this.#lookAtPerson(conversation);
    if (JSON.stringify(guard) !== JSON.stringify(conversation.guard)) {
      conversation.guard = guard;
      store.changed();
    }
    return guard;
  }

  /** @type {(conversation: Conversation) => Promise<Guard>} */
  async #lookAtRoom({ title, secret, joined }) {
    const room = await this.#room(title);
    if (room === undefined) {
      if (secret === undefined) return { state: "plain" };
      return { state: "locked", why: "This room is secret: its passphrase opens it." };
    }
    // What was unlocked once stays what it was, whatever the server says.
    if (secret === room.file || !joined) return { state: "sealed" };
    const why = secret === undefined
      ? `The server says that ${title} is no secret room any more. What you say here is encrypted as before.`
      : `The server has put another lock on ${title}: what you say is encrypted as before, and is not read by who joins now. If its owner has made the room anew, unlock it.`;
    return { state: "sealed", why };
  }

  /** @type {(conversation: Conversation) => Promise<Guard>} */
  async #lookAtPerson({ title }) {
    const contact = await this.#contact(title);
    if (contact === undefined) return { state: "plain" };
    if (contact.changed !== undefined) {
      const why = contact.changed.keys.length === 0
        ? `${title} has no key any more. Before, ${title} had one.`
        : `The key of ${title} is another one than before. Somebody else may be writing under this name.`;
      return { state: "changed", why };
    }
    if (recipientsOf(contact).length > 0) return { state: "sealed" };
    // There are keys and none to encrypt to, though they have never been others: an old client's.
    if (contact.keys.length > 0) return { state: "plain" };
    const why = `The server shows a key for ${title} that is not signed as it has to be.`;
    return { state: "changed", why };
  }

  /**
   * What the server lists as somebody's keys, and what of it is taken.
   *
   * @param {string} name
   * @param {number} [maxAgeMs] How old it may be.
   * @returns {Promise<Contact | undefined>}
   */
  async #contact(name, maxAgeMs = FRESH_MS) {
    const { alarm, database, session, store } = this.parts;
    const key = fold(name);
    const known = this.#contacts.get(key) ?? database.get("contacts", key);
    this.#contacts.set(key, known);
    const isFresh = Date.now() - (this.#asked.get(key) ?? -Infinity) < maxAgeMs;
    if (isFresh || !session.isOnline) return await known;
    this.#asked.set(key, Date.now());
    const looked = known.then(async (before) => {
      const { name: registered, keys } = await session.ask("keys", { name }).catch((error) => {
        if (error instanceof Refusal) return { name, keys: [] };
        throw error;
      });
      if (fold(registered) !== key) throw new Error(`The keys came for another name than ${name}`);
      const { contact, hasChanged } = await updateContact(before, name, keys);
      if (hasChanged && store.isMe(name)) {
        alarm(
          "The server shows a device of yours that none of your devices has taken in. Nothing is encrypted to it: look at “Your keys”.",
        );
      }
      await database.change("contacts", key, () => contact);
      return contact;
    }).catch(async () => {
      // The connection was lost.
      this.#asked.delete(key);
      return await known;
    });
    this.#contacts.set(key, looked);
    return await looked;
  }

  /** Takes the person's word for a contact's new keys. @param {Conversation} conversation */
  async trust(conversation) {
    const key = fold(conversation.title);
    const contact = await this.#contact(conversation.title);
    const trusted = contact && trustContact(contact);
    await this.parts.database.change("contacts", key, () => trusted);
    this.#contacts.set(key, Promise.resolve(trusted));
    await this.look(conversation);
  }

  /** @param {string} name */
  async #room(name) {
    const known = this.#rooms.get(name) ?? await this.parts.database.get("rooms", name);
    if (known !== undefined) this.#rooms.set(name, known);
    return /** @type {Room | undefined} */ (known);
  }

  /**
   * Unlocks a secret room, for as long as its lock is this one.
   *
   * @param {Conversation} conversation
   * @param {string} passphrase
   * @throws {SealedError} `wrong_passphrase`, `damaged`.
   */
  async unlock(conversation, passphrase) {
    const { title, secret = "" } = conversation;
    await this.#keep(title, { file: secret, ...await unlockRoom(secret, passphrase) });
    await this.look(conversation);
    for (const entry of [...conversation.entries, ...conversation.waiting]) {
      const { state } = entry.secret ?? {};
      // With another lock than before, what could not be opened perhaps can.
      if (state === "locked" || state === "refused") this.take(conversation, entry);
    }
  }

  /**
   * Makes a secret room, on the server too.
   *
   * @param {string} room
   * @param {string} passphrase
   * @param {boolean} isPrivate
   * @throws {SealedError} `weak_passphrase`; what the server says.
   */
  async create(room, passphrase, isPrivate) {
    const count = [...passphrase.normalize("NFC")].length;
    if (count < MIN_PASSPHRASE_CHARS) {
      throw new SealedError(
        "weak_passphrase",
        `A passphrase has ${MIN_PASSPHRASE_CHARS} characters or more; this one has ${count}. Four words that do not belong together are good.`,
      );
    }
    const made = await makeRoom(passphrase);
    const created = await this.parts.session.ask("create", {
      ...{ room, secret: made.file },
      ...isPrivate && { private: true },
    });
    await this.#keep(created.room, made);
    return created.room;
  }

  /** @type {(name: string, room: Room) => Promise<void>} */
  async #keep(name, { file, recipient, opening }) {
    const room = { file, recipient, opening };
    this.#rooms.set(name, room);
    await this.parts.database.put("rooms", name, room);
  }

  /**
   * Whom what is said in a conversation is encrypted to, one's own devices included.
   *
   * @param {Conversation} conversation
   * @returns {Promise<string[] | undefined>} Undefined where it is said in the open.
   * @throws {SealedError} `key_changed`, `room_locked`, `not_sealed`: nothing is to be sent.
   */
  async recipients(conversation) {
    const { keys, session, store } = this.parts;
    const { kind, title } = conversation;
    const { state, why = "" } = await this.look(conversation);
    if (state === "changed") throw new SealedError("key_changed", `Nothing was sent. ${why}`);
    if (state === "locked") throw new SealedError("room_locked", `Nothing was sent. ${why}`);
    if (kind === "room") {
      const room = await this.#room(title);
      return state === "sealed" && room !== undefined ? [room.recipient] : undefined;
    }
    if (state === "plain") {
      if (session.isOnline && this.#asked.has(fold(title))) return undefined;
      throw new SealedError(
        "not_sealed",
        `There is no connection, and it is not known whether ${title} has keys to encrypt it to.`,
      );
    }
    const contact = await this.#contact(title);
    const own = await this.#contact(store.me);
    const mine = own?.keys.some(({ key }) => key === keys.publicKey) ? recipientsOf(own) : [];
    return [
      ...new Set([...recipientsOf(contact ?? { name: title, keys: [] }), ...mine, keys.recipient]),
    ];
  }

  /**
   * Seals a message.
   *
   * @param {Conversation} conversation
   * @param {{id: string, at: number, text: string, files: readonly SharedFile[]}} content
   * @param {readonly string[]} recipients
   * @returns {Promise<Sealed>}
   */
  async seal(conversation, { id, at, text, files }, recipients) {
    const { keys, database } = this.parts;
    const { kind, title: to } = conversation;
    const place = { kind: kindOf(kind), to, id };
    const where = `own ${placeKey(place, keys.publicKey)}`;
    const previous = this.#heads.get(where) ?? await database.get("chains", where) ?? NO_HASH;
    const content = { text, at, ...files.length > 0 && { files } };
    const { sealed, hash } = await seal({ ...place, content, previous, keys, recipients }, age);
    this.#heads.set(where, hash);
    await database.put("chains", where, hash);
    return sealed;
  }

  /** A message that was sealed is never sent: the next one follows the one before it. @type {(conversation: Conversation, id: string, sealed: Sealed) => Promise<void>} */
  async takeBack({ kind, title: to }, id, sealed) {
    const { database } = this.parts;
    const place = { kind: kindOf(kind), to, id };
    const where = `own ${placeKey(place, sealed.key)}`;
    if (this.#heads.get(where) !== await verify(sealed, place)) return;
    this.#heads.set(where, sealed.previous);
    await database.put("chains", where, sealed.previous);
  }

  /**
   * Opens a sealed message, when its turn comes: what is new in order, of what is older the newest first.
   *
   * @param {Conversation} conversation
   * @param {Entry} entry
   * @param {boolean} [isNew] Whether it came just now.
   */
  take(conversation, entry, isNew = false) {
    /** @type {Work} */
    const work = { conversation, entry, isNew };
    if (isNew) {
      // The chain takes them as they came, whichever is decrypted first.
      work.turn = this.#order;
      this.#order = new Promise((resolve) => work.over = resolve);
      this.#fresh.push(work);
    } else this.#queue.push(work);
    this.#work();
  }

  async #work() {
    if (this.#busy >= TOGETHER) return;
    const next = this.#fresh.shift() ?? this.#queue.pop();
    if (next === undefined) return;
    this.#busy++;
    const { conversation, entry, isNew } = next;
    const opened = await this.#open(next).catch((error) => refused(String(error)));
    this.#busy--;
    next.over?.();
    const amended = this.parts.store.amend(conversation, entry, opened);
    if (amended !== undefined && isNew) this.parts.told(conversation, amended);
    const isLeft = [...this.#fresh, ...this.#queue].some((one) =>
      one.conversation === conversation
    );
    if (!isLeft) this.#review(conversation);
    this.#work();
  }

  /** @type {(work: Work) => Promise<Partial<Entry>>} */
  async #open({ conversation, entry: { sealed, sender, seq, id }, isNew, turn }) {
    if (sealed === undefined) return {};
    const { keys, store } = this.parts;
    const { kind, title } = conversation;
    const { key, previous } = sealed;
    const to = kind === "room" ? title : store.isMe(sender) ? title : store.me;
    const place = { kind: kindOf(kind), to, id };
    const room = kind === "room" ? await this.#room(title) : undefined;
    if (kind === "room" && room === undefined) return { secret: { state: "locked", key } };
    try {
      const hash = await verify(sealed, place);
      const stranger = await this.#strangerWords(conversation, sender, key);
      if (stranger !== undefined) return refused(stranger);
      const link = { hash, previous, key };
      const identities = [room?.opening ?? keys.opening];
      const content = await decrypt(sealed, place, identities, age).catch(({ message }) => message);
      // It has its place in the chain all the same: what follows it follows something that came.
      if (typeof content === "string") return refused(content, link);
      const { text, files = [], at } = content;
      await turn;
      const fault = await this.#faultOf(place, { hash, previous, seq, at }, key, isNew);
      return { text, files, secret: { state: "open", ...link, fault } };
    } catch (error) {
      return refused(error instanceof Error ? error.message : String(error));
    }
  }

  /** What is to be told of a key that is not known to be the sender's. @type {(conversation: Conversation, sender: string, key: string) => Promise<string | undefined>} */
  async #strangerWords(conversation, sender, key) {
    const isKnown = (/** @type {Contact | undefined} */ contact) =>
      contact?.keys.some((known) => known.key === key) ?? false;
    if (isKnown(await this.#contact(sender))) return undefined;
    // A device that was taken in since.
    const contact = await this.#contact(sender, 1_000);
    if (isKnown(contact)) return undefined;
    if (conversation.kind === "person") await this.look(conversation);
    return contact?.changed?.keys.some((changed) => changed.key === key)
      ? `It is signed by a key that the server shows for ${sender}, and that is not the one known here.`
      : `It is signed by a key that is not ${sender}'s: somebody else wrote it.`;
  }

  /** What the kept chain tells of a message. @type {(place: {kind: "room" | "private", to: string}, link: {hash: string, previous: string, seq: number, at: number}, key: string, isNew: boolean) => Promise<Secret["fault"]>} */
  async #faultOf(place, link, key, isNew) {
    const { database, session } = this.parts;
    const where = placeKey(place, key);
    const loading = this.#chains.get(where) ?? this.#load(where);
    this.#chains.set(where, loading);
    const chain = await loading;
    const seq = chain.seqOf(link.hash);
    if (!isNew) return seq === undefined || seq === link.seq ? undefined : "repeat";
    const verdict = chain.take(link);
    await database.put("chains", where, { ...chain.record, log: session.log });
    if (verdict === "repeat") return "repeat";
    return verdict === "too_old" || verdict === "again" ? "old" : undefined;
  }

  /** @param {string} where */
  async #load(where) {
    const { database, session } = this.parts;
    const kept = await database.get("chains", where);
    const chain = new Chain(kept);
    if (kept?.log !== session.log) chain.renumber();
    return chain;
  }

  /** The streams' numbers are those of another log from here on. */
  async renumber() {
    for (const chain of this.#chains.values()) (await chain).renumber();
  }

  /** Tells what is wrong with the order of what is here. @param {Conversation} conversation */
  #review(conversation) {
    const { store } = this.parts;
    const { range, excerpt, entries } = conversation;
    for (const part of [{ entries, atStart: range.atStart }, ...excerpt ? [excerpt] : []]) {
      const faults = faultsOf(part.entries, part.atStart);
      for (const entry of [...part.entries]) {
        const { secret } = entry;
        const fault = faults.get(entry.seq);
        if (secret === undefined || secret.state !== "open" || secret.fault === fault) continue;
        // What was so when it came stays so.
        if (secret.fault === "repeat" || secret.fault === "old") continue;
        store.amend(conversation, entry, { secret: { ...secret, fault } });
      }
    }
  }

  /** @type {(conversation: Conversation) => Promise<(string | CryptoKey)[]>} */
  async #identities({ kind, title }) {
    const room = kind === "room" ? await this.#room(title) : undefined;
    return [room?.opening ?? this.parts.keys.opening];
  }

  /**
   * A file of a sealed message: fetched, decrypted, and made sure of.
   *
   * @param {Conversation} conversation
   * @param {SharedFile} file As the sealed message names it.
   * @returns {Promise<Blob>}
   * @throws {SealedError}
   */
  async file(conversation, file) {
    const address = addressOf({ ...file, name: "sealed.age" }) ?? "";
    return await fetchFile(address, await this.#identities(conversation), file);
  }

  /**
   * A picture of a sealed message.
   *
   * @param {Conversation} conversation
   * @param {SharedFile} file
   * @returns {Promise<string>} A `blob:` address, good as long as the page is.
   */
  picture(conversation, file) {
    const picture = this.#pictures.get(file.id) ??
      this.file(conversation, file).then((blob) => URL.createObjectURL(blob));
    this.#pictures.set(file.id, picture);
    return picture;
  }

  /** Begins to encrypt a file that is to be sent. @type {(conversation: Conversation) => Promise<{sealing: FileSealing, recipients: string[]} | undefined>} */
  async sealing(conversation) {
    const recipients = await this.recipients(conversation);
    return recipients && { sealing: new FileSealing(), recipients };
  }
}

/** A message that is not shown. @type {(words: string, more?: Partial<Secret>) => Partial<Entry>} */
function refused(words, more) {
  return { secret: { state: "refused", words, ...more } };
}

/** @param {Conversation["kind"]} kind */
function kindOf(kind) {
  return kind === "room" ? /** @type {const} */ ("room") : /** @type {const} */ ("private");
}

/** Under what a chain is kept. @type {(place: {kind: string, to: string}, key: string) => string} */
function placeKey({ kind, to }, key) {
  return `${kind} ${fold(to)} ${key}`;
}
