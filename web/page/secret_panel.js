// Secret rooms: making one, and unlocking one, with a passphrase that never leaves this browser.

import { el } from "./dom.js";
import { openPanel } from "./panel.js";

/** @import {Chat} from "./chat.js" */
/** @import {SealedTalk} from "./sealed_talk.js" */
/** @import {Conversation} from "./store.js" */

/**
 * A form with a passphrase and a button, which waits while the work is done.
 *
 * @param {{about: string, button: string, more?: Node[], isNew: boolean, work: (passphrase: string) => Promise<void>}} how
 */
function passphraseForm({ about, button, more = [], isNew, work }) {
  const field = el("input", {
    id: "passphrase",
    type: "password",
    autocomplete: isNew ? "new-password" : "off",
    maxlength: 1_024,
    "aria-describedby": "passphrase-problem",
  });
  const problem = el("p", { class: "problem", id: "passphrase-problem", role: "alert" });
  const go = el("button", { class: "main" }, button);
  return el(
    "form",
    {
      class: "passphrase",
      /** @param {SubmitEvent} event */
      submit: async (event) => {
        event.preventDefault();
        if (go.disabled) return;
        go.disabled = true;
        problem.textContent = "";
        try {
          await work(field.value);
        } catch (error) {
          problem.textContent = error instanceof Error ? error.message : String(error);
          field.focus();
          field.select();
        }
        go.disabled = false;
      },
    },
    el("p", {}, about),
    el("label", { for: "passphrase" }, "Passphrase"),
    field,
    ...more,
    problem,
    go,
  );
}

/** @type {(chat: Chat, talk: SealedTalk, conversation: Conversation) => void} */
export function unlockPanel(chat, talk, conversation) {
  const panel = openPanel(`Unlock ${conversation.title}`, [
    passphraseForm({
      about: conversation.guard.why ?? "",
      button: "Unlock",
      isNew: false,
      work: async (passphrase) => {
        await talk.unlock(conversation, passphrase);
        panel.close();
        chat.composer.focus();
      },
    }),
  ]);
}

/** @type {(chat: Chat, talk: SealedTalk, room: string) => void} */
export function newSecretPanel(chat, talk, room) {
  const isPrivate = el("input", { type: "checkbox" });
  const panel = openPanel(`New secret room ${room}`, [
    passphraseForm({
      about:
        "What is said here is encrypted in the browsers: the server cannot read it. Tell the passphrase to whom you want here, by another way than this chat. Whoever forgets it cannot read here; nobody can find it out for you.",
      button: "Make the room",
      isNew: true,
      more: [el("label", {}, isPrivate, " Only who is invited may join")],
      work: async (passphrase) => {
        const created = await talk.create(room, passphrase, isPrivate.checked);
        panel.close();
        chat.join(created);
      },
    }),
  ]);
}
