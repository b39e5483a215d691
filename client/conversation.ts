import { ProtocolError } from "../codec/errors.ts";
import type {
  Away,
  Challenge,
  ChatMessage,
  ChatRequest,
  ErrorMessage,
  LinkWanted,
  Notification,
} from "../protocol/chat.ts";
import { ERROR_CODES, isFatal } from "../protocol/error_codes.ts";
import { fold, inboxStream, isName } from "../protocol/names.ts";
import { Cursors, type StreamPosition } from "./cursors.ts";
import { DisconnectedError } from "./disconnected.ts";
import type { ChatEvent } from "./events.ts";
import type { ChatClientSettings } from "./options.ts";
import { KeyHolder } from "./key_holder.ts";
import { Outstanding } from "./outstanding.ts";
import { isMisnamed, refusalOf } from "./told_names.ts";

/** What a {@link Conversation} tells the client that it belongs to. */
export interface ConversationListener {
  /** Something happened that the application is to see. */
  event(event: ChatEvent): void;
  /** The rooms are joined, and what waited has been sent. */
  online(): void;
  /** Another device asks to be taken in. */
  linkWanted(wanted: LinkWanted): void;
}

/** A connection, as far as the conversation on it needs it. */
export interface Channel {
  /** Sends a request. */
  readonly send: (request: ChatRequest) => void;
  /** Ends the connection. */
  readonly fail: (error: unknown) => void;
  /** Whom the connection shows the server to be, for a proof. */
  readonly server: string | undefined;
}

const NO_CHANNEL: Channel = { send: () => {}, fail: () => {}, server: undefined };

/** How far the conversation is on its present connection. */
export type Phase = "offline" | "greeting" | "joining" | "online";

/** What ids are remembered for, where the server does not say. */
const DEFAULT_ID_WINDOW_MS = 86_400_000;

/**
 * What a chat client and its server say to each other, over as many connections as it takes: who one
 * is, in which rooms, how far in each, and what has no answer yet. Knows no sockets and no time.
 *
 * ```
 *            begin             connect_ack            every `joined`
 * offline ----------> greeting ------------> joining ---------------> online
 *    ^                    |                      |                       |
 *    +--------------------+------ interrupt -----+-----------------------+
 * ```
 *
 * - I1 The application sees each event of a stream at most once, in rising order, and of no stream
 *   but its rooms and its own inbox. Of one that names somebody as nobody can be called it sees a `gap`.
 * - I2 Requests without an answer are sent again on the next connection, after the rooms are joined,
 *   in the order in which they were asked, messages with the same ids.
 * - I3 A message is not sent again when its id is older than the server remembers ids.
 * - I4 Where the server's log is another one, rooms are read from its beginning and `complete` is
 *   false.
 * - I5 Who said to be away says it again on each connection; what another device said later stands.
 */
export class Conversation {
  /** What waits for its answer. */
  readonly outstanding: Outstanding = new Outstanding();
  /** The error that ended, or may end, the present connection. */
  refusal: ProtocolError | undefined;
  /** The name as the server has it registered, once it has said so; before, as it was asked for. */
  name: string;
  /** The name's secret, once the server has said that it is. */
  token: string | undefined;
  /** That the name is away, as the server told it last; undefined where it is here. */
  away: Away | undefined;
  /**
   * What the secret of a new name is to be. We choose it, so that a connection which breaks before the
   * server's answer leaves no name behind that nobody can use.
   */
  readonly #proposedToken = crypto.getRandomValues(new Uint8Array(32)).toHex();

  readonly #settings: ChatClientSettings;
  readonly #listener: ConversationListener;
  readonly #keyHolder: KeyHolder | undefined;
  readonly #cursors: Cursors;
  readonly #inbox: string;
  /** Rooms to be in on every connection. */
  readonly #rooms: Set<string>;
  /** Rooms by the `ref` of the `join` that was sent on this connection. */
  #joins = new Map<string, string>();
  /** Joins that this connection began with and that have no answer. */
  #rejoins = new Set<string>();
  #followed = new Set<string>();
  #phase: Phase = "offline";
  #wasOnline = false;
  /** Streams whose cursors were of another log, until they are followed in this one. */
  #voided = new Set<string>();
  #limits: Readonly<Record<string, number>> = {};
  #progress = 0;
  #refs = 0;
  #channel: Channel = NO_CHANNEL;

  /**
   * Begins offline.
   *
   * @param settings Who one is, where, since when.
   * @param listener Told what happens.
   */
  constructor(settings: ChatClientSettings, listener: ConversationListener) {
    this.#settings = settings;
    this.#listener = listener;
    const { key } = settings;
    this.#keyHolder = key && new KeyHolder({ ...settings, key });
    this.#cursors = new Cursors(settings.log, settings.since);
    this.#inbox = inboxStream(settings.name);
    this.#rooms = new Set(settings.rooms);
    this.name = settings.name;
    this.token = settings.token;
  }

  /** How far it is on the present connection. */
  get phase(): Phase {
    return this.#phase;
  }

  /** Whether it has been online, on any connection. */
  get wasOnline(): boolean {
    return this.#wasOnline;
  }

  /** Rises with each event, and each answer of the greeting and the first joins. */
  get progress(): number {
    return this.#progress;
  }

  /** The limits that the server told last. */
  get limits(): Readonly<Record<string, number>> {
    return this.#limits;
  }

  /** Whether a stream is followed on this connection: a room that one is in, or the own inbox. */
  isFollowing(stream: string): boolean {
    return this.#followed.has(stream);
  }

  /** A `ref` that no other request has. */
  nextRef(): string {
    return String(++this.#refs);
  }

  /** Makes what `connect` shows and takes time to make. Before {@link begin}. */
  async prepare(): Promise<void> {
    await this.#keyHolder?.prepare();
  }

  /** Begins on a new connection. */
  begin(channel: Channel): void {
    const { name, device, password } = this.#settings;
    const inboxSeq = this.#cursors.get(this.#inbox);
    const { log } = this.#cursors;
    this.#channel = channel;
    this.#phase = "greeting";
    this.refusal = undefined;
    this.#joins = new Map();
    this.#rejoins = new Set();
    this.#followed = new Set();
    this.#send({
      type: "connect",
      payload: {
        protocol: 1,
        name,
        device,
        ...(this.#keyHolder?.begin(this.#wasOnline) ??
          { token: this.token ?? this.#proposedToken }),
        ...(password === undefined ? {} : { password }),
        ...(log === undefined ? {} : { log }),
        ...(inboxSeq === undefined ? {} : { since: { [this.#inbox]: inboxSeq } }),
      },
    });
  }

  /** The connection is gone. */
  interrupt(): void {
    this.#phase = "offline";
    this.#channel = NO_CHANNEL;
    this.outstanding.failFleeting(new DisconnectedError("The connection was lost"));
  }

  /** Asks, now or when there is a connection again. */
  ask(request: Parameters<Outstanding["add"]>[0]): void {
    if (request.isFleeting && this.#phase !== "online") {
      return request.reject(new DisconnectedError("There is no connection"));
    }
    this.outstanding.add(request);
    if (this.#phase === "online") this.#send(request.request());
  }

  /** Says something that has no answer; lost where there is no connection. */
  tell(request: ChatRequest): void {
    if (this.#phase === "online") this.#send(request);
  }

  /** The `join` of a room, as it is to be sent now. */
  joinRequest(room: string, ref: string): ChatRequest {
    const since = this.#cursors.get(room);
    this.#joins.set(ref, room);
    return { type: "join", payload: { room, ref, ...(since === undefined ? {} : { since }) } };
  }

  /**
   * Takes a message of the server's.
   *
   * @throws {ProtocolError} A fatal `error`, or one before `connect_ack`; or the server broke the
   * protocol.
   */
  receive(message: ChatMessage): void {
    // What came before was not the connection's last word.
    this.refusal = undefined;
    const { onMessage } = this.#settings;
    switch (message.type) {
      case "message":
        return this.#receiveMessage(message.payload.room, message);
      case "private":
        return this.#receiveMessage(this.#inbox, message);
      case "gap":
        return this.#receiveEvent(message.payload.stream, message.payload.through, message);
      case "connect_ack":
        onMessage(message);
        return this.#receiveGreeting(message);
      case "joined":
        onMessage(message);
        return this.#receiveJoined(message);
      case "left":
        onMessage(message);
        return this.#receiveLeft(message);
      case "error":
        onMessage(message);
        return this.#receiveError(message.payload);
      case "notification":
        // It was live only: nobody misses it.
        if (isMisnamed(message.payload)) return;
        onMessage(message);
        this.#noteAway(message.payload);
        return this.#listener.event(message);
      case "ack":
        onMessage(message);
        return this.outstanding.settle(message.payload.id, message);
      case "away":
        onMessage(message);
        this.away = message.payload.away;
        return this.outstanding.settle(message.payload.ref, message);
      case "pong":
      case "history":
      case "search":
      case "who":
      case "rooms":
      case "created":
      case "room":
      case "moderated":
        onMessage(message);
        return this.outstanding.settle(message.payload.ref, message);
      case "keys":
      case "linking":
      case "endorsed":
      case "revoked":
      case "token":
        onMessage(message);
        return this.outstanding.settle(message.payload.ref, message);
      case "challenge":
        onMessage(message);
        return this.#receiveChallenge(message);
      case "link_wanted":
        onMessage(message);
        return this.#listener.linkWanted(message.payload);
      case "ping":
        return;
      default:
        message satisfies never;
    }
  }

  #receiveMessage(
    stream: string,
    message: Extract<ChatMessage, { type: "message" | "private" }>,
  ): void {
    const { type, payload } = message;
    const isOfType = (type === "message") === "room" in payload;
    const refused = isOfType ? refusalOf(payload, this.name) : "it is of another kind";
    const { seq } = payload;
    if (refused === undefined) return this.#receiveEvent(stream, seq, message);
    if (!this.#accept(stream, seq)) return;
    this.#listener.event({
      type: "gap",
      payload: { stream, after: Math.max(0, seq - 1), through: seq, refused },
    });
  }

  #receiveEvent(stream: string, seq: number, event: ChatEvent & ChatMessage): void {
    if (!this.#accept(stream, seq)) return;
    this.#settings.onMessage(event);
    this.#listener.event(event);
  }

  /** Whether an event is one that the application has not seen, and is to. */
  #accept(stream: string, seq: number): boolean {
    if (!this.#followed.has(stream) || !this.#cursors.accept(stream, seq)) return false;
    this.#progress++;
    return true;
  }

  #receiveChallenge(message: { readonly type: "challenge"; readonly payload: Challenge }): void {
    const holder = this.#keyHolder;
    if (holder === undefined) throw unexpected(message, "no key was named");
    if (this.#phase !== "greeting") throw unexpected(message, "`connect` was answered before");
    this.#progress++;
    const channel = this.#channel;
    // The signature belongs to this connection: on another one there is nothing to send it with.
    holder.answer(message.payload.nonce, channel.server).then(channel.send, channel.fail);
  }

  #receiveGreeting(message: Extract<ChatMessage, { type: "connect_ack" }>): void {
    if (this.#phase !== "greeting") throw unexpected(message, "`connect` was answered before");
    const { name, message: text, log, token, limits, inbox, away } = message.payload;
    if (!isName(name) || fold(name) !== fold(this.name)) {
      throw unexpected(message, "it is for another name");
    }
    if (this.#keyHolder?.answered === false) throw unexpected(message, "the key was not asked for");
    this.name = name;
    this.token = token;
    this.#limits = limits;
    this.away = away ?? this.away;
    for (const stream of this.#cursors.enter(log)) this.#voided.add(stream);
    const complete = this.#follow(this.#inbox, inbox);
    const again = this.#wasOnline;
    this.#listener.event({
      type: "connected",
      payload: { ...inbox, name, message: text, log, again, complete },
    });
    this.#phase = "joining";
    for (const room of this.#rooms) {
      const ref = this.nextRef();
      this.#rejoins.add(ref);
      this.#send(this.joinRequest(room, ref));
    }
    this.#goOnline();
  }

  #receiveJoined(message: Extract<ChatMessage, { type: "joined" }>): void {
    const { payload } = message;
    const { room, ref = "" } = payload;
    if (this.#joins.get(ref) !== room) throw unexpected(message, "it was not asked for");
    this.#joins.delete(ref);
    this.#rejoins.delete(ref);
    this.#rooms.add(room);
    const complete = this.#follow(room, payload);
    this.#listener.event({ type: "joined", payload: { ...payload, complete } });
    this.outstanding.settle(ref, message);
    this.#goOnline();
  }

  /** Follows a stream from here on. Answers whether nothing that was missed is gone for good. */
  #follow(stream: string, position: StreamPosition & { readonly complete: boolean }): boolean {
    // What is followed already has events under way that are older than the answer.
    if (!this.#followed.has(stream)) this.#cursors.follow(stream, position);
    this.#followed.add(stream);
    return !this.#voided.delete(stream) && position.complete;
  }

  #receiveLeft(message: Extract<ChatMessage, { type: "left" }>): void {
    const { room, ref, code, message: text = "" } = message.payload;
    if (this.#rooms.has(room)) {
      this.#leave(room);
      const why = code === undefined ? {} : { error: { code, message: text } };
      this.#listener.event({ type: "left", payload: { room, ...why } });
    }
    this.outstanding.settle(ref, message);
  }

  #receiveError(payload: ErrorMessage): void {
    const { code, ref = "", id } = payload;
    const error = new ProtocolError(code, payload.message, { details: { ...payload } });
    if (isFatal(code)) this.refusal = error;
    const isAnswer = this.outstanding.fail(id ?? ref, error);
    const room = this.#joins.get(ref);
    this.#joins.delete(ref);
    if (this.#rejoins.delete(ref) && room !== undefined) {
      // The first rooms are part of what `connect` was asked for.
      if (!this.#wasOnline) this.#refuse(error);
      this.#leave(room);
      this.#listener.event({ type: "left", payload: { room, error: payload } });
      return this.#goOnline();
    }
    // A code that is not known here may be fatal: the end of the connection will tell.
    if (this.#phase === "greeting" || isFatal(code) && Object.hasOwn(ERROR_CODES, code)) {
      this.#refuse(error);
    }
    if (!isAnswer) this.#listener.event({ type: "error", payload });
  }

  #send(request: ChatRequest): void {
    this.#channel.send(request);
  }

  #refuse(error: ProtocolError): never {
    this.refusal = error;
    throw error;
  }

  #leave(room: string): void {
    this.#rooms.delete(room);
    this.#followed.delete(room);
    this.#cursors.forget(room);
  }

  #goOnline(): void {
    this.#progress++;
    if (this.#phase !== "joining" || this.#rejoins.size > 0) return;
    this.#phase = "online";
    this.#wasOnline = true;
    this.#sayAwayAgain();
    this.#sendAgain();
    this.#listener.online();
  }

  /** Another device of the same name says that it is away, or back: of no room in particular. */
  #noteAway({ room, kind, name = "", away }: Notification): void {
    if (room !== undefined || fold(name) !== fold(this.name)) return;
    if (kind === "away") this.away = away;
    else if (kind === "back") this.away = undefined;
  }

  #sayAwayAgain(): void {
    const isAskedAnew = [...this.outstanding.requests].some(({ answer }) => answer === "away");
    if (this.away !== undefined && !isAskedAnew) {
      this.#send({ type: "away", payload: { ...this.away, away: true } });
    }
  }

  #sendAgain(): void {
    const { idWindowMs = DEFAULT_ID_WINDOW_MS } = this.#limits;
    const oldest = this.#settings.clock.now() - idWindowMs;
    for (const { key, at, expires, request } of [...this.outstanding.requests]) {
      if (!expires || at > oldest) this.#send(request());
      else this.outstanding.fail(key, new DisconnectedError(TOO_OLD));
    }
  }
}

const TOO_OLD =
  "Cannot send the message again: it is older than the server remembers ids, so it might be stored twice";

function unexpected(message: ChatMessage, found: string): ProtocolError {
  return new ProtocolError("unexpected_message", `Cannot take "${message.type}" here: ${found}`);
}
