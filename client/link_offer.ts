import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { DeviceKey, PublicKey } from "../identity/device_key.ts";
import { isLinkProof, type LinkCode, makeLinkCode } from "../identity/link_code.ts";
import type { EndorseRequest, LinkWanted } from "../protocol/chat.ts";
import { endorsementText } from "../protocol/signed_texts.ts";

/** A code by which another device of the same person is taken in. */
export interface LinkOffer {
  /** What to type on the other device: `ABCD-EFGH-JKLM-NPQR`. A secret. */
  readonly code: string;
  /** Until when, Unix milliseconds. */
  readonly expiresAt: number;
  /**
   * Resolves with the other device's key when it is one of the name's; fails with `link_refused` after ten minutes or
   * three wrong codes, and where the client ends.
   */
  readonly linked: Promise<PublicKey>;
}

/** How long a code is good. */
const LINK_MS = 600_000;
const MAX_TRIES = 3;

/** What a {@link LinkDesk} needs of its client. */
export interface LinkDeskOptions {
  /** Whose name it is. */
  readonly name: () => string;
  /** This device's key. */
  readonly key: DeviceKey;
  readonly clock: Clock;
  /** Asks the server to take a device in, or to turn it away. */
  readonly endorse: (request: Omit<EndorseRequest, "ref">) => Promise<unknown>;
}

/**
 * The older device's side of linking. What it signs is the key of a device that knows the code: the server, which
 * does not, can put in no other one.
 */
export class LinkDesk {
  readonly #options: LinkDeskOptions;
  #open: { readonly code: LinkCode; readonly fail: (why: string) => void } | undefined;
  #resolve: (key: PublicKey) => void = () => {};
  #tries = 0;

  /** @param options Whose, and how the server is asked. */
  constructor(options: LinkDeskOptions) {
    this.#options = options;
  }

  /** The public half of the code that is open, if one is: to be told to the server again on a new connection. */
  get id(): string | undefined {
    return this.#open?.code.id;
  }

  /** Makes a code; one before it is over. */
  open(): { readonly id: string; readonly offer: LinkOffer } {
    this.close("a new code was made");
    const { clock } = this.#options;
    const code = makeLinkCode();
    const { promise, resolve, reject } = Promise.withResolvers<PublicKey>();
    // Who does not wait for it does not want to know.
    promise.catch(() => {});
    const timer = clock.after(LINK_MS, () => this.close("ten minutes are over"));
    const end = () => {
      timer[Symbol.dispose]();
      this.#open = undefined;
    };
    this.#tries = 0;
    this.#resolve = (key) => {
      end();
      resolve(key);
    };
    const fail = (why: string) => {
      end();
      reject(new ProtocolError("link_refused", `No device was taken in: ${why}`));
    };
    this.#open = { code, fail };
    const offer = { code: code.text, expiresAt: clock.now() + LINK_MS, linked: promise };
    return { id: code.id, offer };
  }

  /**
   * A device asks to be taken in.
   *
   * @param wanted What the server tells of it.
   */
  async wanted({ key, mac }: LinkWanted): Promise<void> {
    const { name, endorse } = this.#options;
    const open = this.#open;
    if (open === undefined) return;
    this.#tries++;
    const isRight = await isLinkProof(open.code, name(), key, mac);
    // The code may be over by now: then nothing is signed.
    if (this.#open !== open) return;
    if (!isRight) {
      if (this.#tries >= MAX_TRIES) this.close("the code was mistyped three times");
      await endorse({ key }).catch(() => {});
      return;
    }
    const own = this.#options.key;
    const endorsement = await own.sign(endorsementText(name(), key, own.publicKey));
    try {
      await endorse({ key, endorsement });
      if (this.#open === open) this.#resolve(key);
    } catch (error) {
      if (this.#open === open) this.close(error instanceof Error ? error.message : String(error));
    }
  }

  /** The code is good no more. */
  close(why: string): void {
    this.#open?.fail(why);
  }
}
