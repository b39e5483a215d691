// The chat of one name: joins what the server says, what is known, and what is shown.

import { notify, updateTitle } from "./attention.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId } from "./dom.js";
import { mentions } from "./format.js";
import { GuardView } from "./guard.js";
import { History } from "./history.js";
import { countOf } from "./moments.js";
import { fold } from "./names.js";
import { Notice } from "./notice.js";
import { Outbox } from "./outbox.js";
import { Saying } from "./saying.js";
import { Session } from "./session.js";
import { setPresence, Sidebar, subtitleOf } from "./sidebar.js";
import { Store } from "./store.js";
import { Timeline } from "./timeline.js";
import { randomHex } from "./ulid.js";

/** @import {ErrorMessage, LinkWanted, Notification as Told, PrivateMessage, RoomMessage} from "../../protocol/chat.ts" */
/** @import {Identity} from "./identity.js" */
/** @import {Keys} from "./keys.js" */
/** @import {SealedTalk} from "./sealed_talk.js" */
/** @import {Conversation, Entry} from "./store.js" */
/** @import {Upload} from "./uploads.js" */

/** What is asked for on the first page: another name, a password, a code. */
const TURNED_AWAY = [
  ...["name_taken", "invalid_name", "password_needed", "wrong_password", "key_needed"],
  ...["key_not_allowed", "unknown_link", "link_refused", "too_many_keys", "logged_out"],
  "key_revoked",
];
/** What trying again does not mend. */
const FINAL = ["replaced", "too_many_sessions", "unsupported_protocol", "wrong_proof"];
/** Kinds of notifications that say whether somebody is away. */
const AWAY_KINDS = ["join", "away", "back"];

/** Kinds of notifications about a room that are told as a line in it. */
const MODERATION = ["topic", "kick", "ban", "mute", "unmute", "op", "deop", "private", "public"];
const RESTARTING = "The server is restarting.";
const SEEN_PAUSE_MS = 800;
const MEMBERS_PAUSE_MS = 1_000;
const MAX_MEMBERS = 2_000;
const GONE = "Some messages are gone: the server keeps them no longer.";

/**
 * Who enters: with keys, or why there are none.
 *
 * @typedef {{name: string, keys: Keys | undefined, lacking: string, password?: string | undefined, link?: {id: string, mac: string} | undefined}} Entrant
 */

/** From the first connection until the page is left. */
export class Chat {
  #render = () => {
    this.#isDirty = false;
    this.#update();
  };
  #isDirty = false;
  #isLeaving = false;
  /** What the server has been told to be read. @type {Map<string, number>} */
  #seen = new Map();
  /** @type {Map<string, number>} */
  #unsaid = new Map();
  #hasInbox = false;
  #missed = 0;
  /** A room that is opened when it is joined. */
  #wanted = sessionStorage.getItem("parley.open") ?? "lobby";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #membersTimer;
  /** What is done with a device that shows a code of ours. @type {(wanted: LinkWanted) => void} */
  linkWanted = () => {};

  /**
   * @param {Entrant} entrant
   * @param {Identity} identity
   * @param {(error: ErrorMessage) => void} turnedAway One is not let in as this.
   */
  constructor({ name, keys, lacking, password, link }, identity, turnedAway) {
    this.identity = identity;
    this.keys = keys;
    /** Why there are no keys. */
    this.lacking = lacking;
    this.turnedAway = turnedAway;
    this.store = new Store(name, () => this.#changed());
    this.outbox = new Outbox(localStorage, fold(name));
    const who = {
      ...{ name, keys, password, link, device: `page-${randomHex(8)}` },
      ...{ rooms: identity.rooms(name), server: `web:${location.origin}` },
      token: keys === undefined ? identity.token(name) : identity.oldToken(name),
    };
    this.session = new Session(who, this.outbox, this.#listener());
    this.history = new History(this.session, this.store);
    /** @type {Promise<SealedTalk> | undefined} */
    this.talk = keys && this.#beginSealed(keys);
    this.talk?.catch(() => this.notice.tell("Encryption could not be loaded: load the page anew."));
    const { talk } = this;
    const parts = { store: this.store, outbox: this.outbox, session: this.session, talk };
    this.saying = new Saying(parts);
    this.timeline = new Timeline(byId("log"), {
      ...{ store: this.store, history: this.history, moved: () => this.#moved() },
      retry: (id) => this.saying.retry(id),
      discard: (id) => this.#discard(id),
      act: (entry) => this.#act(entry),
      talk,
    });
    this.guard = new GuardView({ chat: this, talk });
    this.composer = new Composer({
      say: (conversation, text, uploads) => this.#say(conversation, text, uploads),
      seal: async (conversation) => (await talk)?.sealing(conversation),
      who: () => ({ name: this.session.who.name, token: this.session.who.token ?? "" }),
    });
    const open = (/** @type {Conversation} */ one) => this.open(one);
    this.sidebar = new Sidebar(this.store, { open, act: (name) => this.#actOn(name) });
    const { store, session } = this;
    const dialogs = this.#loadDialogs(open);
    this.find = async () => (await dialogs).find();
    this.search = async () => (await dialogs).search();
    for (const room of who.rooms) store.room(room);
    store.opener = (conversation, entry, isNew) => {
      talk?.then((talk) => talk.take(conversation, entry, isNew));
    };
    for (const pending of this.outbox.all()) store.await(pending);
    const url = new URL("/ws", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.connection = new Connection(url.href, session, () => this.#connectionChanged());
    this.notice = new Notice(this.connection, session);
    this.notice.update();
    this.open(store.conversations.get(this.#wanted) ?? store.list("room")[0]);
  }

  /** @param {Conversation | undefined} conversation */
  open(conversation) {
    const { store } = this;
    if (store.current !== undefined && store.current !== conversation) store.leave(store.current);
    store.current = conversation;
    if (conversation !== undefined) sessionStorage.setItem("parley.open", conversation.key);
    this.composer.open(conversation);
    this.look(conversation);
    this.timeline.open(conversation);
    this.#update();
    this.#readMembers();
    byId("app").dispatchEvent(new Event("opened"));
  }

  /** @param {string} room */
  join(room) {
    this.#wanted = room;
    this.session.join(room);
    this.open(this.store.room(room));
  }

  /** Looks how a conversation is guarded. @param {Conversation | undefined} conversation */
  look(conversation) {
    if (conversation !== undefined) this.talk?.then((talk) => talk.look(conversation));
  }

  /** They are there before anybody can ask for them; and the page begins without them. @param {(conversation: Conversation) => void} open */
  async #loadDialogs(open) {
    const { finder, searcher } = await import("./dialogs.js");
    const { store, session } = this;
    const makeSecret = this.keys && ((/** @type {string} */ room) => this.#makeSecret(room));
    return {
      find: finder({ store, session, open, join: (room) => this.join(room), makeSecret }),
      search: searcher({ store, session, goTo: (message) => this.#goTo(message) }),
    };
  }

  /** @param {string} room */
  async #makeSecret(room) {
    const { newSecretPanel } = await import("./secret_panel.js");
    const talk = await this.talk;
    if (talk !== undefined) newSecretPanel(this, talk, room);
  }

  /** @param {Keys} keys */
  async #beginSealed(keys) {
    const { SealedTalk } = await import("./sealed_talk.js");
    const { session, store } = this;
    return new SealedTalk({
      ...{ keys, database: keys.database, session, store },
      told: (conversation, entry) => this.#tell(conversation, entry),
      alarm: (text) => this.notice.tell(text),
    });
  }

  leave() {
    const { current } = this.store;
    if (current?.kind !== "room") return;
    this.session.leave(current.title);
    this.#drop(current);
  }

  /** Ends every secret of this name, then this session. */
  signOut() {
    this.#isLeaving = true;
    this.session.logout();
  }

  /** Opens the conversation above or below. @param {1 | -1} step */
  step(step) {
    const next = this.sidebar.neighbour(step);
    if (next !== undefined) this.open(next);
  }

  /** Somebody looks at the page again, or not any more. @param {string} event */
  looked(event) {
    this.#render();
    if (document.hidden || event === "pagehide") this.#tellSeen();
  }

  #connectionChanged() {
    this.notice?.update();
    if (!this.#isLeaving || this.session.isOnline) return;
    this.#isLeaving = false;
    this.connection.stop();
    this.turnedAway({ code: "signed_out", message: "" });
  }

  /** @returns {import("./session.js").SessionListener} */
  #listener() {
    const { store } = this;
    return {
      connected: (ack, again) => {
        const { name, token, limits, inbox } = ack;
        if (this.keys === undefined) this.identity.keepToken(name, token);
        else this.identity.forgetToken(name);
        this.identity.enter(name);
        store.me = name;
        this.composer.limit(limits);
        this.notice.reason = "";
        this.#seen.clear();
        this.#missed = again ? inbox.missed : 0;
        if (inbox.missed > 0) store.inboxMissedThrough = inbox.seq;
        else store.inboxSeq = inbox.seq;
        store.begin(store.inboxRange, inbox);
        this.#readInbox();
      },
      joined: (joined, again) => {
        const { room, count, missed, complete, topic, secret, role, isPrivate = false } = joined;
        const conversation = store.room(room);
        Object.assign(conversation, { topic, secret, role, isPrivate });
        this.look(conversation);
        conversation.joined = true;
        conversation.count = count;
        if (!complete && again) store.note(conversation, GONE);
        if (missed > 0) store.miss(conversation, joined);
        store.begin(conversation.range, joined);
        this.#missed += again ? missed : 0;
        if (this.#missed > 0) this.notice.tell(`You missed ${countOf(this.#missed)}`);
        this.identity.keepRooms(store.me, this.session.rooms);
        if (store.current === undefined || this.#wanted === room && store.current.key !== room) {
          this.open(conversation);
        } else if (store.current === conversation) this.#readMembers();
        this.#wanted = "";
      },
      left: (room, error) => {
        const conversation = store.conversations.get(room);
        if (conversation !== undefined) this.#drop(conversation);
        if (error !== undefined) this.notice.tell(error.message ?? `You left ${room}.`);
      },
      event: (_stream, message) => this.#receive(message),
      gap: ({ stream, through }) => {
        const conversation = stream === this.session.inbox ? store.current : store.room(stream);
        const range = stream === this.session.inbox ? store.inboxRange : conversation?.range;
        if (range !== undefined) range.low ??= through + 1;
        if (conversation?.stream === stream) store.note(conversation, GONE);
      },
      reset: (stream) => {
        store.reset(stream);
        if (stream === undefined) this.talk?.then((talk) => talk.renumber());
      },
      acked: (ack) => {
        this.outbox.remove(ack.id);
        store.acknowledge(ack, (stream) => this.session.cursor(stream));
      },
      failed: ({ id = "", message }) => {
        const pending = this.outbox.get(id);
        if (pending === undefined) return this.notice.tell(message);
        this.outbox.put({ ...pending, error: message });
        store.await({ ...pending, error: message });
      },
      notice: (told) => this.#notice(told),
      linkWanted: (wanted) => this.linkWanted(wanted),
      refused: (error) => this.#refused(error),
    };
  }

  /** @param {RoomMessage | PrivateMessage} message */
  #receive(message) {
    const { store } = this;
    const isSeen = store.conversationOf(message) === store.current && this.#isLooking();
    if ("removes" in message && message.removes !== undefined) {
      return store.remove({ ...message, removes: message.removes });
    }
    const { conversation, entry, isNew } = store.receive(message, isSeen);
    if (conversation.kind === "person") this.#readInbox();
    if (isNew && entry.sealed === undefined) this.#tell(conversation, entry);
  }

  /** Somebody said something just now. @type {(conversation: Conversation, entry: Entry) => void} */
  #tell(conversation, entry) {
    if (this.store.isMe(entry.sender) || entry.secret?.fault === "repeat") return;
    const isLoud = conversation.kind === "person" || mentions(entry.text, this.store.me);
    notify(conversation, entry, isLoud, () => this.open(conversation));
  }

  /** @param {string} name */
  async #actOn(name) {
    const { current } = this.store;
    const { memberMenu } = await import("./moderation_panel.js");
    if (current !== undefined) memberMenu(this, current, name);
  }

  /** @param {Entry} entry */
  async #act(entry) {
    const { current } = this.store;
    const { messageMenu } = await import("./moderation_panel.js");
    if (current !== undefined) messageMenu(this, current, entry);
  }

  /** @param {Told} told */
  #notice({ kind, room, name, away, count, topic, message }) {
    if (kind === "shutdown") this.notice.reason = RESTARTING;
    if (kind === "invite") this.notice.tell(message);
    const conversation = room === undefined ? undefined : this.store.conversations.get(room);
    if (conversation === undefined) return;
    conversation.count = count ?? conversation.count;
    if (kind === "topic") conversation.topic = topic ?? "";
    if (MODERATION.includes(kind)) this.#moderated(conversation, kind, name, message);
    const isPresence = kind === "join" || kind === "leave";
    if (AWAY_KINDS.includes(kind) && name !== undefined) {
      // Who comes may be away already.
      this.store.setAway(name, away);
      if (!isPresence) return this.#changed();
    }
    // The last session of a name leaves; others of it may be left.
    if (isPresence && name !== undefined) setPresence(conversation, name, kind === "join");
    else this.#readMembersSoon();
    this.#changed();
  }

  /** @type {(conversation: Conversation, kind: string, name: string | undefined, message: string) => void} */
  #moderated(conversation, kind, name, message) {
    if (message !== "") this.store.note(conversation, message);
    if (kind === "private" || kind === "public") conversation.isPrivate = kind === "private";
    if (name === undefined || !this.store.isMe(name)) return;
    if (conversation !== this.store.current) this.notice.tell(message);
    if (kind === "op") conversation.role ??= "operator";
    else if (kind === "deop" && conversation.role === "operator") delete conversation.role;
  }

  /** @param {ErrorMessage} error */
  #refused(error) {
    const { code, message } = error;
    if (TURNED_AWAY.includes(code)) {
      this.connection.stop();
      return this.turnedAway(error);
    }
    if (FINAL.includes(code)) {
      this.notice.reason = code === "replaced" ? "This page was opened elsewhere." : message;
      return this.connection.stop();
    }
    this.notice.reason = code === "shutdown" ? RESTARTING : message;
    if (this.session.isOnline) this.notice.tell(message);
  }

  /** @type {(conversation: Conversation, text: string, uploads: Upload[]) => void} */
  #say(conversation, text, uploads) {
    this.saying.say(conversation, text, uploads);
    this.#render();
    if (conversation === this.store.current) this.timeline.toEnd();
  }

  /** @param {string} id */
  #discard(id) {
    this.saying.discard(id);
    this.composer.focus();
  }

  /** @param {RoomMessage | PrivateMessage} message */
  async #goTo(message) {
    const conversation = this.store.conversationOf(message);
    this.open(conversation);
    try {
      await this.history.around(conversation, message.seq);
      this.#render();
      this.timeline.goTo(message.seq);
    } catch {
      this.notice.tell("That message cannot be shown now.");
    }
  }

  /** @param {Conversation} conversation */
  #drop(conversation) {
    const { store } = this;
    store.conversations.delete(conversation.key);
    this.identity.keepRooms(store.me, this.session.rooms);
    if (store.current === conversation) this.open(store.list("room")[0] ?? store.list("person")[0]);
    this.#changed();
  }

  /** The people of the inbox, once it is known where it begins. */
  #readInbox() {
    const { inboxRange: range, inbox: stream } = this.store;
    if (this.#hasInbox || range.low === undefined) return;
    this.#hasInbox = true;
    this.history.older({ stream, range, kind: "person", joined: true }, 200);
  }

  #readMembersSoon() {
    this.#membersTimer ??= setTimeout(() => {
      this.#membersTimer = undefined;
      this.#readMembers();
    }, MEMBERS_PAUSE_MS);
  }

  async #readMembers() {
    const { current } = this.store;
    if (current?.kind !== "room" || !current.joined) return;
    /** @type {string[]} */
    const names = [];
    try {
      for (let more = true; more && names.length < MAX_MEMBERS;) {
        const after = names.at(-1);
        const page = await this.session.ask("who", {
          ...{ room: current.title, limit: 1_000, details: true },
          ...after !== undefined && { after },
        });
        names.push(...page.members);
        for (const { name, away } of page.people ?? []) this.store.setAway(name, away);
        more = page.more && page.members.length > 0;
      }
    } catch {
      // The connection was lost; they are asked for again when the room is joined again.
      return;
    }
    current.members = names.sort((a, b) => a.localeCompare(b));
    this.#changed();
  }

  #changed() {
    if (this.#isDirty) return;
    this.#isDirty = true;
    // No animation frame: pages that are hidden have none, and their title tells what is new.
    setTimeout(this.#render, 16);
  }

  #update() {
    const { store, session } = this;
    const { current } = store;
    this.sidebar.update();
    updateTitle(store);
    byId("title").textContent = current?.title ?? "No conversation";
    byId("app").dataset.kind = current?.kind ?? "none";
    byId("subtitle").textContent = subtitleOf(store);
    this.guard.update(current);
    byId("me").textContent = store.me;
    byId("status").textContent = session.isOnline ? "Online" : "Offline";
    byId("log").setAttribute("aria-label", `Messages in ${current?.title ?? "no conversation"}`);
    this.timeline.update();
    this.#moved();
  }

  #isLooking() {
    const { current } = this.store;
    return !document.hidden && document.hasFocus() && this.timeline.isAtEnd &&
      current?.excerpt === undefined;
  }

  /** Where one looks has changed, or what is there. */
  #moved() {
    const { current } = this.store;
    const jump = byId("jump");
    const unread = current?.unread ?? 0;
    jump.hidden = this.timeline.isAtEnd || current === undefined;
    const label = unread > 0 ? countOf(unread, "new message") : "Newest messages";
    if (jump.textContent !== label) jump.textContent = label;
    if (current === undefined || !this.#isLooking()) return;
    const read = this.store.read(current);
    if (read === undefined || read.seq <= (this.#seen.get(read.stream) ?? -1)) return;
    if (!this.session.isOnline || current.kind === "room" && !current.joined) return;
    if (this.#unsaid.size === 0) setTimeout(() => this.#tellSeen(), SEEN_PAUSE_MS);
    this.#unsaid.set(read.stream, read.seq);
    this.#seen.set(read.stream, read.seq);
  }

  #tellSeen() {
    for (const [stream, seq] of this.#unsaid) this.session.seen(stream, seq);
    this.#unsaid.clear();
  }
}
