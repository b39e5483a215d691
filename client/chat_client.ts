import { monotonicUlid } from "@std/ulid";
import { ProtocolError } from "../codec/errors.ts";
import type {
  Ack,
  Away,
  ChatMessage,
  ChatRequest,
  CreateRequest,
  HistoryPage,
  Joined,
  Keys,
  MessageRequest,
  Moderated,
  ModerateRequest,
  RoomInfo,
  RoomMember,
  Sealed,
  SearchPage,
  SharedFile,
} from "../protocol/chat.ts";
import type { PublicKey } from "../identity/device_key.ts";
import { formatBearer } from "../protocol/bearer.ts";
import { checkName, checkRoom, inboxStream } from "../protocol/names.ts";
import { checkAwayText, checkText } from "../protocol/text.ts";
import type { Inbox } from "../transfer/inbox.ts";
import type { Source } from "../transfer/source.ts";
import {
  takeAck,
  takeHistory,
  takeKeys,
  takeMembers,
  takeModerated,
  type TakenPage,
  takeRoom,
  takeRoomInfo,
  takeRooms,
  takeSearch,
} from "./answers.ts";
import { Connector } from "./connector.ts";
import { Conversation } from "./conversation.ts";
import { DisconnectedError } from "./disconnected.ts";
import { EventQueue } from "./event_queue.ts";
import type { ChatEvent, ChatPayloads } from "./events.ts";
import type {
  DownloadedFile,
  DownloadOptions,
  FileServer,
  FileTransferOptions,
  UploadedFile,
} from "./file_transfers.ts";
import { LinkDesk, type LinkOffer } from "./link_offer.ts";
import { type ChatClientOptions, type ChatClientSettings, readOptions } from "./options.ts";

/** Which part of a stream `history` reads. Without `before` and `after`: the newest events. */
export interface HistoryOptions {
  /** Only events before this one. */
  readonly before?: number;
  /** Only events after this one. */
  readonly after?: number;
  /** How many at most, 1 to 1,000. */
  readonly limit?: number;
}

/** Where `search` looks. */
export interface MessageSearchOptions {
  /** Only in this room, which one is in. @default all rooms that one is in, and one's own inbox */
  readonly room?: string;
  /** Only what this member said or wrote. */
  readonly from?: string;
  /** How many at most, 1 to 100. @default {20} */
  readonly limit?: number;
}

/** What belongs to a message. */
export interface MessageOptions {
  /** Ids of files that the server keeps, at most 16: {@link ChatClient.upload} gives them. */
  readonly files?: readonly string[];
  /** What is said for its readers alone, and the id that was signed with it: the text is empty then. */
  readonly sealed?: { readonly id: string; readonly sealed: Sealed };
}

/** What an act of moderation is about. */
export type ModerationOptions = Omit<ModerateRequest, "room" | "action" | "ref">;

/** What a new room is like. */
export type RoomOptions = Pick<CreateRequest, "topic" | "private" | "secret">;

/** While a request waits, so many times the usual number of events may wait too. */
const WAITING_FACTOR = 16;
/** How long `close` waits for the server to end the connection after `quit`. */
const QUIT_TIMEOUT_MS = 5_000;

/**
 * A member of a chat: dials, comes back with its cursors when the connection is lost, and sends again
 * what was not acknowledged.
 *
 * ```
 *        connect()             connect_ack, `joined`
 * idle ------------> connecting -------------------> online
 *                     ^   |                            |
 *          pause over |   | failed, not the first time | connection lost
 *                     |   v                            |
 *                    waiting <-------------------------+
 *
 * any of them -- close(), abort(), a refusal that time does not mend --> closed
 * ```
 *
 * - I1 The application sees every event of its rooms and inbox once, in order, or is told what is
 *   gone: `joined` and `connected` with `complete: false`, `gap`.
 * - I2 What was sent is acknowledged, or its promise fails. Over reconnects it keeps its place and its
 *   id, so the server stores it once.
 * - I3 When `maxQueuedEvents` wait in `events`, reading pauses, and the server keeps the rest. While a
 *   request of the application's own waits for its answer, up to 16 times as many may wait: otherwise
 *   `for await (const event of client.events) await client.send(…)` would wait for itself.
 * - I4 A first attempt that fails rejects `connect()`; later ones are repeated after growing pauses.
 *   A refusal that time does not mend (`replaced`, `name_taken` …) ends the client.
 *
 * Unread events hold reading back, so an application that only sends should read `events` too.
 *
 * @example
 * ```ts ignore
 * await using client = await ChatClient.connect({ name: "echo", room: "lobby" });
 * for await (const event of client.events) {
 *   if (event.type === "message" && event.payload.sender !== client.name) {
 *     await client.send(event.payload.room, event.payload.text);
 *   }
 * }
 * ```
 */
export class ChatClient implements AsyncDisposable {
  readonly #settings: ChatClientSettings;
  readonly #conversation: Conversation;
  readonly #connector: Connector;
  readonly #events: EventQueue<ChatEvent>;
  readonly #online = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #nextId = monotonicUlid;
  readonly #linkDesk: LinkDesk | undefined;
  #running: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #pinging: Promise<number> | undefined;
  #ended = false;

  /**
   * Makes a client that is not connected yet.
   *
   * @param options Who, where, and how.
   * @throws {ProtocolError} `invalid_name`, `invalid_room`.
   * @throws {TypeError} A link's code is none, or there is no key to it.
   */
  constructor(options: ChatClientOptions) {
    this.#settings = readOptions(options);
    this.#events = new EventQueue({ maxEvents: this.#settings.maxQueuedEvents });
    this.#conversation = new Conversation(this.#settings, {
      event: (event) => this.#offer(event),
      online: () => this.#cameOnline(),
      linkWanted: (wanted) => this.#linkDesk?.wanted(wanted),
    });
    const { key, clock } = this.#settings;
    this.#linkDesk = key && new LinkDesk({
      key,
      clock,
      name: () => this.name,
      endorse: (payload) =>
        this.#ask("endorsed", false, (ref) => ({ type: "endorse", payload: { ...payload, ref } })),
    });
    this.#connector = new Connector(this.#settings, this.#conversation, {
      lost: (payload) => this.#offer({ type: "disconnected", payload }),
      gate: () => this.#mustWait() ? this.#untilRead() : undefined,
    });
    // Who does not look at these has the same from `connect()`, or does not want to know.
    this.#online.promise.catch(() => {});
    this.#closed.promise.catch(() => {});
  }

  /**
   * Makes a client and connects it.
   *
   * @param options Who, where, and how.
   * @returns The client, online.
   * @throws What the constructor and {@link connect} throw.
   */
  static async connect(options: ChatClientOptions): Promise<ChatClient> {
    const client = new ChatClient(options);
    await client.connect();
    return client;
  }

  /** The name as it is registered, which is what messages bear; before `connect()`, as asked for. */
  get name(): string {
    return this.#conversation.name;
  }

  /** The stream of this name's private messages, for `history` and `seen`. */
  get inbox(): string {
    return inboxStream(this.#settings.name);
  }

  /**
   * The name's secret, to be shown at the next `connect`; with a key, this session's, which is over with it. Known after
   * the first connection.
   */
  get token(): string | undefined {
    return this.#conversation.token;
  }

  /** The limits that the server told. */
  get limits(): Readonly<Record<string, number>> {
    return this.#conversation.limits;
  }

  /** Whether there is a connection, and the rooms are joined. */
  get isOnline(): boolean {
    return this.#conversation.phase === "online";
  }

  /** That this name is away, on all its devices, as the server told it last; undefined where it is here. */
  get awayState(): Away | undefined {
    return this.#conversation.away;
  }

  /** How many requests, messages among them, have no answer yet. */
  get unanswered(): number {
    return this.#conversation.outstanding.size;
  }

  /**
   * What happens, in order, until the client is closed; fails with what ended it, if that was no
   * `close` or `abort`. Each event is handed out once, also among several readers.
   */
  get events(): AsyncIterable<ChatEvent> {
    return this.#events;
  }

  /** Resolves when the client has been closed or aborted; fails with what else ended it. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /**
   * Connects, and joins the first rooms. Where more missed events come before that than may wait (I3),
   * they are to be read first: then it does not wait for the rooms.
   *
   * @throws {ProtocolError} The server said no.
   * @throws {TypeError} It was connected before.
   * @throws Why the server could not be reached: what `dial` throws.
   */
  connect(): Promise<void> {
    if (this.#running !== undefined || this.#ended) {
      return Promise.reject(new TypeError("Cannot connect twice: make another client"));
    }
    const { signal } = this.#settings;
    const abort = () => this.abort(signal?.reason);
    if (signal?.aborted) {
      abort();
      return this.#online.promise;
    }
    signal?.addEventListener("abort", abort);
    this.#running = this.#connector.run().then((error) => {
      signal?.removeEventListener("abort", abort);
      this.#end(error);
    });
    return this.#online.promise;
  }

  /**
   * Says something in a room.
   *
   * @param room A room that one is in.
   * @param text What to say; it may be empty where there are files.
   * @param options What belongs to it.
   * @returns The acknowledgement: its number, and how safely it is stored.
   * @throws {ProtocolError} `invalid_room`, `invalid_text`; or what the server answered.
   * @throws {DisconnectedError} The client ended before the answer.
   */
  async send(room: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    const to = checkRoom(room);
    const content = contentOf(text, options);
    return await this.#ask("ack", true, (id) => ({
      type: "message",
      payload: { room: to, ...content, id },
    }), { id: options.sealed?.id, take: (ack) => takeAck(ack, { room: to }) });
  }

  /**
   * Writes to one person, who may be away.
   *
   * @param to The person's name.
   * @param text What to write; it may be empty where there are files.
   * @param options What belongs to it.
   * @returns The acknowledgement; `delivered` says whether the person is there, `away` whether it has said to be away.
   * @throws {ProtocolError} `invalid_name`, `invalid_text`; or what the server answered.
   * @throws {DisconnectedError} The client ended before the answer.
   */
  async sendPrivate(to: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    const name = checkName(to);
    const content = contentOf(text, options);
    return await this.#ask("ack", true, (id) => ({
      type: "private",
      payload: { to: name, ...content, id },
    }), { id: options.sealed?.id, take: (ack) => takeAck(ack, { to: name }) });
  }

  /**
   * Brings files to the server, over a connection of their own; then a message can name them. Ending the client
   * does not end it: `signal` does.
   *
   * @param sources What to send.
   * @param options Who is told, how to connect again, a signal.
   * @returns What the server has saved, in the order of the sources.
   * @throws {ProtocolError} One was not taken (`quota_exceeded`, `too_large`, `read_failed` …), or none
   *   (`files_not_offered` …).
   * @throws {TypeError} It was not connected yet.
   * @throws The signal's reason; why there was no connection to be had.
   *
   * @example
   * ```ts ignore
   * const [plan] = await client.upload([await fileSource("plan.pdf")]);
   * await client.send("lobby", "the plan", { files: [plan.id] });
   * ```
   */
  async upload(
    sources: readonly Source[],
    options: FileTransferOptions = {},
  ): Promise<UploadedFile[]> {
    const { server, uploadFiles } = await this.#transfers();
    return await uploadFiles(server, sources, options);
  }

  /**
   * Fetches a file that a message told of, over a connection of its own, and verifies it. Ending the client does
   * not end it: `signal` does.
   *
   * @param file What the message told.
   * @param to Where it goes: an inbox, or a folder, in which it is `recv-` and its name and replaces nothing.
   * @param options Who is told, how to connect again, a signal.
   * @returns What was saved.
   * @throws {ProtocolError} The server does not have it any more (`unknown_file`); what came is another file
   *   (`hash_mismatch`, `size_mismatch`) and was not kept; or it could not be saved.
   * @throws {TypeError} It was not connected yet.
   * @throws The signal's reason; why there was no connection to be had.
   */
  async download(
    file: SharedFile,
    to: Inbox | string,
    options: DownloadOptions = {},
  ): Promise<DownloadedFile> {
    const { server, downloadFile } = await this.#transfers();
    return await downloadFile(server, file, to, options);
  }

  /** Joins a room, now and after every reconnect. */
  async join(room: string): Promise<Joined> {
    const name = checkRoom(room);
    return await this.#ask("joined", false, (ref) => this.#conversation.joinRequest(name, ref));
  }

  /**
   * Makes a room that there is not yet; one owns it then, and is not in it before one joins it.
   *
   * @param room The room.
   * @param options What it is like.
   * @throws {ProtocolError} It is there already, or one may own no more; see docs/PROTOCOL.md.
   */
  async create(room: string, options: RoomOptions = {}): Promise<void> {
    const name = checkRoom(room);
    await this.#ask("created", false, (ref) => ({
      type: "create",
      payload: { ...options, room: name, ref },
    }), { take: (created) => takeRoom("created", created, name) });
  }

  /**
   * Asks about a room that one may join: whose it is, what it is about, and for who may moderate it who is invited,
   * banned and muted.
   *
   * @param room The room.
   * @param after Of the lists, only names after this one: where the answer before had `more`.
   * @returns What the server tells.
   * @throws {ProtocolError} `invalid_room`, `banned`, `invite_only`.
   */
  async roomInfo(room: string, after?: string): Promise<RoomInfo> {
    const name = checkRoom(room);
    return await this.#ask("room", false, (ref) => ({
      type: "room",
      payload: { room: name, ...(after === undefined ? {} : { after }), ref },
    }), { take: (info) => takeRoomInfo(info, name) });
  }

  /**
   * Does what a room's owner and operators may do; removes a message, also one's own.
   *
   * @param room The room.
   * @param action What: `kick`, `ban`, `mute` …
   * @param about Whom (`name`), how long (`forMs`, in milliseconds; for ever without), which message (`seq`), what
   * `topic`, and a `reason` for people; what the action needs.
   * @returns What was done.
   * @throws {ProtocolError} `not_operator`, `not_owner`, `protected_member`, `unknown_name`, `unknown_event` …
   *
   * @example
   * ```ts ignore
   * await client.moderate("den", "ban", { name: "eve", forMs: 3_600_000, reason: "advertising" });
   * await client.moderate("den", "delete", { seq: 42 });
   * ```
   */
  async moderate(
    room: string,
    action: ModerateRequest["action"],
    about: ModerationOptions = {},
  ): Promise<Moderated> {
    const to = checkRoom(room);
    const { name } = about;
    const whom = name === undefined ? {} : { name: checkName(name) };
    const wanted = { ...about, ...whom, room: to, action };
    return await this.#ask("moderated", false, (ref) => ({
      type: "moderate",
      payload: { ...wanted, ref },
    }), { take: (done) => takeModerated(done, wanted) });
  }

  /** Leaves a room. Joining it again begins where the server says, not where one left. */
  async leave(room: string): Promise<void> {
    const name = checkRoom(room);
    await this.#ask("left", false, (ref) => ({ type: "leave", payload: { room: name, ref } }), {
      take: (left) => takeRoom("left", left, name),
    });
  }

  /**
   * Reads a stream's events again; moves no cursor.
   *
   * @param stream A room that one is in, or {@link inbox}.
   * @param options Which part.
   * @returns A page, oldest first; what names somebody as nobody can be called is left out, and counted.
   * @throws {ProtocolError} `forbidden`, `invalid_room`; `unexpected_message`: the server has answered with events of
   *   something else.
   */
  async history(stream: string, options: HistoryOptions = {}): Promise<TakenPage<HistoryPage>> {
    const name = stream.startsWith("@") ? inboxStream(stream.slice(1)) : checkRoom(stream);
    const wanted = { ...options, stream: name };
    return await this.#ask("history", false, (ref) => ({
      type: "history",
      payload: { ...wanted, ref },
    }), { take: (page) => takeHistory(page, wanted, this.name) });
  }

  /**
   * Looks for messages by their words; moves no cursor.
   *
   * @param query Words that must all be in the text; `"several words"` in quotation marks one after the
   * other, `begin*` any word that begins so. At most 256 characters. Case and accents do not count.
   * @param options Where to look.
   * @returns The newest that were found, newest first; what names somebody as nobody can be called is left out, and
   *   counted.
   * @throws {ProtocolError} `forbidden`, `invalid_room`, `invalid_name`; `unexpected_message`: the server has answered
   *   with messages from elsewhere.
   */
  async search(query: string, options: MessageSearchOptions = {}): Promise<TakenPage<SearchPage>> {
    const { from, limit } = options;
    const room = options.room === undefined ? undefined : checkRoom(options.room);
    const isSearched = (stream: string) =>
      room === undefined ? this.#conversation.isFollowing(stream) : stream === room;
    const where = {
      ...(room === undefined ? {} : { room }),
      ...(from === undefined ? {} : { from: checkName(from) }),
      ...(limit === undefined ? {} : { limit }),
    };
    return await this.#ask("search", false, (ref) => ({
      type: "search",
      payload: { query, ...where, ref },
    }), { take: (page) => takeSearch(page, isSearched, this.name) });
  }

  /** Who is in a room that one is in, page by page as the names are taken. */
  async *who(room: string): AsyncGenerator<string, void, void> {
    for await (const { members } of this.#whoPages(room, {})) yield* members;
  }

  /**
   * Who is in a room that one is in, and what one may know of them: what they are there, whether they have said to be
   * away, since when they are in the room. Page by page as they are taken.
   *
   * @param room The room.
   * @throws {ProtocolError} `forbidden`, `invalid_room`; `unexpected_message`: the server tells names only.
   *
   * @example
   * ```ts ignore
   * for await (const { name, role, away } of client.whoDetails("lobby")) {
   *   console.log(name, role ?? "", away === undefined ? "" : `away: ${away.text ?? ""}`);
   * }
   * ```
   */
  async *whoDetails(room: string): AsyncGenerator<RoomMember, void, void> {
    for await (const { members, people } of this.#whoPages(room, { details: true })) {
      if (people === undefined && members.length > 0) {
        throw new ProtocolError(
          "unexpected_message",
          `Cannot tell more of who is in "${room}" than names: the server is an older one`,
        );
      }
      yield* people ?? [];
    }
  }

  /** Which rooms have members, and how many, page by page as they are taken. */
  async *rooms(): AsyncGenerator<ChatPayloads["rooms"]["rooms"][number], void, void> {
    let after: string | undefined;
    for (;;) {
      const from = after === undefined ? {} : { after };
      const page = await this.#ask("rooms", false, (ref) => ({
        type: "rooms",
        payload: { ...from, ref },
      }));
      const { rooms, more, last } = takeRooms(page, after);
      yield* rooms;
      if (!more) return;
      after = last;
    }
  }

  /**
   * Tells the server what has been read: where this name begins that connects without a cursor.
   *
   * @param stream A room, or {@link inbox}.
   * @param seq The newest event that was read.
   */
  seen(stream: string, seq: number): void {
    this.#conversation.tell({ type: "seen", payload: { stream, seq } });
  }

  /**
   * Says that one is away: whoever shares a room with one, or writes to one, is told. It holds for the name on all its
   * devices, and over reconnects, until {@link back} or until the last device has gone.
   *
   * @param text What to say about it, one line of up to 200 characters. The server and all who are told read it: it is
   * not sealed.
   * @throws {ProtocolError} `invalid_text`; `rate_limited`: it was said too often, `retryAfterMs` says when to try again.
   * @throws {DisconnectedError} The client ended before the answer.
   *
   * @example
   * ```ts ignore
   * await client.away("lunch");
   * await client.back();
   * ```
   */
  async away(text?: string): Promise<void> {
    const checked = checkAwayText(text);
    const about = checked === undefined ? {} : { text: checked };
    await this.#ask("away", false, (ref) => ({
      type: "away",
      payload: { away: true, ...about, ref },
    }));
  }

  /**
   * Says that one is back, after {@link away}.
   *
   * @throws {ProtocolError} `rate_limited`: it was said too often.
   * @throws {DisconnectedError} The client ended before the answer.
   */
  async back(): Promise<void> {
    await this.#ask("away", false, (ref) => ({ type: "away", payload: { away: false, ref } }));
  }

  /**
   * Asks the server for a sign of life. One question is on its way at a time: who asks meanwhile gets the same answer.
   *
   * @returns How long it took, in milliseconds.
   * @throws {DisconnectedError} There is no connection, or it went before the answer: a ping does not wait for the next.
   */
  ping(): Promise<number> {
    this.#pinging ??= this.#ping().finally(() => this.#pinging = undefined);
    return this.#pinging;
  }

  /**
   * Asks which keys a name has. What the server says is signed where it matters: check the endorsements.
   *
   * @param name Whose.
   * @throws {ProtocolError} `unknown_name`: nobody has it.
   */
  async keys(name: string): Promise<Keys> {
    const wanted = checkName(name);
    return await this.#ask("keys", false, (ref) => ({
      type: "keys",
      payload: { name: wanted, ref },
    }), { take: (keys) => takeKeys(keys, wanted) });
  }

  /**
   * Makes a code with which another device of the same person becomes one of this name's. The server does not learn
   * it; whoever connects with it is taken in without asking again.
   *
   * @returns The code, and when it was used.
   * @throws {TypeError} This client has no key.
   *
   * @example
   * ```ts ignore
   * const { code, linked } = await client.link();
   * console.log(`Type ${code} on the other device`);
   * await linked;
   * ```
   */
  async link(): Promise<LinkOffer> {
    const desk = this.#linkDesk;
    if (desk === undefined) throw new TypeError("Cannot link another device: this one has no key");
    const { id, offer } = desk.open();
    try {
      await this.#ask("linking", false, (ref) => ({ type: "link", payload: { id, ref } }));
    } catch (error) {
      desk.close("the server said no");
      throw error;
    }
    return offer;
  }

  /**
   * Takes a key from this name: of a device that is lost. Its sessions end.
   *
   * @param key The public key.
   * @throws {ProtocolError} `unknown_key`; `forbidden`: it is the last one, or this client has no key.
   */
  async revoke(key: PublicKey): Promise<void> {
    await this.#ask("revoked", false, (ref) => ({ type: "revoke", payload: { key, ref } }));
  }

  /**
   * Asks for a secret with which programs use the name, until {@link logout}.
   *
   * @returns The secret; the server keeps its hash only.
   * @throws {ProtocolError} `too_many_tokens`, `forbidden`.
   */
  async createToken(): Promise<string> {
    return (await this.#ask("token", false, (ref) => ({ type: "token", payload: { ref } }))).token;
  }

  /**
   * Ends every secret that was given for this name, and this client. A name that a token owned is nobody's then.
   *
   * @throws {ProtocolError} The server could not: nothing has ended.
   * @throws {DisconnectedError} There is no connection.
   */
  async logout(): Promise<void> {
    if (!this.isOnline) {
      throw new DisconnectedError(
        "Cannot log out without a connection: try again when there is one",
      );
    }
    this.#connector.expectLogout(true);
    const answer = this.#ask(undefined, false, (ref) => ({ type: "logout", payload: { ref } }));
    try {
      await answer;
    } catch (error) {
      if (!(error instanceof DisconnectedError)) {
        this.#connector.expectLogout(false);
        throw error;
      }
    }
    await this.#running;
    await this.closed;
  }

  /**
   * Waits for every answer, reconnecting if it must, then takes leave of the server. What comes in
   * until then can still be read from {@link events}, as far as I3 allows. Idempotent; never fails:
   * what was not acknowledged fails its own promise.
   */
  close(): Promise<void> {
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  /**
   * Ends at once: what has no answer fails.
   *
   * @param reason What it fails with. @default a DisconnectedError
   */
  abort(reason: unknown = new DisconnectedError("The client was aborted")): void {
    this.#online.reject(reason);
    this.#conversation.outstanding.failAll(reason);
    this.#connector.stop(reason);
    if (this.#running === undefined) this.#end(undefined);
    this.#events.wake();
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #drain(): Promise<void> {
    // Unread events hold reading back no more.
    this.#events.wake();
    await this.#conversation.outstanding.drained();
    // Without a connection there is nobody to take leave of.
    if (!this.isOnline) this.abort();
    using _timer = this.#settings.clock.after(QUIT_TIMEOUT_MS, () => this.abort());
    this.#connector.quit();
    await this.#running;
  }

  #cameOnline(): void {
    this.#online.resolve();
    const id = this.#linkDesk?.id;
    // The server forgot it with the old connection.
    if (id !== undefined) this.#conversation.tell({ type: "link", payload: { id } });
  }

  async #ping(): Promise<number> {
    const { clock } = this.#settings;
    const t = clock.now();
    const request = (ref: string): ChatRequest => ({ type: "ping", payload: { t, ref } });
    await this.#ask("pong", false, request, { isFleeting: true });
    return clock.now() - t;
  }

  /** Resolves when the server, perhaps over the next connection, has answered something. */
  async #untilAnswered(): Promise<void> {
    await this.#ask("pong", false, (ref) => ({ type: "ping", payload: { t: 0, ref } }));
  }

  async *#whoPages(
    room: string,
    wanted: { readonly details?: boolean },
  ): AsyncGenerator<ChatPayloads["who"], void, void> {
    const name = checkRoom(room);
    let after: string | undefined;
    for (;;) {
      const from = after === undefined ? {} : { after };
      const page = await this.#ask("who", false, (ref) => ({
        type: "who",
        payload: { room: name, ...wanted, ...from, ref },
      }));
      const { last, ...taken } = takeMembers(page, name, after);
      yield taken;
      if (!taken.more) return;
      after = last;
    }
  }

  #ask<T extends ChatMessage["type"], A = ChatPayloads[T]>(
    answer: T | undefined,
    expires: boolean,
    request: (key: string) => ChatRequest,
    { id, isFleeting = false, take }: {
      readonly id?: string | undefined;
      readonly isFleeting?: boolean;
      /** Gives what is to be taken of the answer; throws where it answers something else. */
      readonly take?: (payload: ChatPayloads[T]) => A;
    } = {},
  ): Promise<A> {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    if (this.#ended || this.#closing !== undefined || this.#connector.stopped) {
      return Promise.reject(new DisconnectedError("Cannot ask the server: the client is closed"));
    }
    const at = this.#settings.clock.now();
    const key = id ?? (expires ? this.#nextId(at) : this.#conversation.nextRef());
    this.#conversation.ask({
      key,
      answer,
      at,
      expires,
      isFleeting,
      request: () => request(key),
      resolve: (message) => {
        const payload = message.payload as ChatPayloads[T];
        try {
          resolve(take === undefined ? payload as A : take(payload));
        } catch (error) {
          reject(error);
        }
      },
      reject,
    });
    // Reading may have paused for want of a reader; now there is an answer to be read.
    this.#events.wake();
    return promise;
  }

  /** What transfers files, and with whom. */
  async #transfers(): Promise<TransferParts> {
    if (this.token === undefined) throw new TypeError("Cannot transfer files before connect()");
    // The transfer protocol, its inbox and what they hash with: 50 ms of a start, for who transfers.
    const { fileServer, ...transfers } = await import("./file_transfers.ts");
    const server = fileServer(this.#settings, {
      bearer: () => formatBearer({ name: this.name, token: this.token! }),
      known: async () => {
        // With a key each session has a token of its own, and a server that was started anew knows none before.
        if (this.#settings.key !== undefined && !this.#ended) await this.#untilAnswered();
      },
    });
    return { ...transfers, server };
  }

  #mustWait(): boolean {
    if (!this.#events.full || this.#connector.stopped || this.#closing !== undefined) {
      return false;
    }
    return !this.#isAnswerDue() || this.#isOverfull();
  }

  /** Whether reading brings what somebody waits for: an answer, or that the first rooms are joined. */
  #isAnswerDue(): boolean {
    const { outstanding, phase } = this.#conversation;
    return outstanding.size > 0 || phase === "joining";
  }

  #isOverfull(): boolean {
    return this.#events.size >= this.#settings.maxQueuedEvents * WAITING_FACTOR;
  }

  #offer(event: ChatEvent): void {
    // Who closes may have stopped reading; waiting for that would never end.
    if (this.#closing === undefined || !this.#isOverfull()) this.#events.push(event);
  }

  async #untilRead(): Promise<void> {
    // Nobody can read them who waits for `connect()` first.
    this.#online.resolve();
    while (this.#mustWait()) await this.#events.changed();
  }

  #end(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#linkDesk?.close("the client has ended");
    this.#conversation.outstanding.failAll(
      error instanceof ProtocolError
        ? error
        : new DisconnectedError("There was no answer before the client ended", { cause: error }),
    );
    this.#online.reject(error ?? new DisconnectedError("The client was closed"));
    this.#events.close(error);
    if (error === undefined) this.#closed.resolve();
    else this.#closed.reject(error);
  }
}

/** The functions that transfer files, and the server that they are given. */
type TransferParts =
  & Pick<typeof import("./file_transfers.ts"), "uploadFiles" | "downloadFile">
  & { readonly server: FileServer };

/** What a request says; without files there is no field. */
function contentOf(
  text: string,
  { files = [], sealed }: MessageOptions,
): Pick<MessageRequest, "text" | "files" | "sealed"> {
  if (sealed === undefined && (files.length === 0 || text !== "")) checkText(text);
  return {
    text,
    ...(sealed === undefined ? {} : { sealed: sealed.sealed }),
    ...(files.length === 0 ? {} : { files: files.map((id) => ({ id })) }),
  };
}
