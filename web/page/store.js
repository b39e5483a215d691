// All that the page knows: conversations, their messages, what is unread. Knows no DOM and no server.

import { mentions } from "./format.js";
import { fold } from "./names.js";

/** @import {Ack, PrivateMessage, Removed, RoomMessage, Sealed, SharedFile} from "../../protocol/chat.ts" */
/** @import {Pending} from "./outbox.js" */
/** @import {Fault} from "./sealed_order.js" */

/**
 * A message as it is shown; never changed, only replaced. `seq` is `Infinity` until the server has told it.
 *
 * @typedef {object} Entry
 * @property {number} seq
 * @property {string} id
 * @property {string} sender
 * @property {string} text
 * @property {readonly SharedFile[]} files
 * @property {number} at
 * @property {"stored" | "pending" | "failed"} state
 * @property {string} [error]
 * @property {Sealed | undefined} [sealed]
 * @property {Secret | undefined} [secret] What became of a sealed one.
 * @property {Removed} [removed]
 */

/**
 * A sealed message as far as it is known: `open` has text and files in its entry. `words` are to be told beside it,
 * loudly where something is wrong. `hash` and `previous` are its place among its key's messages.
 *
 * @typedef {{state: "waiting" | "locked" | "open" | "refused", words?: string | undefined, fault?: Fault | undefined, hash?: string | undefined, previous?: string, key?: string}} Secret
 */

/**
 * How a conversation is guarded: `plain` has no keys to encrypt to; `changed` and `locked` are such that nothing is sent.
 *
 * @typedef {{state: "plain" | "sealed" | "changed" | "locked", why?: string}} Guard
 */

/**
 * How much of a stream has been fetched: from `low` on (undefined: not known yet), the beginning included if
 * `atStart`. Private conversations share the inbox's.
 *
 * @typedef {{low: number | undefined, atStart: boolean, loading: boolean}} Range
 */

/**
 * Another part of a room, which does not reach to the newest: where a search led.
 *
 * @typedef {Range & {entries: Entry[], high: number}} Excerpt
 */

/**
 * @typedef {object} Conversation
 * @property {string} key The room's name, or `@` and a person's folded name.
 * @property {"room" | "person"} kind
 * @property {string} title
 * @property {string} stream
 * @property {Range} range
 * @property {Entry[]} entries In order, up to the newest.
 * @property {Entry[]} waiting Own ones that the server has not told yet.
 * @property {Excerpt} [excerpt]
 * @property {number} unread
 * @property {number} mentions How many of the unread name me.
 * @property {number} firstUnread The seq of the first unread message.
 * @property {{seq: number, count: number, missed: boolean, since?: number} | undefined} marker
 * @property {number} missedThrough Events up to here were missed.
 * @property {string[]} members
 * @property {number} count
 * @property {boolean} joined
 * @property {{after: number, note: string}[]} notes Lines that are no messages.
 * @property {Guard} guard
 * @property {string} [secret] Of a secret room: its locked identity.
 * @property {string} [topic]
 * @property {boolean} [isPrivate]
 * @property {"owner" | "operator" | "admin"} [role] What I am there, if I may moderate.
 */

/** How many messages of a room are kept. */
const MAX_ENTRIES = 20_000;

const newRange = () => ({
  low: /** @type {number | undefined} */ (undefined),
  atStart: false,
  loading: false,
});

/**
 * - I1 `entries` are in rising order without repeat, whatever comes twice.
 * - I2 Unread is what came by the stream and not from oneself; a page of history adds nothing to it.
 */
export class Store {
  /** @type {Map<string, Conversation>} */
  conversations = new Map();
  /** @type {Conversation | undefined} */
  current;
  inboxRange = newRange();
  inboxSeq = 0;
  inboxMissedThrough = 0;
  /** What those say who are away, by folded name. @type {Map<string, string>} */
  #away = new Map();
  /** Told of each sealed message that comes in, `isNew` by the stream. @type {(conversation: Conversation, entry: Entry, isNew: boolean) => void} */
  opener = () => {};

  /**
   * @param {string} me
   * @param {() => void} changed
   */
  constructor(me, changed) {
    this.me = me;
    this.changed = changed;
  }

  get inbox() {
    return "@" + fold(this.me);
  }

  /** @param {string} name */
  room(name) {
    return this.#conversation(name, "room", name, name, newRange);
  }

  /** @param {string} name A person's name. */
  person(name) {
    const key = "@" + fold(name);
    return this.#conversation(key, "person", name, this.inbox, () => this.inboxRange);
  }

  /** @type {(key: string, kind: "room" | "person", title: string, stream: string, range: () => Range) => Conversation} */
  #conversation(key, kind, title, stream, range) {
    let found = this.conversations.get(key);
    if (found === undefined) {
      found = {
        ...{ key, kind, title, stream, range: range(), entries: [], waiting: [], unread: 0 },
        ...{ mentions: 0, firstUnread: Infinity, marker: undefined, missedThrough: 0, members: [] },
        ...{ count: 0, joined: false, notes: [], guard: { state: "plain" } },
      };
      this.conversations.set(key, found);
      this.changed();
    }
    return found;
  }

  /**
   * Rooms by name, then people, the latest first.
   *
   * @param {"room" | "person"} kind
   */
  list(kind) {
    const all = [...this.conversations.values()].filter((one) => one.kind === kind);
    return all.sort(
      kind === "room"
        ? (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true })
        : (a, b) => (b.entries.at(-1)?.at ?? Infinity) - (a.entries.at(-1)?.at ?? Infinity) || 0,
    );
  }

  /** @param {RoomMessage | PrivateMessage} message */
  conversationOf(message) {
    if ("room" in message) return this.room(message.room);
    const isMine = fold(message.from) === fold(this.me);
    return this.person(isMine ? message.to : message.from);
  }

  /** @param {string} name */
  isMe(name) {
    return fold(name) === fold(this.me);
  }

  /**
   * A stream begins, or goes on.
   *
   * @param {Range} range
   * @param {{seq: number, missed: number}} position
   */
  begin(range, { seq, missed }) {
    // What was missed follows; its first event tells where it begins.
    if (range.low === undefined && missed === 0) range.low = seq + 1;
    this.changed();
  }

  /**
   * An event came by the stream.
   *
   * @param {RoomMessage | PrivateMessage} message
   * @param {boolean} isRead Whether somebody sees it at once.
   * @returns {{conversation: Conversation, entry: Entry, isNew: boolean, isMention: boolean}}
   */
  receive(message, isRead) {
    const conversation = this.conversationOf(message);
    const entry = asWritten(conversation, entryOf(message));
    const { range } = conversation;
    range.low ??= entry.seq;
    if (conversation.kind === "person") this.inboxSeq = Math.max(this.inboxSeq, entry.seq);
    this.#insert(conversation.entries, [entry]);
    this.#trim(conversation);
    this.#settle(conversation, entry);
    const isMine = this.isMe(entry.sender);
    const isMention = !isMine && mentions(entry.text, this.me);
    const isMissed = entry.seq <=
      (conversation.kind === "room" ? conversation.missedThrough : this.inboxMissedThrough);
    if (!isMine && (!isRead || isMissed)) {
      this.#mark(conversation, entry, isMissed);
      conversation.unread++;
      conversation.mentions += isMention ? 1 : 0;
      conversation.firstUnread = Math.min(conversation.firstUnread, entry.seq);
    }
    if (entry.secret?.state === "waiting") this.opener(conversation, entry, true);
    this.changed();
    return { conversation, entry, isNew: !isMine && !isMissed, isMention };
  }

  /** @type {(conversation: Conversation, entry: Entry, missed: boolean) => void} */
  #mark(conversation, entry, missed) {
    const { marker, unread } = conversation;
    if (marker === undefined || unread === 0 && marker.count > 0) {
      conversation.marker = { seq: entry.seq, count: 1, missed };
    } else {
      const { seq, count } = marker;
      conversation.marker = { ...marker, seq: Math.min(seq, entry.seq), count: count + 1 };
    }
  }

  /**
   * Events of a room follow that were missed.
   *
   * @param {Conversation} conversation
   * @param {{seq: number, missedSince?: number | undefined}} position
   */
  miss(conversation, { seq, missedSince }) {
    conversation.missedThrough = seq;
    conversation.marker = conversation.unread > 0 && conversation.marker || {
      ...{ seq: Infinity, count: 0, missed: true },
      ...missedSince !== undefined && { since: missedSince },
    };
    this.changed();
  }

  /**
   * A page of history.
   *
   * @param {readonly (RoomMessage | PrivateMessage)[]} messages Oldest first.
   * @param {Range} range Whose it is.
   * @param {boolean} more Whether there is more before it.
   */
  addOlder(messages, range, more) {
    range.low = messages[0]?.seq ?? range.low;
    range.atStart = !more;
    /** @type {Map<Conversation, Entry[]>} */
    const found = new Map();
    for (const message of messages) {
      const conversation = this.conversationOf(message);
      if (isRemoval(message)) continue;
      const entry = entryOf(message);
      const entries = found.get(conversation) ?? [];
      entries.push(entry);
      found.set(conversation, entries);
      this.#settle(conversation, entry);
    }
    for (const [conversation, entries] of found) {
      const { excerpt } = conversation;
      this.#insert(excerpt === range ? excerpt.entries : conversation.entries, entries);
      this.#open(conversation, entries);
    }
    this.changed();
  }

  /**
   * Another part of a room is looked at.
   *
   * @param {Conversation} conversation
   * @param {readonly (RoomMessage | PrivateMessage)[]} messages Oldest first.
   * @param {boolean} atStart Whether nothing is before them.
   */
  showExcerpt(conversation, messages, atStart) {
    const entries = messages.filter((message) => !isRemoval(message)).map(entryOf);
    const low = messages[0]?.seq ?? 0;
    const high = messages.at(-1)?.seq ?? 0;
    conversation.excerpt = { low, high, atStart, entries, loading: false };
    this.#open(conversation, entries);
    this.#joinExcerpt(conversation);
    this.changed();
  }

  /**
   * The excerpt goes on.
   *
   * @param {Conversation} conversation
   * @param {readonly (RoomMessage | PrivateMessage)[]} messages Oldest first.
   * @param {boolean} more
   */
  addNewer(conversation, messages, more) {
    const { excerpt } = conversation;
    if (excerpt === undefined) return;
    const entries = messages.filter((message) => !isRemoval(message)).map(entryOf);
    this.#insert(excerpt.entries, entries);
    this.#open(conversation, entries);
    excerpt.high = more ? messages.at(-1)?.seq ?? excerpt.high : Infinity;
    this.#joinExcerpt(conversation);
    this.changed();
  }

  /**
   * An excerpt that reaches to what is there already becomes one with it.
   *
   * @param {Conversation} conversation
   */
  #joinExcerpt(conversation) {
    const { excerpt, range } = conversation;
    if (excerpt === undefined || excerpt.high < (range.low ?? Infinity) - 1) return;
    this.#insert(conversation.entries, excerpt.entries);
    if ((excerpt.low ?? 0) < (range.low ?? Infinity)) {
      range.low = excerpt.low;
      range.atStart = excerpt.atStart;
    }
    delete conversation.excerpt;
  }

  /**
   * More is known of a message: its entry is another one.
   *
   * @param {Conversation} conversation
   * @param {Entry} entry
   * @param {Partial<Entry>} more
   * @returns {Entry | undefined} The new one; undefined where it is gone.
   */
  amend({ entries, waiting, excerpt }, entry, more) {
    /** @type {Entry | undefined} */
    let amended;
    for (const list of [entries, waiting, excerpt?.entries ?? []]) {
      const at = entry.seq === Infinity
        ? list.findIndex(({ id, sender }) => id === entry.id && this.isMe(sender))
        : placeOf(list, entry.seq);
      const found = list[at];
      if (found !== undefined) list[at] = amended = { ...found, ...more };
    }
    if (amended !== undefined) this.changed();
    return amended;
  }

  /**
   * An event came by the stream that says that a message was removed.
   *
   * @param {RoomMessage & {removes: number}} message
   */
  remove({ room, removes, sender: by, seq, at }) {
    const conversation = this.room(room);
    const { entries, excerpt, range } = conversation;
    range.low ??= seq;
    const entry = [...entries, ...excerpt?.entries ?? []].find((one) => one.seq === removes);
    if (entry === undefined) return;
    this.amend(conversation, entry, {
      ...{ removed: { by, at }, text: "", files: [] },
      sealed: undefined,
      secret: undefined,
    });
  }

  /**
   * A line that is no message, where the conversation stands now.
   *
   * @param {Conversation} conversation
   * @param {string} note
   */
  note(conversation, note) {
    conversation.notes.push({ after: conversation.entries.at(-1)?.seq ?? 0, note });
    this.changed();
  }

  /**
   * Shows what waits in the outbox.
   *
   * @param {Pending} pending
   */
  await(pending) {
    const { id, at, text, files, error, sealed } = pending;
    const conversation = pending.to === undefined
      ? this.room(pending.room ?? "")
      : this.person(pending.to);
    /** @type {Entry} */
    const entry = {
      ...{ seq: Infinity, id, at, sender: this.me, text, files: sealed === undefined ? files : [] },
      ...error === undefined ? { state: "pending" } : { state: "failed", error },
      ...sealed !== undefined && { sealed, secret: { state: "waiting" } },
    };
    const at_ = conversation.waiting.findIndex((other) => other.id === id);
    const before = conversation.waiting[at_];
    if (before === undefined) {
      conversation.waiting.push(entry);
      this.#open(conversation, [entry]);
    } else {
      // What was written here needs not be opened.
      const known = before.sealed === undefined && sealed === undefined ? {} : {
        ...{ text: before.text, files: before.files },
        secret: before.secret ?? { state: /** @type {const} */ ("open") },
      };
      conversation.waiting[at_] = { ...entry, ...known };
    }
    this.changed();
    return conversation;
  }

  /**
   * The server has stored an own message.
   *
   * @param {Ack} ack
   * @param {(stream: string) => number} cursor
   */
  acknowledge({ id, seq, at, room, to }, cursor) {
    const conversation = to === undefined ? this.room(room ?? "") : this.person(to);
    const { waiting } = conversation;
    const place = waiting.findIndex((entry) => entry.id === id);
    const entry = waiting[place];
    if (entry === undefined) return;
    // Its event has passed already, before this page was there to see it.
    if (seq <= cursor(conversation.stream)) {
      waiting.splice(place, 1);
      if (seq >= (conversation.range.low ?? Infinity)) {
        this.#insert(conversation.entries, [{ ...entry, seq, at, state: "stored" }]);
      }
    } else waiting[place] = { ...entry, at, state: "stored" };
    this.changed();
  }

  /** @param {string} id */
  forget(id) {
    for (const conversation of this.conversations.values()) {
      conversation.waiting = conversation.waiting.filter((entry) => entry.id !== id);
    }
    this.changed();
  }

  /**
   * Somebody has read a conversation to its end.
   *
   * @param {Conversation} conversation
   * @returns {{stream: string, seq: number} | undefined} What to tell the server.
   */
  read(conversation) {
    if (conversation.unread > 0) {
      conversation.unread = 0;
      conversation.mentions = 0;
      conversation.firstUnread = Infinity;
      this.changed();
    }
    if (conversation.kind === "room") {
      // Of an empty room too: what comes later is new then, and not before one's time.
      const seq = conversation.entries.at(-1)?.seq ?? (conversation.range.low ?? 0) - 1;
      return seq >= 0 ? { stream: conversation.stream, seq } : undefined;
    }
    // The inbox has one position: what others wrote and nobody has read must stay behind it.
    const unread = this.list("person").map(({ firstUnread }) => firstUnread);
    const seq = Math.min(this.inboxSeq, ...unread.map((first) => first - 1));
    return seq > 0 ? { stream: this.inbox, seq } : undefined;
  }

  /** Where the conversation was left, what was new is so no more. @param {Conversation} conversation */
  leave(conversation) {
    if (conversation.unread > 0) return;
    conversation.marker = undefined;
    this.changed();
  }

  /**
   * What is known is of another log.
   *
   * @param {string} [stream] All of them without.
   */
  reset(stream) {
    for (const conversation of this.conversations.values()) {
      if (stream !== undefined && stream !== conversation.stream) continue;
      Object.assign(conversation.range, newRange());
      delete conversation.excerpt;
      conversation.entries = [];
      conversation.unread = 0;
      conversation.mentions = 0;
      conversation.firstUnread = Infinity;
      conversation.missedThrough = 0;
      conversation.marker = undefined;
      conversation.notes = [];
    }
    if (stream === undefined || stream === this.inbox) {
      this.inboxSeq = this.inboxMissedThrough = 0;
    }
    this.changed();
  }

  /** Whether there are sealed messages here. */
  get hasSealed() {
    return [...this.conversations.values()]
      .some(({ entries }) => entries.some(({ sealed }) => sealed !== undefined));
  }

  /**
   * Sealed messages that are open here and have all the words.
   *
   * @param {string} query
   * @param {string | undefined} room Only of this one.
   * @returns {(RoomMessage | PrivateMessage)[]} The newest first, 20 at most.
   */
  findOpened(query, room) {
    const words = fold(query).split(/\s+/).map((word) => word.replace(/^"|["*]+$/g, ""));
    const found = [];
    for (const { kind, title, entries } of this.conversations.values()) {
      if (room !== undefined && room !== title) continue;
      for (const { seq, id, sender, text, at, secret } of entries) {
        const folded = secret?.state === "open" && secret.fault !== "repeat" ? fold(text) : "";
        if (folded === "" || !words.every((word) => folded.includes(word))) continue;
        const common = { seq, id, text, at };
        found.push(
          kind === "room"
            ? { ...common, room: title, sender }
            : { ...common, from: sender, to: this.isMe(sender) ? title : this.me },
        );
      }
    }
    return found.sort((a, b) => b.at - a.at).slice(0, 20);
  }

  get unread() {
    return [...this.conversations.values()].reduce((sum, { unread }) => sum + unread, 0);
  }

  /**
   * Whether somebody is in a room that we see.
   *
   * @param {string} name
   */
  isPresent(name) {
    return this.list("room").some(({ joined, members }) => joined && hasName(members, name));
  }

  /**
   * What somebody says who is away; it may be nothing.
   *
   * @param {string} name
   * @returns {string | undefined} Undefined for who is not away.
   */
  awayOf(name) {
    return this.#away.get(fold(name));
  }

  /**
   * Notes whether somebody is away.
   *
   * @param {string} name
   * @param {{text?: string} | undefined} away
   */
  setAway(name, away) {
    if (away === undefined) this.#away.delete(fold(name));
    else this.#away.set(fold(name), away.text ?? "");
  }

  /** @type {(conversation: Conversation, entry: Entry) => void} */
  #settle(conversation, { sender, id }) {
    if (conversation.waiting.length === 0 || !this.isMe(sender)) return;
    conversation.waiting = conversation.waiting.filter((waiting) => waiting.id !== id);
  }

  /** @type {(conversation: Conversation, entries: readonly Entry[]) => void} */
  #open(conversation, entries) {
    for (const entry of entries) {
      if (entry.secret?.state === "waiting") this.opener(conversation, entry, false);
    }
  }

  /** @param {Conversation} conversation */
  #trim({ kind, entries, range }) {
    if (kind === "person" || entries.length < MAX_ENTRIES * 1.1) return;
    entries.splice(0, entries.length - MAX_ENTRIES);
    range.low = entries[0]?.seq;
    range.atStart = false;
  }

  /** @type {(entries: Entry[], added: readonly Entry[]) => void} */
  #insert(entries, added) {
    const last = entries.at(-1)?.seq ?? -1;
    const first = entries[0]?.seq ?? Infinity;
    if (added.every(({ seq }) => seq > last)) entries.push(...added);
    else if (added.every(({ seq }) => seq < first)) entries.unshift(...added);
    else {
      const known = new Set(entries.map(({ seq }) => seq));
      entries.push(...added.filter(({ seq }) => !known.has(seq)));
      entries.sort((a, b) => a.seq - b.seq);
    }
  }
}

/**
 * Whether names in order hold one.
 *
 * @param {readonly string[]} names
 * @param {string} name
 */
export function hasName(names, name) {
  const wanted = fold(name);
  return names.some((one) => fold(one) === wanted);
}

/**
 * Where an entry is among others in order.
 *
 * @param {readonly Entry[]} entries
 * @param {number} seq
 */
function placeOf(entries, seq) {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.seq ?? Infinity) < seq) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.seq === seq ? low : -1;
}

/**
 * Whether an event says that another one was removed; that one's own entry shows it.
 *
 * @param {RoomMessage | PrivateMessage} message
 */
function isRemoval(message) {
  return "removes" in message && message.removes !== undefined;
}

/**
 * An own sealed message that comes back as it was sent needs not be opened.
 *
 * @type {(conversation: Conversation, entry: Entry) => Entry}
 */
function asWritten({ waiting }, entry) {
  if (entry.sealed === undefined) return entry;
  const { cipher, signature } = entry.sealed;
  const written = waiting.find(({ id, sealed, secret }) =>
    id === entry.id && secret?.state === "open" && sealed?.cipher === cipher &&
    sealed.signature === signature
  );
  if (written === undefined) return entry;
  const { text, files, secret } = written;
  return { ...entry, text, files, secret };
}

/**
 * @param {RoomMessage | PrivateMessage} message
 * @returns {Entry}
 */
function entryOf(message) {
  const { seq, id, text, files = [], at, sealed } = message;
  const [sender, removed] = "room" in message
    ? [message.sender, message.removed]
    : [message.from, undefined];
  return {
    ...{ seq, id, sender, text, at, state: "stored" },
    files: sealed === undefined ? files : [],
    ...sealed !== undefined && { sealed, secret: { state: "waiting" } },
    ...removed !== undefined && { removed },
  };
}
