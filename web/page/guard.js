// How a conversation is guarded: the lock in its header, and above the composer what stands in the way of writing.

import { byId, el } from "./dom.js";

/** @import {Chat} from "./chat.js" */
/** @import {SealedTalk} from "./sealed_talk.js" */
/** @import {Conversation, Guard} from "./store.js" */

/** The lock and the banner. */
export class GuardView {
  #shown = "";

  /** @param {{chat: Chat, talk: Promise<SealedTalk> | undefined}} parts */
  constructor(parts) {
    this.parts = parts;
    byId("lock").addEventListener("click", async () => {
      const { current } = parts.chat.store;
      if (current === undefined) return;
      if (current.kind === "person") {
        const { showPerson } = await import("./keys_panel.js");
        showPerson(parts.chat, current.title).catch(({ message }) =>
          parts.chat.notice.tell(message)
        );
      } else if (current.guard.state === "locked") this.#unlock();
      else parts.chat.notice.tell(lockWords(current.guard.state, "room", true));
    });
    byId("room-open").addEventListener("click", () => this.#manage());
  }

  /** @param {Conversation | undefined} conversation */
  update(conversation) {
    const { state = "plain", why = "" } = conversation?.guard ?? {};
    const { kind, key, title = "", role, isPrivate, secret } = conversation ?? {};
    const hasKeys = this.parts.talk !== undefined;
    const isSecretHere = secret !== undefined && !hasKeys;
    const version = JSON.stringify([key, state, why, role, isPrivate, hasKeys, isSecretHere]);
    if (version === this.#shown) return;
    this.#shown = version;
    const lock = byId("lock");
    const says = lockWords(state, kind, hasKeys);
    lock.hidden = says === "";
    lock.dataset.state = state;
    lock.setAttribute("aria-label", says);
    lock.title = says;
    byId("private-mark").hidden = isPrivate !== true;
    byId("room-open").hidden = role === undefined;
    byId("guard").replaceChildren(
      ...isSecretHere
        ? [el("p", {}, `${title} is secret, and this browser has no keys to open it.`)]
        : this.#banner(state, why),
    );
    byId("guard").hidden = byId("guard").childElementCount === 0;
  }

  /** @type {(state: Guard["state"], why: string) => HTMLElement[]} */
  #banner(state, why) {
    const { chat, talk } = this.parts;
    const current = () => /** @type {Conversation} */ (chat.store.current);
    if (state === "changed") {
      return [
        el("p", {}, el("b", {}, "Careful. "), why, " Nothing is sent until you say so."),
        el("button", { class: "plain", click: () => byId("lock").click() }, "Compare keys"),
        el("button", {
          class: "plain",
          click: async () => {
            await (await talk)?.trust(current());
            chat.composer.focus();
          },
        }, "Trust the new key"),
      ];
    }
    if (why === "") return [];
    const isLocked = current().secret !== undefined;
    return [
      el("p", {}, why),
      ...isLocked ? [el("button", { class: "main", click: () => this.#unlock() }, "Unlock")] : [],
    ];
  }

  async #unlock() {
    const { chat, talk } = this.parts;
    const { current } = chat.store;
    const { unlockPanel } = await import("./secret_panel.js");
    if (current !== undefined && talk !== undefined) unlockPanel(chat, await talk, current);
  }

  async #manage() {
    const { chat } = this.parts;
    const { current } = chat.store;
    const { roomPanel } = await import("./moderation_panel.js");
    if (current !== undefined) roomPanel(chat, current);
  }
}

/** @type {(state: Guard["state"], kind: Conversation["kind"] | undefined, hasKeys: boolean) => string} */
function lockWords(state, kind, hasKeys) {
  switch (state) {
    case "sealed":
      return kind === "person"
        ? "Encrypted end to end: compare keys"
        : "Encrypted end to end, with the room's passphrase";
    case "changed":
      return "The key has changed: compare keys";
    case "locked":
      return "Encrypted end to end: unlock this room";
  }
  return kind === "person" && hasKeys ? "Not encrypted: about keys" : "";
}
