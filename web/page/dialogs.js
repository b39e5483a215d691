// The dialogs: going to a conversation, and searching. In both one types, and chooses with arrows and Enter.

import { byId, el } from "./dom.js";
import { foundNodes } from "./message_view.js";
import { countOf } from "./moments.js";
import { checkedName, fold } from "./names.js";

/** @import {PrivateMessage, RoomMessage} from "../../protocol/chat.ts" */
/** @import {Session} from "./session.js" */
/** @import {Conversation, Store} from "./store.js" */

/** @typedef {{nodes: (Node | string)[], choose: () => void}} Choice */

/** How long typing rests before the server is asked. */
const PAUSE_MS = 250;

/** A dialog with a field and a list: a combobox whose list is always open. */
class Chooser {
  #at = 0;
  /** @type {Choice[]} */
  #choices = [];
  /** Whether the choices are those of another text than the field's. */
  #isStale = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} id The dialog's; its field is `ID-field`, its list `ID-list`, its line of words `ID-note`.
   * @param {number} pauseMs
   * @param {(text: string) => void} look
   */
  constructor(id, pauseMs, look) {
    this.dialog = /** @type {HTMLDialogElement} */ (byId(id));
    this.field = /** @type {HTMLInputElement} */ (byId(`${id}-field`));
    this.list = byId(`${id}-list`);
    this.line = byId(`${id}-note`);
    this.look = look;
    this.field.addEventListener("input", () => {
      this.#isStale = true;
      clearTimeout(this.#timer);
      const now = () => look(this.field.value);
      if (pauseMs === 0) now();
      else this.#timer = setTimeout(now, pauseMs);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.close());
  }

  /** @param {string} text */
  open(text = "") {
    if (!this.dialog.open) this.dialog.showModal();
    this.field.value = text;
    this.field.focus();
    this.look(text);
  }

  close() {
    this.dialog.close();
  }

  /**
   * @param {Choice[]} choices
   * @param {string} note
   */
  show(choices, note) {
    this.#choices = choices;
    this.#isStale = false;
    this.list.replaceChildren(...choices.map(({ nodes, choose }, at) =>
      el("li", {
        id: `${this.list.id}-${at}`,
        role: "option",
        "aria-selected": "false",
        click: () => {
          this.close();
          choose();
        },
      }, ...nodes)
    ));
    this.list.hidden = choices.length === 0;
    this.line.textContent = note;
    this.#mark(0);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const { length } = this.#choices;
    if (step !== undefined && length > 0) {
      event.preventDefault();
      this.#mark((this.#at + step + length) % length);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      const choice = this.#choices[this.#at];
      if (choice === undefined || this.#isStale) return;
      this.close();
      choice.choose();
    }
  }

  /** @param {number} at */
  #mark(at) {
    this.list.children[this.#at]?.setAttribute("aria-selected", "false");
    this.#at = at;
    const chosen = this.list.children[at];
    chosen?.setAttribute("aria-selected", "true");
    chosen?.scrollIntoView({ block: "nearest" });
    if (chosen === undefined) this.field.removeAttribute("aria-activedescendant");
    else this.field.setAttribute("aria-activedescendant", chosen.id);
  }
}

/**
 * Goes to a room or person: known ones, rooms of the server, and new ones.
 *
 * @param {{store: Store, session: Session, open: (conversation: Conversation) => void, join: (room: string) => void, makeSecret: ((room: string) => void) | undefined}} parts
 *   `makeSecret` is there where there are keys.
 */
export function finder({ store, session, open, join, makeSecret }) {
  /** @type {readonly {room: string, count: number}[]} */
  let rooms = [];
  const chooser = new Chooser("find", 0, show);
  /** @param {string} text */
  function show(text) {
    const wanted = fold(text.trim().replace(/^[#@]/, ""));
    const isFor = (/** @type {string} */ name) => fold(name).includes(wanted);
    const rank = (/** @type {Conversation} */ { title, unread }) =>
      (fold(title).startsWith(wanted) ? 2 : 0) + (unread > 0 ? 1 : 0);
    const byFit = (/** @type {Conversation} */ a, /** @type {Conversation} */ b) =>
      rank(b) - rank(a);
    const known = [...store.list("room"), ...store.list("person")];
    const others = rooms.filter(({ room }) => !store.conversations.has(room));
    const room = checkedName(wanted, 64);
    const name = checkedName(text.trim().replace(/^@/, ""), 32);
    const isNew = room !== undefined && !store.conversations.has(room) &&
      !rooms.some((other) => other.room === room);
    const isPerson = name !== undefined && !store.isMe(name) &&
      !store.conversations.has("@" + fold(name));
    chooser.show([
      ...known.filter(({ title }) => isFor(title)).sort(byFit).map((one) =>
        choice(one.kind === "room" ? "#" : "@", one.title, note(one), () => open(one))
      ),
      ...others.filter(({ room }) => isFor(room)).map(({ room, count }) =>
        choice("#", room, countOf(count, "member"), () => join(room))
      ),
      ...isNew ? [choice("+", room, "New room", () => join(room))] : [],
      ...isNew && makeSecret ? [choice("+", room, "New secret room", () => makeSecret(room))] : [],
      ...isPerson ? [choice("@", name, "Private message", () => open(store.person(name)))] : [],
    ], room === undefined && wanted !== "" ? "Names are letters, digits, “_”, “-” and “.”." : "");
  }
  return async () => {
    chooser.open();
    try {
      rooms = (await session.ask("rooms", { limit: 500 })).rooms;
      show(chooser.field.value);
    } catch {
      // Without a connection there are those that are known.
    }
  };
}

/** @param {Conversation} conversation */
function note({ kind, unread, count, joined }) {
  if (unread > 0) return `${unread} new`;
  return kind === "person" ? "Private" : joined ? countOf(count, "member") : "";
}

/** @type {(sign: string, name: string, note: string, choose: () => void) => Choice} */
function choice(sign, name, note, choose) {
  const nodes = [
    el("span", { class: "hash", "aria-hidden": "true" }, sign),
    el("span", { class: "name", dir: "auto" }, name),
    el("small", {}, note),
  ];
  return { nodes, choose };
}

/**
 * Searches what was said.
 *
 * @param {{store: Store, session: Session, goTo: (message: RoomMessage | PrivateMessage) => void}} parts
 */
export function searcher({ store, session, goTo }) {
  const here = /** @type {HTMLInputElement} */ (byId("search-here"));
  let asked = 0;
  const chooser = new Chooser("search", PAUSE_MS, look);
  here.addEventListener("change", () => look(chooser.field.value));
  /** @param {string} text */
  async function look(text) {
    const mine = ++asked;
    const query = text.trim().slice(0, 256);
    if (query === "") return chooser.show([], "Words, “several words” or beginnings*.");
    const { current } = store;
    const room = here.checked && current?.kind === "room" ? { room: current.title } : {};
    try {
      const { messages, more } = await session.ask("search", { query, limit: 50, ...room });
      if (mine !== asked) return;
      // What is sealed only this page can search, as far as it is here.
      const inside = store.findOpened(query, room.room);
      const choices = [...inside, ...messages].sort((a, b) => b.at - a.at)
        .map((message) => found(message, store, goTo));
      const number = more
        ? "The newest matches"
        : countOf(choices.length, "match").replace(/hs$/, "hes");
      const sealed = store.hasSealed
        ? " The server cannot search encrypted messages: of those, what this page has loaded was searched."
        : "";
      chooser.show(choices, (choices.length === 0 ? "Nothing was found." : number) + sealed);
    } catch {
      if (mine === asked) chooser.show([], "Searching needs a connection; there is none now.");
    }
  }
  return () => {
    byId("search-scope").hidden = store.current?.kind !== "room";
    chooser.open(chooser.field.value);
    chooser.field.select();
  };
}

/** @type {(message: RoomMessage | PrivateMessage, store: Store, goTo: (message: RoomMessage | PrivateMessage) => void) => Choice} */
function found(message, store, goTo) {
  const { text, at, files = [] } = message;
  const where = "room" in message
    ? `in ${message.room}`
    : `to ${store.isMe(message.to) ? "you" : message.to}`;
  const sender = "room" in message ? message.sender : message.from;
  return { nodes: foundNodes({ sender, at, text, where, files }), choose: () => goTo(message) };
}
