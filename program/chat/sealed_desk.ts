import type { ChatClient } from "../../client/chat_client.ts";
import { SealedChat, type SealedNotice } from "../../client/sealed_chat.ts";
import { FolderSealedStore } from "../../client/sealed_store.ts";
import type { DeviceIdentity } from "../../client/key_file.ts";
import type { Address } from "../../net/tcp.ts";
import { checkName, checkRoom } from "../../protocol/names.ts";
import { checkPassphrase } from "../../sealed/secret_room.ts";
import { escapeText } from "../../terminal/escape.ts";

/** Who one is where conversations are sealed, and where is kept what is known of them. */
export interface SealedOptions {
  /** The device's secrets; undefined where it has none. */
  readonly device: DeviceIdentity | undefined;
  /** The config folder; undefined where nothing can be kept. */
  readonly folder: string | undefined;
  /** The server. */
  readonly server: Address;
  /** Whether nothing goes to a person that cannot be encrypted. */
  readonly isAlways: boolean;
}

/** Around a client, a chat that seals. */
export function sealedChat(
  client: ChatClient,
  { device, folder, server, isAlways }: SealedOptions,
  onNotice: (notice: SealedNotice) => void,
): SealedChat {
  const kept = folder === undefined || device === undefined
    ? {}
    : { store: new FolderSealedStore(folder, server, client.name) };
  const sealing = isAlways ? "always" : "when possible";
  return new SealedChat({ client, device, ...kept, sealing, onNotice });
}

/** What a {@link SealedDesk} needs. */
export interface SealedDeskOptions {
  readonly chat: SealedChat;
  /** Asks for a secret that is not shown; undefined where there is no answer. */
  readonly ask: (question: string) => Promise<string | undefined>;
  /** Whether there is a connection. */
  readonly isOnline: () => boolean;
  /** Tells something, not escaped yet. */
  readonly notice: (text: string) => void;
}

/** What the commands of sealed conversations do, on a terminal. */
export class SealedDesk {
  readonly #options: SealedDeskOptions;

  /** @param options The chat, and how to ask. */
  constructor(options: SealedDeskOptions) {
    this.#options = options;
  }

  /**
   * `/secret ROOM`: makes ready to unlock a room, or to make one. The passphrase is asked for before the server is: it
   * cannot have it typed where it would be said.
   *
   * @param typed The room, as it was typed.
   * @param isJoined Whether one is in it.
   * @returns Does it.
   */
  async secret(typed: string, isJoined: (room: string) => boolean): Promise<() => Promise<void>> {
    const { chat, ask, isOnline } = this.#options;
    const room = checkRoom(typed);
    if (!isOnline()) throw new TypeError("Not connected: try it again when the server is back");
    const passphrase = await ask(`Passphrase of ${escapeText(room)}`);
    if (passphrase === undefined || passphrase === "") return () => Promise.resolve();
    const found = isJoined(room)
      ? await chat.isSecret(room) ? "secret" : "open"
      : await chat.look(room);
    if (found === "none") return await this.#make(room, passphrase);
    if (found === "open") {
      throw new TypeError(
        `${room} is no secret room, and cannot become one: make one of another name`,
      );
    }
    return async () => {
      const { notice } = this.#options;
      if (!isJoined(room)) await chat.join(room);
      await chat.unlock(room, passphrase);
      notice(`${room} is unlocked, and stays so on this device. /history shows what was said`);
    };
  }

  /** `/trust NAME`. */
  async trust(typed: string): Promise<void> {
    const { chat, notice } = this.#options;
    const name = checkName(typed);
    const trusted = await chat.trust(name);
    if (trusted === undefined) return notice(`Nothing has changed of the keys of ${name}`);
    notice(
      trusted.length === 0
        ? `${name} has no key from now on: what you write is not encrypted`
        : `You trust ${name} with ${trusted.join(", ")} from now on`,
    );
  }

  async #make(room: string, passphrase: string): Promise<() => Promise<void>> {
    const { chat, ask, notice } = this.#options;
    checkPassphrase(passphrase);
    const again = await ask(`There is no ${escapeText(room)} yet. To make it, the same once more`);
    if (again === undefined || again === "") return () => Promise.resolve();
    if (again !== passphrase) throw new TypeError("The two are not the same: nothing was made");
    return async () => {
      await chat.createSecret(room, passphrase);
      notice(
        `Tell the passphrase to who is to read along, on another way than this. Who forgets it cannot get it back`,
      );
    };
  }
}
