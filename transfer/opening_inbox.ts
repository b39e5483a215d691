import { createHash, type Hash } from "node:crypto";
import { ProtocolError } from "../codec/errors.ts";
import type { Offer } from "../protocol/transfer.ts";
import type { AgeIdentity } from "../sealed/age_identity.ts";
import { FileOpener } from "../sealed/file_opener.ts";
import type { HashKind } from "./hash.ts";
import type { Durable, Inbox, Part, Saved } from "./inbox.ts";

/** What encrypted files are called. */
const ENDING = /(?<=[^/])\.age$/i;

/** What a file is to be when it is decrypted. */
export interface ExpectedFile {
  /** The name to save it under: still a peer's word. */
  readonly name: string;
  /** Bytes of plaintext. */
  readonly size: number;
  /** SHA-256 of the plaintext. */
  readonly sha256: string;
}

/** How files are decrypted. */
export interface OpeningInboxOptions {
  /** Whose they may be. */
  readonly identities: readonly AgeIdentity[];
  /** What the one file is to be, whatever it is offered as. @default each `NAME.age` becomes `NAME` */
  readonly expected?: ExpectedFile;
}

/**
 * An inbox that decrypts age files on their way in. What does not end in `.age` is saved as it is, unless one file
 * is expected.
 *
 * - I1 Under a final name there is what was verified to its end: cut off, changed or for somebody else, it is not kept.
 * - I2 Nothing is resumed: half a plaintext tells nobody how far its ciphertext has come.
 *
 * @example
 * ```ts ignore
 * const identities = [await openAgeIdentity("AGE-SECRET-KEY-1…")];
 * await receiveFiles(connection, new OpeningInbox(new FolderInbox("in"), { identities }));
 * ```
 */
export class OpeningInbox implements Inbox {
  /** What a receipt promises. */
  readonly durable: Durable;
  readonly #inbox: Inbox;
  readonly #options: OpeningInboxOptions;

  /**
   * An inbox in front of another one.
   *
   * @param inbox Where the plaintext goes.
   * @param options Whose it may be, and what is expected.
   */
  constructor(inbox: Inbox, options: OpeningInboxOptions) {
    this.durable = inbox.durable;
    this.#inbox = inbox;
    this.#options = options;
  }

  /** What was saved for an offer already; see {@link Inbox.saved}. */
  async saved(offer: Offer, hash: HashKind): Promise<Saved | undefined> {
    const plain = this.#plainOffer(offer);
    if (plain === undefined) return await this.#inbox.saved?.(offer, hash);
    // The receipt is for what was sent, which is longer than what was saved.
    if (offer.size === null) return undefined;
    const saved = await this.#inbox.saved?.({ ...plain, size: null }, hash);
    return saved === undefined ? undefined : { ...saved, size: offer.size };
  }

  /** Decides about an offer; see {@link Inbox.open}. */
  open(offer: Offer, hash: HashKind, batch?: object): Promise<Part> | Part {
    const plain = this.#plainOffer(offer);
    if (plain === undefined) return this.#inbox.open(offer, hash, batch);
    const part = this.#inbox.open(plain, hash, batch);
    const { identities, expected } = this.#options;
    const opening = (part: Part) => new OpeningPart(part, new FileOpener(identities), expected);
    return part instanceof Promise ? part.then(opening) : opening(part);
  }

  /** The offer of the plaintext; undefined where it is no encrypted file. */
  #plainOffer(offer: Offer): Offer | undefined {
    const { expected } = this.#options;
    if (expected !== undefined) {
      const { name, size } = expected;
      return { id: offer.id, key: offer.key, kind: "file", name, size, inline: true };
    }
    if (offer.kind !== "file" || !ENDING.test(offer.name)) return undefined;
    // As a file that comes in one piece: it is not compared with what is there, nor kept where it is cut off.
    return { ...offer, name: offer.name.replace(ENDING, ""), inline: true };
  }
}

class OpeningPart implements Part {
  readonly #part: Part;
  readonly #opener: FileOpener;
  readonly #expected: ExpectedFile | undefined;
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;
  /** Plaintext that is being written: no more is written before that. */
  #writing: Promise<void> | undefined;

  constructor(part: Part, opener: FileOpener, expected: ExpectedFile | undefined) {
    this.#part = part;
    this.#opener = opener;
    this.#expected = expected;
  }

  begin(): void {
    this.#part.begin(0);
  }

  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void {
    const opening = this.#opener.push(bytes, (plain) => this.#take(plain));
    return opening === undefined ? this.#taken() : opening.then(() => this.#taken());
  }

  async commit(hash: string): Promise<string> {
    try {
      this.#opener.end((plain) => this.#take(plain));
      if (this.#expected !== undefined) this.#compare(this.#expected);
      await this.#taken();
    } catch (error) {
      this.abort();
      throw error;
    }
    return await this.#part.commit(hash);
  }

  abort(): void {
    this.#part.abort();
  }

  #take(plain: Uint8Array<ArrayBuffer>): void {
    this.#bytes += plain.length;
    if (this.#expected !== undefined) {
      if (this.#bytes > this.#expected.size) this.#refuseSize(this.#expected);
      this.#hash.update(plain);
    }
    const before = this.#writing;
    const kept = before === undefined ? plain : plain.slice();
    const write = () => this.#part.write(kept);
    const writing = before === undefined ? write() : before.then(write);
    if (writing === undefined) return;
    this.#writing = writing;
    // Whoever waits for it is told; until then it is nobody's.
    writing.catch(() => {});
  }

  /** Where what was taken has to be waited for. */
  #taken(): Promise<void> | void {
    const writing = this.#writing;
    this.#writing = undefined;
    return writing;
  }

  #compare(expected: ExpectedFile): void {
    if (this.#bytes !== expected.size) this.#refuseSize(expected);
    const sha256 = this.#hash.digest("hex");
    if (sha256 === expected.sha256) return;
    throw new ProtocolError(
      "hash_mismatch",
      `What came is not the file that the message told of: its SHA-256 is ${sha256}, that one's ${expected.sha256}`,
    );
  }

  #refuseSize({ size }: ExpectedFile): never {
    const found = this.#bytes > size ? "more" : `${this.#bytes}`;
    throw new ProtocolError(
      "size_mismatch",
      `What came is not the file that the message told of: it has ${found} bytes, that one ${size}`,
    );
  }
}
