// The messages of a conversation: a window of them is in the page, whatever there is in all.

import { el, NodeCache, place } from "./dom.js";
import { messageNode } from "./message_view.js";
import { countOf, dayName, dayOf, momentOf } from "./moments.js";

/** @import {History} from "./history.js" */
/** @import {SealedTalk} from "./sealed_talk.js" */
/** @import {Conversation, Entry, Store} from "./store.js" */

/** How many messages are in the page at most, and how many come in at once. */
const WINDOW = 240;
const STEP = 80;
/** So near to an end, more comes in. */
const NEAR_PX = 800;
/** Who is so near to the end follows it. */
const AT_END_PX = 40;
const SAME_BREATH_MS = 5 * 60_000;

/**
 * - I1 What somebody looks at keeps its place, whatever comes in before or after it.
 * - I2 Who is at the end stays there.
 * - I3 No more than {@link WINDOW} messages are in the page.
 */
export class Timeline {
  /** @type {Conversation | undefined} */
  #conversation;
  /** The part that is in the page. */
  #start = 0;
  #end = 0;
  /** The first entry of the part: entries come in before it. @type {string | undefined} */
  #firstId;
  /** Whether the end is followed. */
  isAtEnd = true;
  /** @type {NodeCache<HTMLElement>} */
  #nodes = new NodeCache();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quiet;

  /**
   * @param {HTMLElement} scroller
   * @param {{store: Store, history: History, retry: (id: string) => void, discard: (id: string) => void, moved: () => void, act: (entry: Entry) => void, talk: Promise<SealedTalk> | undefined}} parts
   */
  constructor(scroller, parts) {
    this.scroller = scroller;
    this.parts = parts;
    this.list = el("div", { class: "days" });
    this.scroller.append(this.list);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.isAtEnd && this.#toEnd()).observe(scroller);
  }

  /** @returns {Entry[]} */
  get #entries() {
    const { entries = [], waiting = [], excerpt } = this.#conversation ?? {};
    if (excerpt !== undefined) return excerpt.entries;
    return waiting.length > 0 ? [...entries, ...waiting] : entries;
  }

  /** @param {Conversation | undefined} conversation */
  open(conversation) {
    this.#conversation = conversation;
    this.#hush();
    const entries = this.#entries;
    const { marker, unread = 0 } = conversation ?? {};
    this.isAtEnd = true;
    this.#end = entries.length;
    this.#start = Math.max(0, this.#end - STEP);
    if (marker !== undefined && unread > 0) {
      const at = entries.findIndex(({ seq }) => seq >= marker.seq);
      if (at >= 0) this.#show(at, entries.length);
    }
    this.#render(entries);
    this.#toEnd();
    const line = this.list.querySelector(".marker");
    if (unread > 0 && line !== null) {
      line.scrollIntoView({ block: "center" });
      this.isAtEnd = this.#isNearEnd();
    }
    this.#fill();
  }

  /** Something has changed. */
  update() {
    const entries = this.#entries;
    const { excerpt } = this.#conversation ?? {};
    // Many at once (a page of history) are not read out.
    if (entries.length - this.#end > 3) this.#hush();
    const moved = this.#firstId === undefined
      ? -1
      : entries.findIndex((entry) => this.#keyOf(entry) === this.#firstId);
    if (moved >= 0) {
      if (moved > this.#start) this.#hush();
      this.#end += moved - this.#start;
      this.#start = moved;
    }
    this.#end = Math.min(this.#end, entries.length);
    if (this.isAtEnd && excerpt === undefined) {
      this.#end = entries.length;
      this.#start = Math.max(this.#start, this.#end - WINDOW);
    }
    this.#start = Math.max(0, Math.min(this.#start, this.#end - 1));
    this.#renderInPlace(entries);
    this.#fill();
  }

  /** Goes to the newest message. */
  toEnd() {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    delete conversation.excerpt;
    this.#hush();
    const entries = this.#entries;
    this.isAtEnd = true;
    this.#end = entries.length;
    this.#start = Math.max(0, this.#end - STEP);
    this.#render(entries);
    this.#toEnd();
    this.parts.moved();
  }

  /**
   * Goes to a message that is there.
   *
   * @param {number} seq
   */
  goTo(seq) {
    const entries = this.#entries;
    const at = entries.findIndex((entry) => entry.seq === seq);
    if (at < 0) return;
    this.#hush();
    this.isAtEnd = false;
    this.#show(at, entries.length);
    this.#render(entries);
    const node = this.list.querySelector(`[data-key="${CSS.escape(this.#keyOf(entries[at]))}"]`);
    if (!(node instanceof HTMLElement)) return;
    node.scrollIntoView({ block: "center" });
    node.tabIndex = -1;
    node.focus({ preventScroll: true });
    node.classList.add("found");
    node.addEventListener("animationend", () => node.classList.remove("found"), { once: true });
    this.#scrolled();
  }

  /** @type {(at: number, length: number) => void} */
  #show(at, length) {
    this.#start = Math.max(0, at - STEP / 2);
    this.#end = Math.min(length, this.#start + WINDOW);
  }

  #scrolled() {
    this.isAtEnd = this.#isNearEnd();
    this.#fill();
    this.parts.moved();
  }

  #isNearEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const { excerpt } = this.#conversation ?? {};
    return excerpt === undefined && this.#end >= this.#entries.length &&
      scrollHeight - clientHeight - scrollTop < AT_END_PX;
  }

  #toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Brings in what is near, of what is there or of the server's. */
  #fill() {
    const conversation = this.#conversation;
    if (conversation === undefined) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const entries = this.#entries;
    if (scrollTop < NEAR_PX) {
      if (this.#start > 0) {
        this.#start = Math.max(0, this.#start - STEP);
        if (!this.isAtEnd) this.#end = Math.min(this.#end, this.#start + WINDOW);
        this.#hush();
        this.#renderInPlace(entries);
      } else this.parts.history.older(conversation);
    }
    if (scrollHeight - clientHeight - scrollTop < NEAR_PX) {
      if (this.#end < entries.length) {
        this.#end = Math.min(entries.length, this.#end + STEP);
        this.#start = Math.max(this.#start, this.#end - WINDOW);
        this.#hush();
        this.#renderInPlace(entries);
      } else if (conversation.excerpt !== undefined) this.parts.history.newer(conversation);
    }
  }

  /** @param {Entry[]} entries */
  #renderInPlace(entries) {
    if (this.isAtEnd) {
      this.#render(entries);
      return this.#toEnd();
    }
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = [...this.list.querySelectorAll(".message")]
      .find((node) => node.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top ?? 0;
    const key = anchor?.getAttribute("data-key");
    this.#render(entries);
    if (anchor === undefined) return;
    // It may have been made anew.
    const same = anchor.isConnected
      ? anchor
      : this.list.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
    if (same === null) return;
    const moved = same.getBoundingClientRect().top - before;
    if (moved !== 0) this.scroller.scrollTop += moved;
  }

  /** What comes in now is not for screen readers to read out. */
  #hush() {
    this.scroller.setAttribute("aria-live", "off");
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.scroller.setAttribute("aria-live", "polite"), 1_000);
  }

  /** @param {Entry[]} entries */
  #render(entries) {
    const conversation = this.#conversation;
    /** @type {HTMLElement[]} */
    const days = [];
    /** @type {HTMLElement[]} */
    let rows = [];
    let day = "";
    const flush = () => {
      const section = days.at(-1);
      if (section !== undefined) {
        place(section, [...section.querySelectorAll(":scope > h2"), ...rows]);
      }
      rows = [];
    };
    const now = Date.now();
    for (let at = this.#start; at < this.#end; at++) {
      const [before, entry] = [entries[at - 1], entries[at]];
      if (entry === undefined || conversation === undefined) break;
      if (day !== dayOf(entry.at)) {
        flush();
        day = dayOf(entry.at);
        days.push(this.#day(day, dayName(entry.at, now)));
      }
      const lines = this.#lines(conversation, before, entry);
      rows.push(...lines, this.#message(entry, lines.length > 0 ? undefined : before));
    }
    if (conversation !== undefined && this.#end === entries.length) {
      rows.push(...this.#lastNotes(conversation, entries));
    }
    flush();
    place(this.list, [this.#beginning(), ...days]);
    this.#nodes.sweep();
    this.#firstId = this.#keyOf(entries[this.#start]);
  }

  /** @type {(day: string, name: string) => HTMLElement} */
  #day(day, name) {
    return this.#nodes.node(
      `day ${day}`,
      [name],
      () => el("section", { "aria-label": name }, el("h2", { class: "day" }, el("span", {}, name))),
    );
  }

  /**
   * What stands before a message: where the new ones begin, and notes.
   *
   * @param {Conversation} conversation
   * @param {Entry | undefined} before
   * @param {Entry} entry
   */
  #lines({ marker, notes }, before, entry) {
    const first = before?.seq ?? -1;
    const isBetween = (/** @type {number} */ seq) => seq > first && seq <= entry.seq;
    const lines = notes.filter(({ after }) => isBetween(after + 1) && after + 1 < Infinity)
      .map((note) => this.#note(note));
    if (marker !== undefined && marker.count > 0 && isBetween(marker.seq)) {
      const { count, missed, since } = marker;
      const label = missed
        ? `${count} missed${since === undefined ? "" : ` since ${momentOf(since, Date.now())}`}`
        : countOf(count, "new message");
      lines.push(
        this.#nodes.node(
          "marker",
          [label],
          () => el("p", { class: "marker", role: "note" }, el("span", {}, label)),
        ),
      );
    }
    return lines;
  }

  /** Notes that no message has followed yet. @type {(conversation: Conversation, entries: readonly Entry[]) => HTMLElement[]} */
  #lastNotes({ notes, excerpt }, entries) {
    const stored = entries.findLast(({ seq }) => seq < Infinity)?.seq ?? 0;
    const isOpen = excerpt === undefined && entries.at(-1)?.seq !== Infinity;
    return isOpen ? notes.filter(({ after }) => after >= stored).map((one) => this.#note(one)) : [];
  }

  /** @param {{after: number, note: string}} note */
  #note({ after, note }) {
    return this.#nodes.node(`note ${after} ${note}`, [], () => el("p", { class: "note" }, note));
  }

  /** @type {(entry: Entry, before: Entry | undefined) => HTMLElement} */
  #message(entry, before) {
    const { store, retry, discard, act, talk } = this.parts;
    const conversation = this.#conversation;
    const grouped = before !== undefined && before.sender === entry.sender &&
      entry.at - before.at < SAME_BREATH_MS && dayOf(entry.at) === dayOf(before.at);
    const { sender, state, error, files, secret, removed } = entry;
    const key = this.#keyOf(entry);
    const { guard, secret: lock, kind } = conversation ?? {};
    const isSealed = kind !== undefined && (guard?.state === "sealed" || lock !== undefined) &&
      kind;
    const mayAct = this.#mayAct(entry);
    const version = [
      ...[conversation?.key, grouped, state, error, files.map(({ sha256 }) => sha256), store.me],
      ...[secret?.state, secret?.words, secret?.fault, removed?.by, isSealed, mayAct],
    ];
    return this.#nodes.node(key, version, () => {
      const isMine = store.isMe(sender);
      const how = { key, grouped, me: store.me, isMine, retry, discard, isSealed };
      return messageNode(entry, {
        ...how,
        act: mayAct ? () => act(entry) : undefined,
        opener: conversation && talk && {
          file: async (file) => (await talk).file(conversation, file),
          picture: async (file) => (await talk).picture(conversation, file),
        },
      });
    });
  }

  /** Whether there is something to do with a message. @param {Entry} entry */
  #mayAct({ sender, state, seq, removed }) {
    const { kind, role } = this.#conversation ?? {};
    return kind === "room" && state === "stored" && seq < Infinity && removed === undefined &&
      (role !== undefined || this.parts.store.isMe(sender));
  }

  /**
   * Names an entry of a conversation. Own ones are the same before and after they have a number; the ids of
   * others are theirs to choose, and may come twice.
   *
   * @param {Entry | undefined} entry
   */
  #keyOf(entry) {
    if (entry === undefined) return "";
    return this.parts.store.isMe(entry.sender) ? `own ${entry.id}` : `${entry.seq}`;
  }

  /** What stands before the first message. Its height is always the same. */
  #beginning() {
    const { range, excerpt, title = "", kind, joined } = this.#conversation ?? {};
    const isAll = (excerpt ?? range)?.atStart === true && this.#start === 0;
    const text = this.#conversation === undefined || kind === "room" && !joined
      ? ""
      : !isAll
      ? "Loading…"
      : kind === "room"
      ? `This is the beginning of ${title}.`
      : `This is the beginning of what you and ${title} wrote to each other.`;
    return this.#nodes.node("beginning", [text], () => el("p", { class: "beginning" }, text));
  }
}
