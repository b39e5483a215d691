import { ChatClient } from "../../client/chat_client.ts";
import type { DeviceIdentity } from "../../client/key_file.ts";
import type { ChatClientOptions } from "../../client/options.ts";
import {
  type ReadMessage,
  SealedChat,
  type SealedChatEvent,
  type SealedChatOptions,
  type SealedNotice,
} from "../../client/sealed_chat.ts";
import { MemorySealedStore } from "../../client/sealed_store.ts";
import { deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import { makeAgeIdentity, signRecipient } from "../../sealed/age_identity.ts";

/** A device's secrets, in memory. */
export async function newDevice(): Promise<DeviceIdentity> {
  const key = await deviceKey(await generateKeyPair(false));
  const age = await makeAgeIdentity();
  const signature = await signRecipient(key, age.recipient);
  return { key, age, recipient: { recipient: age.recipient, signature } };
}

/** Somebody at a device that seals: what comes is kept, and can be waited for. */
export class SealedPeer implements AsyncDisposable {
  readonly chat: SealedChat;
  readonly client: ChatClient;
  readonly device: DeviceIdentity;
  readonly store: NonNullable<SealedChatOptions["store"]>;
  /** What has come, in order. */
  readonly events: SealedChatEvent[] = [];
  /** What was told, in order. */
  readonly notices: SealedNotice[] = [];
  #waiting: { readonly isSo: () => boolean; readonly resolve: () => void }[] = [];
  readonly #reading: Promise<void>;

  private constructor(
    client: ChatClient,
    device: DeviceIdentity,
    options: Partial<SealedChatOptions>,
  ) {
    this.client = client;
    this.device = device;
    this.store = options.store ?? new MemorySealedStore();
    this.chat = new SealedChat({
      ...options,
      client,
      device,
      store: this.store,
      onNotice: (notice) => {
        this.notices.push(notice);
        this.#look();
      },
    });
    this.#reading = this.#read();
  }

  /** Connects; the options are the client's and the chat's. */
  static async connect(
    options: ChatClientOptions & {
      readonly known?: DeviceIdentity;
      readonly store?: SealedChatOptions["store"];
      readonly sealing?: SealedChatOptions["sealing"];
      /** Whose time the sealing takes; the client's own is the machine's. */
      readonly sealingClock?: NonNullable<SealedChatOptions["clock"]>;
    },
  ): Promise<SealedPeer> {
    const { known, store, sealing, sealingClock, ...clients } = options;
    const device = known ?? await newDevice();
    const { key, recipient } = device;
    const client = new ChatClient({ ...clients, key, recipient });
    const peer = new SealedPeer(client, device, {
      ...(store === undefined ? {} : { store }),
      ...(sealing === undefined ? {} : { sealing }),
      ...(sealingClock === undefined ? {} : { clock: sealingClock }),
    });
    await client.connect();
    return peer;
  }

  /** The private messages that have come, in order. */
  get privates(): ReadMessage[] {
    return this.events.flatMap((event) => event.type === "private" ? [event.payload] : []);
  }

  /** What was said in rooms, in order. */
  get messages(): ReadMessage[] {
    return this.events.flatMap((event) => event.type === "message" ? [event.payload] : []);
  }

  /** What was told, as one text. */
  get told(): string {
    return this.notices.map(({ isAlarm, text }) => `${isAlarm ? "!" : "-"} ${text}`).join("\n");
  }

  /** Waits until so many private messages have come, and gives the texts, or why there is none. */
  async privateTexts(count: number): Promise<string[]> {
    await this.until(() => this.privates.length >= count);
    return this.privates.map(textOf);
  }

  /** Waits until so many messages of rooms have come, and gives the texts, or why there is none. */
  async texts(count: number): Promise<string[]> {
    await this.until(() => this.messages.length >= count);
    return this.messages.map(textOf);
  }

  /** Waits until it is as wanted, looking at each event and notice. */
  async until(isSo: () => boolean): Promise<void> {
    if (!isSo()) await new Promise<void>((resolve) => this.#waiting.push({ isSo, resolve }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.chat.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const event of this.chat.events) {
      this.events.push(event);
      this.#look();
    }
  }

  #look(): void {
    const ready = this.#waiting.filter(({ isSo }) => isSo());
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}

/** What a message says, or the code of why that is not shown. */
export function textOf({ text, secrecy }: ReadMessage): string {
  return secrecy.kind === "closed" ? `(${secrecy.code})` : text;
}
