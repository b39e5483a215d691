// The lists at the sides: rooms and people with what is unread, and who is in a room.

import { arrowKeys, byId, el, NodeCache, place } from "./dom.js";
import { avatar } from "./message_view.js";
import { countOf } from "./moments.js";
import { hasName } from "./store.js";

/** @import {Conversation, Store} from "./store.js" */

/** So many members are listed; of more the number is told. */
const MAX_MEMBERS = 500;

/** Rooms, people, members. */
export class Sidebar {
  /** @type {NodeCache<HTMLElement>} */
  #nodes = new NodeCache();

  /**
   * @param {Store} store
   * @param {{open: (conversation: Conversation) => void, act: (name: string) => void}} parts
   */
  constructor(store, parts) {
    this.store = store;
    this.parts = parts;
    arrowKeys(byId("side"), "li button");
    arrowKeys(byId("members"), "li button");
  }

  update() {
    const { store } = this;
    place(byId("rooms"), store.list("room").map((one) => this.#item(one)));
    place(byId("people"), store.list("person").map((one) => this.#item(one)));
    const { kind, members = [], count = 0 } = store.current ?? {};
    const mayAct = store.current?.role !== undefined;
    const shown = members.slice(0, MAX_MEMBERS).map((name) => this.#member(name, mayAct));
    place(byId("member-list"), kind === "room" ? shown : []);
    byId("member-count").textContent = kind === "room" ? count.toLocaleString("en") : "";
    this.#nodes.sweep();
  }

  /**
   * The conversation above or below the one that is open.
   *
   * @param {1 | -1} step
   */
  neighbour(step) {
    const all = [...this.store.list("room"), ...this.store.list("person")];
    const at = this.store.current === undefined ? -1 : all.indexOf(this.store.current);
    return all[(at + step + all.length) % all.length];
  }

  /** @param {Conversation} conversation */
  #item(conversation) {
    const { key, kind, title, unread, mentions, joined, secret } = conversation;
    const isSecret = secret !== undefined;
    const isOpen = conversation === this.store.current;
    const isHere = kind === "person" && this.store.isPresent(title);
    const isAway = kind === "room" && !joined;
    return this.#nodes.node(
      `${key}`,
      [title, unread, mentions, isOpen, isHere, isAway, isSecret],
      () =>
        el(
          "li",
          {},
          el(
            "button",
            {
              class: `item${unread > 0 ? " unread" : ""}`,
              "aria-current": isOpen ? "page" : undefined,
              click: () => this.parts.open(conversation),
            },
            kind === "room"
              ? el("span", { class: "hash", "aria-hidden": "true" }, "#")
              : el("span", { class: `face${isHere ? " here" : ""}` }, avatar(title)),
            el("span", { class: "name", dir: "auto" }, title),
            isHere && el("span", { class: "hidden" }, "online"),
            isSecret && el("small", {}, "secret"),
            unread > 0 &&
              el(
                "span",
                { class: `badge${mentions > 0 || kind === "person" ? " loud" : ""}` },
                unread > 999 ? "999+" : String(unread),
                el("span", { class: "hidden" }, " unread"),
              ),
          ),
        ),
    );
  }

  /** @type {(name: string, mayAct: boolean) => HTMLElement} */
  #member(name, mayAct) {
    const isMe = this.store.isMe(name);
    const away = this.store.awayOf(name);
    return this.#nodes.node(`member ${name}`, [isMe, mayAct, away], () =>
      el(
        "li",
        {},
        el(
          "button",
          {
            class: "item",
            disabled: isMe,
            title: isMe ? undefined : `Write to ${name}`,
            click: () => this.parts.open(this.store.person(name)),
          },
          el("span", { class: `face${away === undefined ? " here" : ""}` }, avatar(name)),
          el("span", { class: "name", dir: "auto" }, name),
          away !== undefined && el("small", { title: away || undefined, dir: "auto" }, "away"),
          isMe && el("small", {}, "you"),
        ),
        mayAct && !isMe && el("button", {
          class: "icon act",
          "aria-label": `What to do with ${name}`,
          "aria-haspopup": "dialog",
          click: () => this.parts.act(name),
        }, "⋯"),
      ));
  }
}

/**
 * What stands under a conversation's title.
 *
 * @param {Store} store
 */
export function subtitleOf(store) {
  const { current } = store;
  if (current === undefined) return "";
  if (current.kind === "room") {
    if (!current.joined) return "Joining…";
    const count = countOf(current.count, "member");
    return current.topic ? `${count} · ${current.topic}` : count;
  }
  const away = store.awayOf(current.title);
  if (away !== undefined && store.isPresent(current.title)) return away ? `Away: ${away}` : "Away";
  return store.isPresent(current.title) ? "Online" : "Gets your messages, also when away";
}

/**
 * Keeps the names of a room's members in order.
 *
 * @param {Conversation} conversation
 * @param {string} name
 * @param {boolean} isThere
 */
export function setPresence(conversation, name, isThere) {
  const others = hasName(conversation.members, name)
    ? conversation.members.filter((other) => !hasName([other], name))
    : conversation.members;
  conversation.members = isThere
    ? [...others, name].sort((a, b) => a.localeCompare(b))
    : [...others];
}
