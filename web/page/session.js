// What the page and the server say to each other, over as many connections as it takes. Knows no sockets.

import { fold, isName } from "./names.js";
import { proofText } from "./signed_texts.js";

/** @import {Ack, ChatMessage, ChatRequest, ConnectAck, ErrorMessage, Joined, Left, LinkWanted, Notification, PrivateMessage, RoomMessage, Gap} from "../../protocol/chat.ts" */
/** @import {Keys} from "./keys.js" */
/** @import {Pending} from "./outbox.js" */

/**
 * Who connects. With `keys` a token is the name's from before it had a key, and is shown once; then it is the
 * session's own, and for uploads only.
 *
 * @typedef {object} Who
 * @property {string} name
 * @property {string} device
 * @property {Iterable<string>} rooms
 * @property {string | undefined} [token]
 * @property {Pick<Keys, "publicKey" | "sign" | "recipient" | "recipientSignature"> | undefined} [keys]
 * @property {string | undefined} [server] What a proof calls the server: `web:` and the page's origin.
 * @property {string | undefined} [password] The server's.
 * @property {{id: string, mac: string} | undefined} [link] A code of another device.
 */

/**
 * What answers a question; mostly a message of the same type.
 *
 * @typedef {{history: "history", search: "search", who: "who", rooms: "rooms", keys: "keys", link: "linking", endorse: "endorsed", revoke: "revoked", create: "created", room: "room", moderate: "moderated"}} Answers
 */

/**
 * What a session tells its owner.
 *
 * @typedef {object} SessionListener
 * @property {(ack: ConnectAck, again: boolean) => void} connected
 * @property {(joined: Joined, again: boolean) => void} joined
 * @property {(room: string, reason?: Pick<Left, "code" | "message">) => void} left With why, where it was not asked for.
 * @property {(stream: string, event: RoomMessage | PrivateMessage) => void} event
 * @property {(gap: Gap) => void} gap
 * @property {(stream?: string) => void} reset What is known of a stream, or of all, is of another log.
 * @property {(ack: Ack) => void} acked
 * @property {(error: ErrorMessage) => void} failed A message with this `id` was refused.
 * @property {(notice: Notification) => void} notice
 * @property {(wanted: LinkWanted) => void} linkWanted
 * @property {(error: ErrorMessage) => void} refused The connection ends, or did not begin, for this.
 */

/** Why a question has no answer. */
export class Unanswered extends Error {}

/** The server said no; `code` is one of protocol/error_codes.ts. */
export class Refusal extends Error {
  /** @param {ErrorMessage} error */
  constructor({ code, message }) {
    super(message);
    this.code = code;
  }
}

/** Ids are remembered at least so long, where the server does not say. */
const ID_WINDOW_MS = 86_400_000;

/**
 * A member's side of the protocol.
 *
 * - I1 Each event of a stream is told once, in rising order; a cursor moves by events and gaps, and by the
 *   word that nothing was missed.
 * - I2 What waits in the outbox is sent after the rooms are joined, in order, with the same ids.
 * - I3 `ping` is answered at once.
 * - I4 A proof goes out on the connection that its nonce came by, and on no other.
 * - I5 No message is told that names somebody as nobody can be called, which would be read as somebody else's name, or
 *   that a page of another stream brings: of one that came live a gap is told. As client/told_names.ts does.
 */
export class Session {
  /** @type {Set<string>} */
  rooms;
  isOnline = false;
  /** @type {Readonly<Record<string, number>>} */
  limits = {};
  /** @type {(request: ChatRequest) => void} */
  #send = () => {};
  /** What `connect` shows besides the key. @type {string | undefined} */
  #token;
  #log = "";
  #wasOnline = false;
  #refs = 0;
  /** @type {Map<string, number>} */
  #cursors = new Map();
  /** With the stream that is asked about. @type {Map<string, {stream?: string, resolve: (payload: any) => void, reject: (error: unknown) => void}>} */
  #asked = new Map();
  /** Rooms by the `ref` of their `join`. @type {Map<string, string>} */
  #joins = new Map();
  /** @type {Set<string>} */
  #followed = new Set();

  /**
   * @param {Who} who
   * @param {{all(): Iterable<Pending>}} outbox What is sent again after a reconnect.
   * @param {SessionListener} listener
   * @param {() => number} [now]
   */
  constructor(who, outbox, listener, now = Date.now) {
    this.who = who;
    this.#token = who.token;
    this.rooms = new Set(who.rooms);
    this.outbox = outbox;
    this.listener = listener;
    this.now = now;
  }

  /** The log that every seq counts in; empty before the first greeting. */
  get log() {
    return this.#log;
  }

  /** The stream of this name's private messages. */
  get inbox() {
    return "@" + fold(this.who.name);
  }

  /**
   * A connection is there.
   *
   * @param {(request: ChatRequest) => void} send
   */
  begin(send) {
    const { name, device, keys, password, link } = this.who;
    const seq = this.#cursors.get(this.inbox);
    this.#send = send;
    this.#followed.clear();
    this.#joins.clear();
    this.#send({
      type: "connect",
      payload: {
        protocol: 1,
        name,
        ...this.#token !== undefined && { token: this.#token },
        ...keys !== undefined && { key: keys.publicKey },
        ...link !== undefined && { link },
        ...password !== undefined && { password },
        device,
        ...this.#log !== "" && { log: this.#log },
        ...seq !== undefined && { since: { [this.inbox]: seq } },
      },
    });
  }

  /** Shows that one has the key. @param {string} nonce */
  async #prove(nonce) {
    const { name, keys, server = "" } = this.who;
    const send = this.#send;
    if (keys === undefined) return;
    const { publicKey: key, recipient, recipientSignature } = keys;
    const signature = await keys.sign(proofText({ server, nonce, name, key }));
    if (send !== this.#send) return;
    send({ type: "prove", payload: { signature, recipient, recipientSignature } });
  }

  /** The connection is gone. */
  interrupt() {
    this.isOnline = false;
    this.#send = () => {};
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const { reject } of asked) reject(new Unanswered("The connection was lost"));
  }

  /** @param {string} room */
  join(room) {
    this.rooms.add(room);
    if (!this.isOnline) return;
    const ref = this.#nextRef();
    const since = this.#cursors.get(room);
    this.#joins.set(ref, room);
    this.#send({ type: "join", payload: { room, ref, ...since !== undefined && { since } } });
  }

  /** @param {string} room */
  leave(room) {
    this.#forget(room);
    if (this.isOnline) this.#send({ type: "leave", payload: { room } });
  }

  /**
   * Sends what is in the outbox already; otherwise it goes when there is a connection.
   *
   * @param {Pending} pending
   */
  say({ id, room = "", to, text, files, sealed }) {
    if (!this.isOnline) return;
    const what = {
      ...{ id, text },
      ...files.length > 0 && { files: files.map(({ id }) => ({ id })) },
      ...sealed !== undefined && { sealed },
    };
    this.#send(
      to === undefined
        ? { type: "message", payload: { room, ...what } }
        : { type: "private", payload: { to, ...what } },
    );
  }

  /**
   * Asks something.
   *
   * @template {keyof Answers} T
   * @param {T} type
   * @param {Extract<ChatRequest, {type: T}>["payload"]} payload
   * @returns {Promise<Extract<ChatMessage, {type: Answers[T]}>["payload"]>} Fails with {@link Refusal} or {@link Unanswered}.
   */
  ask(type, payload) {
    if (!this.isOnline) return Promise.reject(new Unanswered("There is no connection"));
    const ref = this.#nextRef();
    return new Promise((resolve, reject) => {
      const stream = "stream" in payload ? { stream: payload.stream } : {};
      this.#asked.set(ref, { ...stream, resolve, reject });
      this.#send(/** @type {ChatRequest} */ ({ type, payload: { ...payload, ref } }));
    });
  }

  /** Ends every secret of this name, and this session. */
  logout() {
    if (this.isOnline) this.#send({ type: "logout", payload: {} });
  }

  /**
   * @param {string} stream
   * @param {number} seq
   */
  seen(stream, seq) {
    if (this.isOnline) this.#send({ type: "seen", payload: { stream, seq } });
  }

  /** @param {ChatMessage} message A message of the server's. */
  receive(message) {
    switch (message.type) {
      case "ping":
        return this.#send({ type: "pong", payload: message.payload });
      case "message":
        return this.#take(
          message.payload.room,
          message.payload.seq,
          () => this.#tell(message.payload.room, message.payload),
        );
      case "private":
        return this.#take(
          this.inbox,
          message.payload.seq,
          () => this.#tell(this.inbox, message.payload),
        );
      case "gap":
        return this.#take(
          message.payload.stream,
          message.payload.through,
          () => this.listener.gap(message.payload),
        );
      case "challenge":
        return void this.#prove(message.payload.nonce);
      case "link_wanted":
        return this.listener.linkWanted(message.payload);
      case "connect_ack":
        return this.#greeted(message.payload);
      case "joined":
        return this.#joined(message.payload);
      case "left":
        return this.#left(message.payload);
      case "ack":
        return this.listener.acked(message.payload);
      case "notification":
        return this.listener.notice(message.payload);
      case "error":
        return this.#refused(message.payload);
      case "history":
      case "search": {
        const { ref = "", messages } = message.payload;
        const asked = this.#asked.get(ref);
        this.#asked.delete(ref);
        const stream = asked?.stream;
        const fit = messages.filter((one) =>
          this.#isFit(one) && (stream === undefined || stream === this.#streamOf(one))
        );
        return asked?.resolve({ ...message.payload, messages: fit });
      }
      case "who":
      case "rooms":
      case "keys":
      case "linking":
      case "endorsed":
      case "revoked":
      case "created":
      case "room":
      case "moderated": {
        const { ref = "" } = message.payload;
        const asked = this.#asked.get(ref);
        this.#asked.delete(ref);
        return asked?.resolve(message.payload);
      }
    }
  }

  /**
   * The last event of a stream that came in order.
   *
   * @param {string} stream
   */
  cursor(stream) {
    return this.#cursors.get(stream) ?? 0;
  }

  /** @type {(stream: string, seq: number, tell: () => void) => void} */
  #take(stream, seq, tell) {
    if (!this.#followed.has(stream) || seq <= this.cursor(stream)) return;
    this.#cursors.set(stream, seq);
    tell();
  }

  /** @type {(stream: string, message: RoomMessage | PrivateMessage) => void} */
  #tell(stream, message) {
    const { seq } = message;
    if (this.#isFit(message) && this.#streamOf(message) === stream) {
      this.listener.event(stream, message);
    } else this.listener.gap({ stream, after: Math.max(0, seq - 1), through: seq });
  }

  /** @param {RoomMessage | PrivateMessage} message */
  #streamOf(message) {
    return "room" in message ? message.room : this.inbox;
  }

  /** @param {RoomMessage | PrivateMessage} message */
  #isFit(message) {
    // A field that a message of its kind does not have would be taken for the other kind further on.
    if ("room" in message === "from" in message) return false;
    if ("room" in message) return isName(message.sender) && isName(message.removed?.by ?? "x");
    const { from, to } = message;
    const me = fold(this.who.name);
    return isName(from) && isName(to) && (fold(from) === me || fold(to) === me);
  }

  /** @param {ConnectAck} ack */
  #greeted(ack) {
    const { name, token, log, limits, inbox } = ack;
    const again = this.#wasOnline;
    const { keys } = this.who;
    this.who = { ...this.who, name, token, link: undefined };
    // Whoever has proven a key gets a token for each session, and needs none to connect.
    this.#token = keys === undefined ? token : undefined;
    this.limits = limits;
    if (this.#log !== "" && this.#log !== log) {
      this.#cursors.clear();
      this.listener.reset();
    }
    this.#log = log;
    this.isOnline = true;
    this.#wasOnline = true;
    this.#follow(this.inbox, inbox);
    this.listener.connected(ack, again);
    for (const room of this.rooms) this.join(room);
    const oldest = this.now() - (limits.idWindowMs ?? ID_WINDOW_MS);
    for (const pending of [...this.outbox.all()]) {
      if (pending.error !== undefined) continue;
      if (pending.at > oldest) this.say(pending);
      else this.listener.failed({ code: "too_old", message: TOO_OLD, id: pending.id });
    }
  }

  /** @param {Joined} joined */
  #joined(joined) {
    const { room, ref = "" } = joined;
    const asked = this.#joins.get(ref);
    this.#joins.delete(ref);
    // Left again before the answer came.
    if (asked !== undefined && !this.rooms.has(asked)) return;
    const again = this.#cursors.has(room);
    if (asked !== undefined && asked !== room) {
      this.rooms.delete(asked);
      this.rooms.add(room);
    }
    if (!this.#followed.has(room)) this.#follow(room, joined);
    this.listener.joined(joined, again);
  }

  /** @type {(stream: string, position: {seq: number, missed: number}) => void} */
  #follow(stream, { seq, missed }) {
    this.#followed.add(stream);
    // A stream that ends before the cursor is not the stream that the cursor was in.
    if (this.cursor(stream) > seq) {
      this.#cursors.delete(stream);
      this.listener.reset(stream);
    }
    if (missed === 0) this.#cursors.set(stream, seq);
  }

  /** @param {ErrorMessage} error */
  #refused(error) {
    const { ref = "", id } = error;
    const asked = this.#asked.get(ref);
    const room = this.#joins.get(ref);
    this.#asked.delete(ref);
    this.#joins.delete(ref);
    if (asked !== undefined) return asked.reject(new Refusal(error));
    if (room !== undefined) {
      this.#forget(room);
      return this.listener.left(room, error);
    }
    if (id !== undefined) return this.listener.failed(error);
    this.listener.refused(error);
  }

  /** @param {Left} left */
  #left(left) {
    const { room, ref, code } = left;
    // What somebody else made us leave is not joined again.
    if (ref === undefined && code !== undefined) this.#forget(room);
    this.listener.left(room, code === undefined ? undefined : left);
  }

  /** @param {string} room */
  #forget(room) {
    this.rooms.delete(room);
    this.#followed.delete(room);
    this.#cursors.delete(room);
  }

  #nextRef() {
    return String(++this.#refs);
  }
}

const TOO_OLD = "It is older than the server remembers, so it might be stored twice.";
