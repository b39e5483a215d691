import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type {
  Ack,
  HistoryPage,
  Joined,
  PrivateMessage,
  RoomMessage,
  SearchPage,
  SharedFile,
} from "../protocol/chat.ts";
import { checkName, checkRoom } from "../protocol/names.ts";
import type { Inbox } from "../transfer/inbox.ts";
import type { Source } from "../transfer/source.ts";
import type { TakenPage } from "./answers.ts";
import type {
  ChatClient,
  HistoryOptions,
  MessageOptions,
  MessageSearchOptions,
} from "./chat_client.ts";
import type { ChatEvent } from "./events.ts";
import type { DownloadedFile, FileTransferOptions, UploadedFile } from "./file_transfers.ts";
import type { DeviceIdentity } from "./key_file.ts";
import { SealedChains } from "./sealed_chains.ts";
import { type SealedNotice, SealedPeople } from "./sealed_people.ts";
import { type ReadMessage, SealedReader } from "./sealed_reader.ts";
import { SealedRooms } from "./sealed_rooms.ts";
import { SealedSender, type SealedUploadOptions } from "./sealed_sender.ts";
import { MemorySealedStore, type SealedStore } from "./sealed_store.ts";

export type { SealedNotice } from "./sealed_people.ts";
export type { AnyMessage, ReadMessage, Secrecy } from "./sealed_reader.ts";
export type { SealedUploadOptions, Target } from "./sealed_sender.ts";

/** What a {@link SealedChat} is made of. */
export interface SealedChatOptions {
  /** A client that connects with the device's key and recipient; the caller connects it. */
  readonly client: ChatClient;
  /** The device's secrets. @default none: nothing can be sealed, and what is for a device cannot be opened */
  readonly device?: DeviceIdentity | undefined;
  /** Where is kept what is known of contacts, chains and rooms. @default in memory */
  readonly store?: SealedStore;
  /**
   * Whether somebody without a key is written to in the open, which is told once, or not at all.
   * @default {"when possible"}
   */
  readonly sealing?: "when possible" | "always";
  /** Told what a person is to know, before the event that it is about. */
  readonly onNotice?: (notice: SealedNotice) => void;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
}

/** An event, with what its message says. */
export type SealedChatEvent =
  | Exclude<ChatEvent, { readonly type: "message" | "private" }>
  | { readonly type: "message"; readonly payload: ReadMessage<RoomMessage> }
  | { readonly type: "private"; readonly payload: ReadMessage<PrivateMessage> };

/** A page of messages, with what they say. */
export type ReadPage<P> = Omit<TakenPage<P>, "messages"> & {
  /** The messages, in the page's order. */
  readonly messages: readonly ReadMessage[];
};

/**
 * A chat whose private messages and secret rooms are encrypted from end to end: it seals what goes out, where it goes
 * to somebody who can read that, and opens what comes, around a {@link ChatClient}.
 *
 * - I1 What goes to a person who has keys, or into a secret room, never goes in the open.
 * - I2 What is sent to one person or room keeps its order.
 * - I3 Nothing that comes is dropped in silence, or shown as somebody's whose key has not signed it.
 *
 * @example
 * ```ts ignore
 * const device = await new KeyFile(folder).open();
 * const client = new ChatClient({ name: "ann", key: device.key, recipient: device.recipient });
 * await using chat = new SealedChat({ client, device });
 * await client.connect();
 * await chat.sendPrivate("bob", "meet me at nine");
 * for await (const { type, payload } of chat.events) {
 *   if (type === "private") console.log(payload.from, payload.text, payload.secrecy.kind);
 * }
 * ```
 */
export class SealedChat implements AsyncDisposable {
  readonly #client: ChatClient;
  readonly #people: SealedPeople;
  readonly #chains: SealedChains;
  readonly #rooms: SealedRooms;
  readonly #reader: SealedReader;
  readonly #sender: SealedSender;

  /**
   * A chat around a client.
   *
   * @param options What it is made of.
   */
  constructor(options: SealedChatOptions) {
    const { client, device, store = new MemorySealedStore(), clock = systemClock } = options;
    const { sealing = "when possible", onNotice = () => {} } = options;
    this.#client = client;
    const self = () => client.name;
    const tell = onNotice;
    const people = this.#people = new SealedPeople({
      ask: (name) => client.keys(name),
      ownKey: device?.key.publicKey,
      store,
      clock,
      self,
      tell,
    });
    const chains = this.#chains = new SealedChains(store, clock, (error) => {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ isAlarm: true, text: `What has come is not remembered for the next time: ${reason}` });
    });
    const rooms = this.#rooms = new SealedRooms(store, tell, async (room) => {
      try {
        return (await client.roomInfo(room)).isSecret;
      } catch (error) {
        // Who may not look at it may say nothing there: the server's answer to that is the better one.
        if (error instanceof ProtocolError) return false;
        throw error;
      }
    });
    this.#reader = new SealedReader({
      identity: device?.age,
      people,
      chains,
      rooms,
      self,
      tell,
    });
    const isAlways = sealing === "always";
    this.#sender = new SealedSender({
      client,
      device,
      people,
      chains,
      rooms,
      isAlways,
      clock,
      tell,
    });
  }

  /** The client's events, with what their messages say; see {@link ChatClient.events}. One reader only. */
  get events(): AsyncIterable<SealedChatEvent> {
    return this.#read();
  }

  /**
   * Says something in a room: sealed where it is a secret one.
   *
   * @param room A room that one is in.
   * @param text What to say; it may be empty where there are files.
   * @param options What belongs to it.
   * @throws {ProtocolError} `room_locked`; and as {@link ChatClient.send}.
   */
  async send(room: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    return await this.#sender.send(room, text, options);
  }

  /**
   * Writes to one person: sealed where they have a key.
   *
   * @param to The person's name.
   * @param text What to write; it may be empty where there are files.
   * @param options What belongs to it.
   * @throws {ProtocolError} `key_changed`: the text says what to do; `not_sealed`: they have none, and nothing is to
   *   be sent in the open; and as {@link ChatClient.sendPrivate}.
   */
  async sendPrivate(to: string, text: string, options: MessageOptions = {}): Promise<Ack> {
    return await this.#sender.sendPrivate(to, text, options);
  }

  /** Brings files to the server, encrypted where those whom they are for can decrypt them; see {@link ChatClient.upload}. */
  async upload(
    sources: readonly Source[],
    options: SealedUploadOptions = {},
  ): Promise<UploadedFile[]> {
    return await this.#sender.upload(sources, options);
  }

  /** Fetches a file that a message told of, decrypts it where it is encrypted, and verifies it; see {@link ChatClient.download}. */
  async download(
    file: SharedFile,
    to: Inbox | string,
    options: FileTransferOptions = {},
  ): Promise<DownloadedFile> {
    const identities = this.#reader.identitiesOf(file);
    return await this.#client.download(
      file,
      to,
      identities === undefined ? options : { ...options, identities },
    );
  }

  /** Reads a stream's events again, and opens them; see {@link ChatClient.history}. */
  async history(
    stream: string,
    options: HistoryOptions = {},
  ): Promise<ReadPage<HistoryPage>> {
    const page = await this.#client.history(stream, options);
    return { ...page, messages: await this.#reader.page(page.messages) };
  }

  /**
   * Looks for messages by their words, and tells how secret each is; see {@link ChatClient.search}. The server finds
   * what was said in the open only: what it shows of a secret room it may have made up, and that is closed.
   */
  async search(query: string, options: MessageSearchOptions = {}): Promise<ReadPage<SearchPage>> {
    const page = await this.#client.search(query, options);
    return { ...page, messages: await this.#reader.found(page.messages) };
  }

  /** Joins a room; see {@link ChatClient.join}. */
  async join(room: string): Promise<Joined> {
    const joined = await this.#client.join(room);
    this.#rooms.see(joined);
    return joined;
  }

  /**
   * Looks at a room that one is not in.
   *
   * @returns Whether it is secret, or somebody's, or there is none: then it can be made.
   * @throws {ProtocolError} As {@link ChatClient.roomInfo}.
   */
  async look(room: string): Promise<"secret" | "open" | "none"> {
    const { isSecret, owner } = await this.#client.roomInfo(room);
    return isSecret ? "secret" : owner === undefined ? "none" : "open";
  }

  /** Whether what is said in a room is sealed. */
  async isSecret(room: string): Promise<boolean> {
    return await this.#rooms.isSecret(checkRoom(room));
  }

  /**
   * Unlocks a secret room that one is in. It is remembered.
   *
   * @param room The room.
   * @param passphrase What its members know; it is not sent.
   * @throws {ProtocolError} `wrong_passphrase`, `damaged`; `forbidden`: it is no secret room, or one is not in it.
   */
  async unlock(room: string, passphrase: string): Promise<void> {
    await this.#rooms.unlock(checkRoom(room), passphrase);
  }

  /**
   * Makes a secret room, and joins it.
   *
   * @param room The room, which there is not yet.
   * @param passphrase What its members are to know, 12 characters or more; it is not sent.
   * @throws {ProtocolError} `weak_passphrase`; what the server answers to `create`.
   */
  async createSecret(room: string, passphrase: string): Promise<void> {
    const name = checkRoom(room);
    await this.#rooms.make(name, passphrase, (secret) => this.#client.create(name, { secret }));
    await this.join(name);
  }

  /**
   * Takes the person's word that a contact's changed keys are the contact's own.
   *
   * @param name The contact.
   * @returns The fingerprints that are trusted now; undefined where nothing has changed.
   */
  async trust(name: string): Promise<readonly string[] | undefined> {
    return await this.#people.trust(checkName(name));
  }

  /** Sends what is being made ready, closes the client, and keeps what has come. Never fails. */
  async close(): Promise<void> {
    await this.#sender.ready();
    await this.#client.close();
    await this.#chains.close();
  }

  /** The same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async *#read(): AsyncGenerator<SealedChatEvent, void, void> {
    try {
      yield* this.#open();
    } finally {
      // What came after the client was closed.
      await this.#chains.keep();
    }
  }

  async *#open(): AsyncGenerator<SealedChatEvent, void, void> {
    for await (const event of this.#client.events) {
      if (event.type === "message") {
        const payload = await this.#reader.live(event.payload);
        if (payload !== undefined) yield { type: "message", payload };
      } else if (event.type === "private") {
        const payload = await this.#reader.live(event.payload);
        if (payload !== undefined) yield { type: "private", payload };
      } else {
        if (event.type === "connected") {
          await this.#chains.enter(event.payload.log);
          this.#people.forget();
        }
        yield event;
        // Behind the news that one is in it.
        if (event.type === "joined") await this.#rooms.joined(event.payload);
      }
    }
  }
}
