// What owners and operators of a room may do: with a message, with a member, with the room itself.

import { el } from "./dom.js";
import { momentOf } from "./moments.js";
import { checkedName } from "./names.js";
import { openPanel } from "./panel.js";

/** @import {ChatRequest} from "../../protocol/chat.ts" */
/** @import {Chat} from "./chat.js" */
/** @import {Conversation, Entry} from "./store.js" */

/** @typedef {Omit<Extract<ChatRequest, {type: "moderate"}>["payload"], "room" | "ref">} Deed */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** What may be done with a member, as its button says it. @type {readonly (readonly [string, Deed])[]} */
const WITH_MEMBER = [
  ["Mute for 10 minutes", { action: "mute", forMs: 10 * MINUTE_MS }],
  ["Mute for 1 hour", { action: "mute", forMs: HOUR_MS }],
  ["Let speak again", { action: "unmute" }],
  ["Kick", { action: "kick" }],
  ["Ban for 1 day", { action: "ban", forMs: DAY_MS }],
  ["Ban for ever", { action: "ban" }],
];
/** What only the owner may do. @type {readonly (readonly [string, Deed])[]} */
const AS_OWNER = [
  ["Make operator", { action: "op" }],
  ["Make operator no more", { action: "deop" }],
];

/** Says whether it was done, and closes. @type {(chat: Chat, room: string) => {problem: HTMLElement, act: (deed: Deed, done: () => void) => Promise<void>}} */
function acting(chat, room) {
  const problem = el("p", { class: "problem", role: "alert" });
  return {
    problem,
    act: async (deed, done) => {
      problem.textContent = "";
      try {
        await chat.session.ask("moderate", { room, ...deed });
        done();
      } catch (error) {
        problem.textContent = error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** @type {(chat: Chat, conversation: Conversation, entry: Entry) => void} */
export function messageMenu(chat, { title }, { seq, sender }) {
  const { problem, act } = acting(chat, title);
  const panel = openPanel(`Message of ${sender}`, [
    el(
      "p",
      {},
      "Its text and files are removed for everybody, for good. That it was removed stays to be seen.",
    ),
    el("button", {
      class: "main",
      click: () => act({ action: "delete", seq }, () => panel.close()),
    }, "Delete this message"),
    problem,
  ]);
}

/** @type {(chat: Chat, conversation: Conversation, name: string) => void} */
export function memberMenu(chat, { title, role }, name) {
  const { problem, act } = acting(chat, title);
  const deeds = [...WITH_MEMBER, ...role === "operator" ? [] : AS_OWNER];
  const panel = openPanel(`${name} in ${title}`, [
    el(
      "ul",
      { class: "deeds" },
      ...deeds.map(([label, deed]) =>
        el(
          "li",
          {},
          el("button", {
            class: "item",
            click: () => act({ ...deed, name }, () => panel.close()),
          }, label),
        )
      ),
    ),
    problem,
  ]);
}

/** @type {(chat: Chat, conversation: Conversation) => Promise<void>} */
export async function roomPanel(chat, conversation) {
  const { title, topic = "" } = conversation;
  const { problem, act } = acting(chat, title);
  const lists = el("div", { class: "lists" });
  const show = async () => {
    try {
      const room = await chat.session.ask("room", { room: title, limit: 100 });
      lists.replaceChildren(
        switchNode(room.isPrivate, (action) => act({ action }, show)),
        ...restricted(
          "Invited",
          (room.invited ?? []).map((name) => ({ name })),
          "Invite no more",
          (name) => act({ action: "uninvite", name }, show),
        ),
        ...restricted(
          "Banned",
          room.banned ?? [],
          "Let in again",
          (name) => act({ action: "unban", name }, show),
        ),
        ...restricted(
          "Muted",
          room.muted ?? [],
          "Let speak again",
          (name) => act({ action: "unmute", name }, show),
        ),
        ...restricted(
          "Operators",
          room.operators.map((name) => ({ name })),
          "Operator no more",
          (name) => act({ action: "deop", name }, show),
        ),
      );
    } catch (error) {
      problem.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  openPanel(title, [
    field(
      "topic",
      "Topic",
      topic,
      512,
      "Change",
      (text) => act({ action: "topic", topic: text }, () => {}),
    ),
    field("invite", "Invite somebody", "", 64, "Invite", (text) => {
      const name = checkedName(text, 32);
      if (name === undefined) problem.textContent = "That is no name.";
      else act({ action: "invite", name }, show);
    }),
    problem,
    lists,
  ]);
  await show();
}

/** @type {(id: string, label: string, value: string, maxChars: number, button: string, done: (text: string) => void) => HTMLElement} */
function field(id, label, value, maxChars, button, done) {
  const input = el("input", { id, value, maxlength: maxChars, autocomplete: "off" });
  return el(
    "form",
    {
      /** @param {SubmitEvent} event */
      submit: (event) => {
        event.preventDefault();
        done(input.value.trim());
      },
    },
    el("label", { for: id }, label),
    el("span", { class: "row" }, input, el("button", { class: "main" }, button)),
  );
}

/** @type {(isPrivate: boolean, change: (action: "private" | "public") => void) => HTMLElement} */
function switchNode(isPrivate, change) {
  const box = el("input", {
    type: "checkbox",
    checked: isPrivate,
    change: () => change(box.checked ? "private" : "public"),
  });
  return el("label", {}, box, " Only who is invited may join");
}

/** @type {(title: string, names: readonly {name: string, until?: number}[], button: string, undo: (name: string) => void) => HTMLElement[]} */
function restricted(title, names, button, undo) {
  if (names.length === 0) return [];
  return [
    el("h3", {}, title),
    el(
      "ul",
      { "aria-label": title },
      ...names.map(({ name, until }) =>
        el(
          "li",
          {},
          el(
            "span",
            { class: "about" },
            el("span", { dir: "auto" }, name),
            until !== undefined && el("small", {}, `until ${momentOf(until, Date.now())}`),
          ),
          el("button", {
            class: "plain",
            "aria-label": `${button}: ${name}`,
            click: () => undo(name),
          }, button),
        )
      ),
    ),
  ];
}
