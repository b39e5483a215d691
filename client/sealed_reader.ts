import { ProtocolError } from "../codec/errors.ts";
import type { HistoryPage, Sealed, SharedFile } from "../protocol/chat.ts";
import { fold } from "../protocol/names.ts";
import type { AgeIdentity } from "../sealed/age_identity.ts";
import { Chain, type Link, type Verdict } from "../sealed/chain.ts";
import { decrypt, type Place, verify } from "../sealed/envelope.ts";
import type { ChainPlace, SealedChains } from "./sealed_chains.ts";
import type { SealedNotice, SealedPeople } from "./sealed_people.ts";
import { howTo, type SealedRooms } from "./sealed_rooms.ts";

/** How secret a message is. */
export type Secrecy =
  /** It was encrypted, and is its sender's. */
  | { readonly kind: "sealed"; readonly key: string }
  /** It was not encrypted: the server could have written it; `isUnexpected` where its sender usually seals. */
  | { readonly kind: "open"; readonly isUnexpected?: true }
  /** It cannot be shown: text and files are left out, and the reason is for people. */
  | { readonly kind: "closed"; readonly code: string; readonly reason: string };

/** A message as the server tells it. */
export type AnyMessage = HistoryPage["messages"][number];

/** A message with what it says, where that can be read, and how secret it is. */
export type ReadMessage<M extends AnyMessage = AnyMessage> = M & { readonly secrecy: Secrecy };

/** What a {@link SealedReader} needs. */
export interface SealedReaderOptions {
  /** What opens what is for this device; undefined where it has none. */
  readonly identity: AgeIdentity | undefined;
  readonly people: SealedPeople;
  readonly chains: SealedChains;
  readonly rooms: SealedRooms;
  /** The own name, as it is registered. */
  readonly self: () => string;
  /** Tells the person. */
  readonly tell: (notice: SealedNotice) => void;
}

/** Where a message stands, and whose it is said to be. */
interface Standing extends Place {
  readonly sender: string;
}

/** What is to be shown of a message; where it was sealed, and is its sender's, with its place among what they said. */
interface Opened<M extends AnyMessage> {
  readonly shown: ReadMessage<M>;
  // Beside the message, not in it: that has whatever fields the server gave it.
  readonly chained?: { readonly place: ChainPlace; readonly link: Link };
}

/** Senders whose removed messages are remembered. */
const MAX_REMOVED = 1_000;

/**
 * Opens what comes: decrypts it, makes sure whose it is, and tells what the order of the hashes tells.
 *
 * - I1 Nothing is shown as somebody's that their key has not signed for this place.
 * - I2 Nothing is dropped in silence: what cannot be shown is there, without its text, and says why; a repeat is told.
 */
export class SealedReader {
  readonly #options: SealedReaderOptions;
  /** What files of sealed messages are decrypted with. */
  readonly #files = new WeakMap<SharedFile, readonly AgeIdentity[]>();
  /** Whose messages were removed since their last one came: what follows them misses them. */
  readonly #removed = new Set<string>();

  /** @param options What it needs. */
  constructor(options: SealedReaderOptions) {
    this.#options = options;
  }

  /** What a file of a message is decrypted with; undefined where it is not encrypted. */
  identitiesOf(file: SharedFile): readonly AgeIdentity[] | undefined {
    return this.#files.get(file);
  }

  /**
   * A message that has just come.
   *
   * @returns As it is to be shown; undefined for a repeat, which was told.
   */
  async live<M extends AnyMessage>(message: M): Promise<ReadMessage<M> | undefined> {
    const { shown, chained } = await this.#read(message);
    if (chained === undefined) {
      this.#noteRemoved(message);
      return shown;
    }
    const verdict = await this.#options.chains.take(chained.place, chained.link);
    this.#tell(verdict, standingOf(message));
    return verdict === "repeat" ? undefined : shown;
  }

  /** A page of history: it moves nothing, and what is known already may come. */
  async page(messages: readonly AnyMessage[]): Promise<ReadMessage[]> {
    const chains = new Map<string, Chain>();
    const read: ReadMessage[] = [];
    for (const message of messages) {
      const { shown, chained } = await this.#read(message);
      if (chained === undefined) {
        this.#noteRemoved(message);
        read.push(shown);
        continue;
      }
      const verdict = await this.#judge(chains, chained);
      if (verdict === "repeat") read.push(closed(message, "repeat", REPEATED));
      else {
        // What is before the page is not known here.
        if (verdict !== "late_start") this.#tell(verdict, standingOf(message));
        read.push(shown);
      }
    }
    return read;
  }

  /** Messages from here and there: what came before each of them is not known. */
  async found(messages: readonly AnyMessage[]): Promise<ReadMessage[]> {
    const read: ReadMessage[] = [];
    for (const message of messages) read.push((await this.#read(message)).shown);
    return read;
  }

  async #judge(
    chains: Map<string, Chain>,
    { place, link }: NonNullable<Opened<AnyMessage>["chained"]>,
  ): Promise<Verdict> {
    const seq = await this.#options.chains.seqOf(place, link.hash);
    if (seq !== undefined && seq !== link.seq) return "repeat";
    const id = `${place.kind}/${fold(place.to)}/${place.key}`;
    let chain = chains.get(id);
    if (chain === undefined) chains.set(id, chain = new Chain());
    return chain.take(link);
  }

  async #read<M extends AnyMessage>(message: M): Promise<Opened<M>> {
    const { sealed } = message;
    return sealed === undefined
      ? { shown: await this.#readOpen(message, standingOf(message)) }
      : await this.#readSealed(message, sealed, standingOf(message));
  }

  async #readSealed<M extends AnyMessage>(
    message: M,
    sealed: Sealed,
    standing: Standing,
  ): Promise<Opened<M>> {
    const { people, rooms, identity } = this.#options;
    const room = standing.kind === "room" ? await rooms.find(standing.to) : undefined;
    if (standing.kind === "room" && room === undefined) {
      const reason = `It is encrypted. ${howTo(standing.to)}`;
      return { shown: closed(message, "room_locked", reason) };
    }
    let hash: string;
    try {
      hash = await verify(sealed, standing);
    } catch (error) {
      return { shown: closedFor(message, error) };
    }
    const owner = await people.ownership(standing.sender, sealed.key);
    if (owner !== "own") {
      return { shown: closed(message, "bad_signature", NOT_THEIRS[owner](standing.sender)) };
    }
    const own = identity === undefined ? [] : [identity];
    const identities = room === undefined ? own : [room.identity];
    return await this.#decrypt(message, sealed, standing, hash, identities);
  }

  async #decrypt<M extends AnyMessage>(
    message: M,
    sealed: Sealed,
    standing: Standing,
    hash: string,
    identities: readonly AgeIdentity[],
  ): Promise<Opened<M>> {
    const { key, previous } = sealed;
    const { kind, to } = standing;
    const place = { kind, to, key };
    const link = { hash, previous, seq: message.seq };
    try {
      const { text, at, files = [] } = await decrypt(sealed, standing, identities);
      for (const file of files) this.#files.set(file, identities);
      const { files: _told, ...others } = message;
      const said = { ...others, text, ...(files.length === 0 ? {} : { files }) } as M;
      return {
        shown: { ...said, secrecy: { kind: "sealed", key } },
        chained: { place, link: { ...link, at } },
      };
    } catch (error) {
      // It has its place in the chain all the same: what follows it follows something that came.
      const chained = { place, link: { ...link, at: message.at } };
      return { shown: closedFor(message, error), chained };
    }
  }

  async #readOpen<M extends AnyMessage>(message: M, standing: Standing): Promise<ReadMessage<M>> {
    const { people, rooms, self } = this.#options;
    const { kind, to, sender } = standing;
    // Of what one is said to have written oneself, it is the other one who tells.
    const other = fold(sender) === fold(self()) ? to : sender;
    if (isRemoval(message)) return { ...message, secrecy: { kind: "open" } };
    if (kind === "room" && await rooms.find(to) !== undefined) {
      return closed(message, "not_sealed", OPEN);
    }
    const isUnexpected = kind === "private" && await people.seals(other);
    return { ...message, secrecy: { kind: "open", ...(isUnexpected ? { isUnexpected } : {}) } };
  }

  #noteRemoved(message: AnyMessage): void {
    // Only rooms have removals: elsewhere the word is the server's, who would have something not be missed.
    if (!("room" in message) || message.removed === undefined) return;
    const { to, sender } = standingOf(message);
    this.#removed.add(`${to} ${fold(sender)}`);
    if (this.#removed.size > MAX_REMOVED) this.#removed.clear();
  }

  #tell(verdict: Verdict, { kind, to, sender }: Standing): void {
    const where = kind === "room" ? ` in ${to}` : "";
    const alarm = (text: string) => this.#options.tell({ isAlarm: true, text });
    switch (verdict) {
      case "next":
      case "fork":
      case "known":
        return;
      case "late_start":
        // Whoever joins a room comes late to everybody's.
        if (kind === "room" || fold(sender) === fold(this.#options.self())) return;
        return this.#options.tell({
          isAlarm: false,
          text: `What ${sender} wrote before this is not known on this device`,
        });
      case "gap":
        if (this.#removed.delete(`${to} ${fold(sender)}`)) return;
        return alarm(
          `WARNING: something that ${sender} wrote${where} before the next message is missing: the server has not delivered it`,
        );
      case "out_of_order":
        return alarm(
          `WARNING: the next message of ${sender}${where} was missing until now: the server has held it back`,
        );
      case "too_old":
        return alarm(
          `WARNING: the next message of ${sender}${where} is older than what is remembered here: it may be a repeat, or was held back`,
        );
      case "again":
        return alarm(
          `WARNING: the next message of ${sender}${where} is not new: it was here before, and the server, which says that it has lost what it had, shows it once more`,
        );
      case "repeat":
        return alarm(
          `WARNING: the server has repeated an older message of ${sender}${where}: it is not shown again`,
        );
      default:
        return verdict satisfies never;
    }
  }
}

const REPEATED = "It is a repeat of an older message";
const OPEN =
  "It is not encrypted, and in a secret room nobody says anything in the open: the server may have made it up";

const NOT_THEIRS = {
  changed: (name: string) =>
    `It is signed by a key that the server shows for ${name}, and that is not the one that you know. Compare, then: /trust ${name}`,
  foreign: (name: string) => `It is signed by a key that is not ${name}'s: somebody else wrote it`,
  unknown: (name: string) =>
    `Whether its key is ${name}'s could not be found out. Look at it again with /history`,
} as const;

function standingOf(message: AnyMessage): Standing {
  return "room" in message
    ? { kind: "room", to: message.room, id: message.id, sender: message.sender }
    : { kind: "private", to: message.to, id: message.id, sender: message.from };
}

/** Whether it says that a message was removed, or is what is left of one. */
function isRemoval(message: AnyMessage): boolean {
  return "room" in message && message.text === "" && message.files === undefined &&
    (message.removed !== undefined || message.removes !== undefined);
}

function closed<M extends AnyMessage>(message: M, code: string, reason: string): ReadMessage<M> {
  const { files: _files, ...others } = message;
  const secrecy: Secrecy = { kind: "closed", code, reason };
  return { ...others, text: "", secrecy } as unknown as ReadMessage<M>;
}

function closedFor<M extends AnyMessage>(message: M, error: unknown): ReadMessage<M> {
  const code = error instanceof ProtocolError ? error.code : "internal_error";
  return closed(message, code, error instanceof Error ? error.message : String(error));
}
