import type { ChatClient } from "../../client/chat_client.ts";
import type { PublicKey } from "../../identity/device_key.ts";
import { fingerprint } from "../../identity/fingerprint.ts";
import type { KeyCard } from "../../protocol/chat.ts";
import { escapeText } from "../../terminal/escape.ts";
import { messageOf } from "./chat_failures.ts";

/** So much of a fingerprint is no slip of the finger. */
const LEAST_CHARS = 5;

/** What an {@link IdentityDesk} needs. */
export interface IdentityDeskOptions {
  readonly client: ChatClient;
  /** This device's key; undefined where it has none. */
  readonly key: PublicKey | undefined;
  /** Tells something. */
  readonly notice: (...lines: readonly string[]) => void;
  /** Tells of something that went wrong. */
  readonly alarm: (text: string) => void;
}

/** What the commands about keys and devices do, on a terminal. */
export class IdentityDesk {
  readonly #options: IdentityDeskOptions;

  /** @param options The client, and who is told. */
  constructor(options: IdentityDeskOptions) {
    this.#options = options;
  }

  /** `/link`: makes a code, and tells when it was used. */
  async link(): Promise<void> {
    const { client, notice, alarm } = this.#options;
    this.#needKey();
    const { code, linked } = await client.link();
    notice(
      `On the other device: client.ts --link, with your name, and the code ${code}`,
      "Or on the page: its keys, where it asks for a code. The code is good once, for ten minutes; who has it becomes you.",
    );
    linked.then(
      async (key) => notice(`The device ${await fingerprint(key)} is yours from now on`),
      (error) => alarm(messageOf(error)),
    );
  }

  /** `/fingerprint [NAME]`: what two people compare. */
  async fingerprint(name: string | undefined): Promise<void> {
    const { client, key, notice } = this.#options;
    if (name === undefined) {
      return notice(`This device is ${await fingerprint(key ?? this.#needKey())}`);
    }
    const { name: registered, keys } = await client.keys(name);
    const whose = escapeText(registered);
    if (keys.length === 0) return notice(`${whose} has no key: anybody with its token is ${whose}`);
    notice(
      `The devices of ${whose}; compare with what they see at /fingerprint`,
      ...await Promise.all(keys.map(({ key }) => fingerprint(key))),
    );
  }

  /** `/devices`: one's own. */
  async devices(): Promise<void> {
    const { client, notice } = this.#options;
    const { name, keys } = await client.keys(client.name);
    if (keys.length === 0) return notice(`${escapeText(name)} has no key`);
    notice("Your devices", ...await Promise.all(keys.map((card) => this.#describe(card))));
  }

  /** `/revoke FINGERPRINT`: takes a device's key from the name; its first group will do. */
  async revoke(wanted: string): Promise<void> {
    const { client, notice } = this.#options;
    if (wanted.length < LEAST_CHARS) {
      throw new TypeError(`${escapeText(wanted)} is too short: write the fingerprint of /devices`);
    }
    const { keys } = await client.keys(client.name);
    const prints = await Promise.all(keys.map(({ key }) => fingerprint(key)));
    const found = prints.flatMap((print, at) =>
      print.startsWith(wanted.toUpperCase()) ? [keys[at]!.key] : []
    );
    const [key] = found;
    if (key === undefined || found.length > 1) {
      throw new TypeError(
        `${found.length === 0 ? "none" : "more than one"} of your devices is ${
          escapeText(wanted)
        }: /devices lists them`,
      );
    }
    await client.revoke(key);
    notice(`The device ${await fingerprint(key)} is not yours any more`);
  }

  async #describe({ key, at, endorsedBy }: KeyCard): Promise<string> {
    const print = await fingerprint(key);
    const since = new Date(at).toISOString().slice(0, 10);
    const by = endorsedBy === undefined ? "" : `, taken in by ${await fingerprint(endorsedBy)}`;
    const own = key === this.#options.key ? ", this one" : "";
    return `${print} since ${since}${by}${own}`;
  }

  #needKey(): PublicKey {
    const { key } = this.#options;
    if (key !== undefined) return key;
    throw new TypeError("this device has no key: start the client where it can keep one");
  }
}
