import { ProtocolError } from "../codec/errors.ts";
import type { Receipt } from "../protocol/transfer.ts";
import type { HashKind } from "./hash.ts";
import type { Durable } from "./inbox.ts";
import type { Source } from "./source.ts";
import type { FailedFile, TransferredFile } from "./transferred_file.ts";

/** From the least durable on. */
const PROMISES: readonly Durable[] = ["none", "memory", "disk"];

/** What came of sending. */
export interface SendSummary {
  /** How many files have their receipt. */
  readonly files: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  /** How many have none. */
  readonly failed: number;
}

/** Who is told of what becomes of files. */
export interface SendQueueOptions {
  /** What files are verified by. */
  readonly hash?: HashKind;
  /** Told of each file that has its receipt. */
  readonly onSent?: (file: TransferredFile) => void;
  /** Told of each file that has none, and never will. */
  readonly onFailed?: (file: FailedFile) => void;
}

/** Something that is sent, until its fate is known: over as many connections as that takes. */
export interface Outgoing {
  readonly source: Source;
  /** Random, and the same in every offer of it: the receiver knows by it what it has saved already. */
  key: string;
  /** What an `end` has announced, which the receipt must repeat. */
  sent: { readonly size: number; readonly hash: string } | undefined;
  /** How much of it the receiver has been known to hold. */
  heldBytes: number;
  /** Whether its bytes were asked for. */
  opened: boolean;
  /** Whether it has its receipt, or never will. */
  final: boolean;
}

/**
 * What is to be sent: asked for one by one, and kept until the fate of each is known, so that another
 * connection can go on where one broke.
 *
 * - I1 A file is sent only when its receipt has come, with the size and hash that were announced, as
 *   durable as was promised.
 * - I2 Each is told once: sent, or failed.
 * - I3 Only what has no final answer is held: of 200,000 files a few hundred.
 */
export class SendQueue {
  readonly #sources: AsyncIterator<Source> | Iterator<Source>;
  readonly #options: SendQueueOptions;
  readonly #unfinished = new Set<Outgoing>();
  /** 128 random bits; a number after it makes a key of it. */
  readonly #run = crypto.getRandomValues(new Uint8Array(16)).toHex();
  #keys = 0;
  #next: IteratorResult<Source> | undefined;
  #asking: Promise<boolean> | undefined;
  #steps = 0;
  #files = 0;
  #bytes = 0;
  #failed = 0;

  /**
   * @param sources What to send, in order.
   * @param options Who is told.
   */
  constructor(
    sources: AsyncIterable<Source> | Iterable<Source>,
    options: SendQueueOptions,
  ) {
    this.#sources = Symbol.asyncIterator in sources
      ? sources[Symbol.asyncIterator]()
      : sources[Symbol.iterator]();
    this.#options = options;
  }

  /** What has become of the files so far. */
  get summary(): SendSummary {
    return { files: this.#files, bytes: this.#bytes, failed: this.#failed };
  }

  /** Rises with every fate that is known, and whenever the receiver holds more of a file. */
  get steps(): number {
    return this.#steps;
  }

  /** What was taken and has no final answer, in the order in which it was taken. */
  get unfinished(): readonly Outgoing[] {
    return [...this.#unfinished];
  }

  /** Whether there is nothing more, as far as is known without asking for it. */
  get isEmpty(): boolean {
    return this.#unfinished.size === 0 && this.#next?.done === true;
  }

  /**
   * Waits for the next source. Several may wait; it is taken once.
   *
   * @returns Whether there is one: false at the end.
   */
  async ready(): Promise<boolean> {
    if (this.#next === undefined) {
      return await (this.#asking ??= this.#ask().finally(() => this.#asking = undefined));
    }
    return this.#next.done !== true;
  }

  /** Takes the next source, after `ready` and in the same turn. */
  take(): Outgoing {
    const outgoing: Outgoing = {
      source: this.#next!.value as Source,
      key: this.#newKey(),
      sent: undefined,
      heldBytes: 0,
      opened: false,
      final: false,
    };
    this.#next = undefined;
    this.#unfinished.add(outgoing);
    return outgoing;
  }

  /** Notes what is announced; a small file that is another one meanwhile is another offer. */
  announce(outgoing: Outgoing, sent: { readonly size: number; readonly hash: string }): void {
    if (outgoing.sent !== undefined && outgoing.sent.hash !== sent.hash) {
      outgoing.key = this.#newKey();
    }
    outgoing.sent = sent;
  }

  /** The receiver holds so much of it. */
  held(outgoing: Outgoing, bytes: number): void {
    if (bytes <= outgoing.heldBytes) return;
    outgoing.heldBytes = bytes;
    this.#steps++;
  }

  /**
   * Takes a receipt.
   *
   * @param outgoing What it is for.
   * @param receipt The receipt.
   * @param promised How durable the receiver said that receipts are.
   * @throws {ProtocolError} `unexpected_message`: it is not for what was sent, or promises less.
   */
  receipt(outgoing: Outgoing, receipt: Receipt, promised: Durable): void {
    const { sent, source: { name, kind = "file" } } = outgoing;
    if (sent === undefined || sent.size !== receipt.size || sent.hash !== receipt.hash) {
      throw new ProtocolError(
        "unexpected_message",
        `The receipt of ${name} is for another file than was sent`,
      );
    }
    const { durable, savedAs } = receipt;
    if (PROMISES.indexOf(durable) < PROMISES.indexOf(promised)) {
      throw new ProtocolError(
        "unexpected_message",
        `The receipt of ${name} says "${durable}", "welcome" promised "${promised}"`,
      );
    }
    this.#finish(outgoing);
    if (kind === "file") this.#files++;
    this.#bytes += sent.size;
    const { hash: hashKind = "sha256", onSent } = this.#options;
    onSent?.({ name, savedAs, kind, ...sent, hashKind, durable });
  }

  /** It has no receipt, and never will. */
  fail(outgoing: Outgoing, error: ProtocolError): void {
    if (outgoing.final) return;
    this.#finish(outgoing);
    this.#failed++;
    this.#options.onFailed?.({ name: outgoing.source.name, error });
  }

  /** A connection broke: what was being read and can be read once only has come to nothing. */
  interrupted(error: unknown): void {
    for (const outgoing of this.#unfinished) {
      const { source, opened, sent } = outgoing;
      if (source.once === true && opened && sent === undefined) {
        this.fail(outgoing, cutOff(error));
      }
    }
  }

  /** Nothing more will be sent. */
  giveUp(error: unknown): void {
    for (const outgoing of this.#unfinished) {
      this.fail(outgoing, error instanceof ProtocolError ? error : cutOff(error));
    }
    if (this.#next?.done === true) return;
    // One that is asked right now ends by itself: it is not waited for. What it says then comes after why it
    // was ended, which is told.
    Promise.try(() => this.#sources.return?.()).catch(() => {});
  }

  async #ask(): Promise<boolean> {
    this.#next = await this.#sources.next();
    return this.#next.done !== true;
  }

  #finish(outgoing: Outgoing): void {
    outgoing.final = true;
    this.#unfinished.delete(outgoing);
    this.#steps++;
  }

  #newKey(): string {
    return `${this.#run}${(this.#keys++).toString(16)}`;
  }
}

function cutOff(cause: unknown): ProtocolError {
  return new ProtocolError("cancelled", "The transfer ended before the receipt came", { cause });
}
