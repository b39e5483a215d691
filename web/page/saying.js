// What one says: into the outbox and to the server, sealed where its conversation is.

import { ulid } from "./ulid.js";

/** @import {SharedFile} from "../../protocol/chat.ts" */
/** @import {Outbox, Pending} from "./outbox.js" */
/** @import {SealedTalk} from "./sealed_talk.js" */
/** @import {Session} from "./session.js" */
/** @import {Conversation, Store} from "./store.js" */
/** @import {Upload} from "./uploads.js" */

/**
 * - I1 What is sealed is in the outbox, which outlives the page, as ciphertext only.
 * - I2 Messages go out in the order in which they were said.
 */
export class Saying {
  /** What could not be sealed yet, by id. @type {Map<string, {conversation: Conversation, text: string, uploads: readonly Upload[]}>} */
  #unsealed = new Map();
  #order = Promise.resolve();

  /**
   * @param {{store: Store, outbox: Outbox, session: Session, talk: Promise<SealedTalk> | undefined}} parts
   */
  constructor(parts) {
    this.parts = parts;
  }

  /** @type {(conversation: Conversation, text: string, uploads: readonly Upload[]) => void} */
  say(conversation, text, uploads) {
    const { store, talk } = this.parts;
    const at = Date.now();
    const { kind, title } = conversation;
    const files = uploads.flatMap(({ told }) => told ?? []);
    /** @type {Pending} */
    const pending = {
      ...{ id: ulid(at), at, text, files },
      ...kind === "room" ? { room: title } : { to: title },
    };
    if (conversation.unread === 0) store.leave(conversation);
    if (talk === undefined) return this.#send(pending);
    // Without its files, until it is decided that they are no secret: an address would tell the server their names.
    const shown = { ...pending, files: [] };
    store.await(shown);
    this.#unsealed.set(pending.id, { conversation, text, uploads });
    this.#order = this.#order.then(async () => {
      try {
        await this.#seal(await talk, conversation, pending, uploads);
      } catch (error) {
        store.await({ ...shown, error: error instanceof Error ? error.message : String(error) });
      }
    });
  }

  /** @type {(talk: SealedTalk, conversation: Conversation, pending: Pending, uploads: readonly Upload[]) => Promise<void>} */
  async #seal(talk, conversation, pending, uploads) {
    const recipients = await talk.recipients(conversation);
    const isSealed = recipients !== undefined;
    if (uploads.some((upload) => upload.isSealed !== isSealed)) {
      throw new Error(
        `A file was added while this conversation was ${
          isSealed ? "not " : ""
        }encrypted: add it again.`,
      );
    }
    if (recipients === undefined) this.#send(pending);
    else {
      const sealed = await talk.seal(conversation, pending, recipients);
      /** @type {(file: SharedFile) => SharedFile} */
      const hidden = ({ id }) => ({ id, name: "sealed.age", size: 0, type: "", sha256: "" });
      this.#send({ ...pending, text: "", files: pending.files.map(hidden), sealed });
      const entry = conversation.waiting.find(({ id }) => id === pending.id);
      if (entry) this.parts.store.amend(conversation, entry, { files: pending.files });
    }
    this.#unsealed.delete(pending.id);
  }

  /** @param {Pending} pending */
  #send(pending) {
    const { store, outbox, session } = this.parts;
    outbox.put(pending);
    store.await(pending);
    session.say(pending);
  }

  /** @param {string} id */
  retry(id) {
    const { outbox, session, store } = this.parts;
    const unsealed = this.#unsealed.get(id);
    if (unsealed !== undefined) {
      this.#forget(id);
      return this.say(unsealed.conversation, unsealed.text, unsealed.uploads);
    }
    const { error: _, ...pending } = outbox.get(id) ?? { id: "" };
    if (!("text" in pending)) return;
    const { idWindowMs = Infinity } = session.limits;
    // A sealed one bears its id within: it cannot have another.
    if (pending.at < Date.now() - idWindowMs && pending.sealed === undefined) {
      this.discard(id);
      pending.at = Date.now();
      pending.id = ulid(pending.at);
    }
    outbox.put(pending);
    store.await(pending);
    session.say(pending);
  }

  /** @param {string} id */
  discard(id) {
    const { outbox, store, talk } = this.parts;
    const { sealed, room, to = "" } = outbox.get(id) ?? {};
    if (sealed !== undefined) {
      const conversation = room === undefined ? store.person(to) : store.room(room);
      talk?.then((talk) => talk.takeBack(conversation, id, sealed));
    }
    this.#forget(id);
  }

  /** @param {string} id */
  #forget(id) {
    this.#unsealed.delete(id);
    this.parts.outbox.remove(id);
    this.parts.store.forget(id);
  }
}
