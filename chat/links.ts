import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { type PublicKey, verifySignature } from "../identity/device_key.ts";
import type { ChatMessage, ConnectRequest, KeyCard, Linking } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import { endorsementText } from "../protocol/signed_texts.ts";
import type { ProvenKey } from "./access.ts";
import type { Names } from "./names.ts";
import { type Owner, withKey } from "./owner.ts";
import type { ChatObserver, SessionInfo } from "./observer.ts";
import { storing } from "./storing.ts";

/** How long a code is good. */
const LINK_MS = 600_000;
/** How long a device waits to be taken in: there is a person at the other one, or a program that answers at once. */
const WAIT_MS = 60_000;
/** Devices that may try one code: the secret half has 60 bits, and whoever made it sees each try. */
const MAX_TRIES = 3;

/** What a link needs of a session. */
export interface LinkSession {
  readonly name: string | undefined;
  readonly proven: ProvenKey | undefined;
  readonly info: SessionInfo;
  readonly state: { readonly observer: ChatObserver };
  /** Resolves when it is over. */
  readonly ended: Promise<unknown>;
  send(message: ChatMessage): void;
}

/** A device that waits to be taken in. */
interface Waiting {
  readonly card: KeyCard;
  readonly resolve: (owner: Owner) => void;
  readonly reject: (error: ProtocolError) => void;
}

/** What a session has begun with `link`. */
interface Link {
  readonly member: LinkSession;
  readonly until: number;
  readonly waiting: Map<PublicKey, Waiting>;
  tries: number;
}

/**
 * The links that devices have begun: by each, another device of the same person can become one of its name's.
 *
 * ```
 * older device                server                  new device
 *      | -- link {id} ----------> |                        |
 *      |                          | <--- connect {link: {id, mac}}, challenge, prove
 *      | <-- link_wanted {key, mac}                        |
 *      | -- endorse {key, ...} -> | ---- connect_ack ----> |
 * ```
 *
 * - I1 A session has one link at most; it is over when it was used, after 10 minutes, after 3 tries, and with the session.
 * - I2 A new device waits 60 s at most.
 * - I3 Who names a link that is not there, or is another name's, is told the same.
 */
export class Links {
  readonly #names: Names;
  readonly #clock: Clock;
  /** By name and id. */
  readonly #links = new Map<string, Link>();
  readonly #bySession = new Map<LinkSession, string>();
  /** Whose end is waited for already: who begins one link after the other must not pile up. */
  readonly #watched = new WeakSet<LinkSession>();

  /**
   * @param names Where keys are added.
   * @param clock Whose time.
   */
  constructor(names: Names, clock: Clock) {
    this.#names = names;
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#links.size;
  }

  /**
   * Begins a link; one that the session has begun before is over.
   *
   * @param member The older device's session, which has proven a key.
   * @param id The public half of the code.
   */
  begin(member: LinkSession, id: string): Linking {
    const key = linkKey(member.name!, id);
    this.#end(this.#bySession.get(member));
    // The same id of the same name's other device: the codes differ in their other half.
    this.#end(key);
    const until = this.#clock.now() + LINK_MS;
    this.#links.set(key, { member, until, waiting: new Map(), tries: 0 });
    this.#bySession.set(member, key);
    if (!this.#watched.has(member)) {
      this.#watched.add(member);
      member.ended.then(() => this.#end(this.#bySession.get(member)));
    }
    return { id, expiresAt: until };
  }

  /**
   * Asks the older device to take a new one in.
   *
   * @param member The new device's session, which has proven its key.
   * @param name The name that it wants to be of.
   * @param card Its key.
   * @param proof What it says of the link.
   * @returns When it was taken in: the owner that it is one of.
   * @throws {ProtocolError} `unknown_link`, `link_refused`.
   */
  async knock(
    member: LinkSession,
    name: string,
    card: KeyCard,
    { id, mac }: NonNullable<ConnectRequest["link"]>,
  ): Promise<Owner> {
    const link = this.#links.get(linkKey(name, id));
    if (link === undefined || this.#clock.now() >= link.until || link.tries >= MAX_TRIES) {
      throw unknownLink();
    }
    link.tries++;
    link.waiting.get(card.key)?.reject(refused("It asked once more"));
    const { promise, resolve, reject } = Promise.withResolvers<Owner>();
    const waiting: Waiting = { card, resolve, reject };
    link.waiting.set(card.key, waiting);
    using _timer = this.#clock.after(WAIT_MS, () => reject(refused("Nobody answered")));
    member.ended.then(() => reject(refused("It has gone")));
    link.member.send({ type: "link_wanted", payload: { key: card.key, mac } });
    try {
      return await promise;
    } finally {
      if (link.waiting.get(card.key) === waiting) link.waiting.delete(card.key);
    }
  }

  /**
   * Takes in a device that waits, or turns it away.
   *
   * @param member The older device's session.
   * @param key The new device's key.
   * @param endorsement The older device's signature; undefined: the code was wrong.
   * @throws {ProtocolError} `unknown_key`, `invalid_message`, `too_many_keys`, `forbidden`, `storage_failed`.
   */
  async endorse(
    member: LinkSession,
    key: PublicKey,
    endorsement: string | undefined,
  ): Promise<void> {
    const at = this.#bySession.get(member) ?? "";
    const waiting = this.#links.get(at)?.waiting.get(key);
    if (waiting === undefined) {
      throw new ProtocolError("unknown_key", "No device with that key waits to be taken in");
    }
    if (endorsement === undefined) return waiting.reject(refused("The code is not the right one"));
    const [name, endorsedBy] = [member.name!, member.proven!.key];
    if (!await verifySignature(endorsedBy, endorsementText(name, key, endorsedBy), endorsement)) {
      throw new ProtocolError(
        "invalid_message",
        "Cannot take the endorsement: it is no signature of this session's key",
      );
    }
    const card = { ...waiting.card, at: this.#clock.now(), endorsedBy, endorsement };
    const owner = await storing(
      member,
      () => this.#names.change(name, (owner) => withKey(owner, card)),
      "keep the device's key",
    );
    waiting.resolve(owner);
    this.#end(at);
  }

  #end(key: string | undefined): void {
    const link = this.#links.get(key ?? "");
    if (link === undefined) return;
    this.#links.delete(key!);
    this.#bySession.delete(link.member);
    for (const { reject } of link.waiting.values()) reject(refused("The link is over"));
  }
}

function linkKey(name: string, id: string): string {
  return `${id} ${fold(name)}`;
}

/** What somebody is told whose code belongs to no link. */
export function unknownLink(): ProtocolError {
  return new ProtocolError(
    "unknown_link",
    "No device of that name waits for a code that begins so, or not any more: make a new code with /link",
  );
}

function refused(why: string): ProtocolError {
  return new ProtocolError(
    "link_refused",
    `The other device did not take this one in: ${why}. Make a new code with /link, and mind each letter`,
  );
}
