import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { decodeSenderMessage } from "../protocol/message.ts";
import type { Offer, SenderMessage } from "../protocol/transfer.ts";
import { createHasher, type Hasher, type HashKind } from "./hash.ts";
import type { Durable, Inbox, Part } from "./inbox.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { FileProgress } from "./progress.ts";

/** Offers that may wait for their final answer. */
export const MAX_OPEN_OFFERS = 256;
/** Commits under way at once: many, so that their fsyncs overlap. */
const MAX_OPEN_COMMITS = 64;

/** Answers that may wait to go out, in bytes; above it nothing is read. */
const MAX_QUEUED_BYTES = 262_144;

/** A file that was received. */
export interface ReceivedFile {
  /** The name that the sender gave it: a peer's word, to be escaped before it is shown. */
  readonly name: string;
  /** The name that it was saved under, relative to the inbox. */
  readonly savedAs: string;
  /** What it is; a folder has no bytes. */
  readonly kind: "file" | "directory";
  /** Bytes of the whole file. */
  readonly size: number;
  /** Of the whole file, lower-case hexadecimal. */
  readonly hash: string;
  /** Which hash that is. */
  readonly hashKind: HashKind;
  /** What the receipt promises. */
  readonly durable: Durable;
}

/** A file that was not received. */
export interface FailedFile {
  /** The name that the sender gave it: a peer's word, to be escaped before it is shown. */
  readonly name: string;
  /** Why not. */
  readonly error: ProtocolError;
}

/** How files are received. */
export interface ReceiveOptions extends LinkOptions {
  /** Told of each file that is saved. */
  readonly onReceived?: (file: ReceivedFile) => void;
  /** Told of each file that is not. */
  readonly onFailed?: (file: FailedFile) => void;
  /** Told how many bytes of a file have come: where it begins, and with every piece. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** What one connection brought. */
export interface ReceiveSummary {
  /** How many files were saved. */
  readonly files: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  /** How many offered files were not saved. */
  readonly failed: number;
  /** Whether the sender said `bye`: else it just ended, and may have had more. */
  readonly complete: boolean;
}

/** An offer without a final answer. */
interface Incoming {
  readonly offer: Offer;
  readonly part: Part;
  readonly acceptedOffset: number;
}

/** The file whose data comes now. */
interface Current {
  readonly id: number;
  readonly incoming: Incoming | undefined;
  readonly hasher: Hasher;
  /** The offset that it began at. */
  readonly from: number;
  size: number;
}

/**
 * Receives files until the sender says `bye`.
 *
 * ```
 *  hello --> welcome
 *    |
 *    v    offer: accept / refuse            start            end: commit, then done / error
 *  between files ----------------- - - - ----------> in a file ------------------------> between files
 *    |                                                 | data: write and hash
 *   bye: every answer, bye                             | cancel: part removed ---------> between files
 *   end of the input: every answer
 * ```
 *
 * - I1 `done` goes out after length and hash agreed and the inbox has committed; each offer gets one
 *   final answer.
 * - I2 A part that does not become a file is removed: on `cancel`, on an error, on a broken connection.
 * - I3 What is wrong with one file ends that file; what is wrong with the messages ends the connection.
 * - I4 However the connection ends: what is being committed is finished first, and answered if the
 *   sender still reads.
 *
 * @param connection The connection to the sender; it is ended and closed.
 * @param inbox Where the files go.
 * @param options Who is told, deadlines, a signal.
 * @returns What was received, when the sender has said `bye` and read ours, or has nothing open and
 *   ended.
 * @throws {ProtocolError} The sender broke the protocol, or its deadlines; it was told.
 * @throws The signal's reason, and the sender was told; or why the connection broke.
 */
export async function receiveFiles(
  connection: Connection,
  inbox: Inbox,
  options: ReceiveOptions = {},
): Promise<ReceiveSummary> {
  const link = new Link(connection, options);
  const receiver = new Receiver(link, inbox, options);
  try {
    const summary = await receiver.run();
    await link.finish();
    return summary;
  } catch (error) {
    try {
      receiver.abortAll(error);
    } finally {
      await receiver.settled();
      link.giveUp(error);
      await link.finish();
    }
    throw error;
  } finally {
    link.close();
  }
}

class Receiver {
  readonly #link: Link;
  readonly #inbox: Inbox;
  readonly #options: ReceiveOptions;
  readonly #incoming = new Map<number, Incoming>();
  readonly #commits = new Set<Promise<void>>();
  #hashKind: HashKind | undefined;
  #hasher!: Hasher;
  #current: Current | undefined;
  /** What a caller's function threw while nobody waited for it. */
  #fault: { readonly error: unknown } | undefined;
  #lastId = -1;
  #files = 0;
  #bytes = 0;
  #failed = 0;

  constructor(link: Link, inbox: Inbox, options: ReceiveOptions) {
    this.#link = link;
    this.#inbox = inbox;
    this.#options = options;
  }

  async run(): Promise<ReceiveSummary> {
    const complete = await this.#readMessages();
    await this.#link.busy(this.settled());
    this.#throwFault();
    if (complete) this.#send("bye", { files: this.#files, bytes: this.#bytes });
    return { files: this.#files, bytes: this.#bytes, failed: this.#failed, complete };
  }

  /** Removes every part that is not being committed (I2). */
  abortAll(error: unknown): void {
    const incoming = [...this.#incoming.values()];
    this.#incoming.clear();
    const keep = isInterruption(error);
    for (const { part } of incoming) part.abort(keep);
    for (const { offer } of incoming) this.#tellFailed(offer.name, asProtocolError(error));
  }

  /** Resolves when no commit is under way (I4). */
  async settled(): Promise<void> {
    while (this.#commits.size > 0) await Promise.all(this.#commits);
  }

  /** Whether the sender said `bye`: false when its input ended, with nothing open. */
  async #readMessages(): Promise<boolean> {
    for (;;) {
      const frame = this.#link.next() ?? await this.#link.read();
      this.#throwFault();
      if (frame === undefined) {
        // Between files it means no more than that there are no more.
        if (this.#hashKind !== undefined && !this.#isAnyOpen()) return false;
        throw new ProtocolError("truncated_frame", "The connection ended before the sender's bye");
      }
      if (frame.kind === "data") this.#data(frame.payload);
      else {
        const said = this.#message(decodeSenderMessage(frame.payload));
        if (said !== undefined && await said === "bye") return true;
        // Who does not read our answers gets no more of them.
        const { writer } = this.#link;
        if (writer.queuedBytes > MAX_QUEUED_BYTES) await this.#link.guard(writer.flush());
      }
    }
  }

  #isAnyOpen(): boolean {
    return this.#current !== undefined || this.#incoming.size > 0;
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  #message({ type, payload }: SenderMessage): Promise<"bye" | void> | void {
    if (this.#hashKind === undefined && type !== "hello") {
      throw new ProtocolError("unexpected_message", `"${type}" came before "hello"`);
    }
    switch (type) {
      case "hello":
        return this.#hello(payload);
      case "offer":
        return this.#offer(payload);
      case "start":
        return this.#start(payload);
      case "end":
        return this.#end(payload);
      case "cancel":
        return this.#cancel(payload);
      case "bye":
        if (this.#isAnyOpen()) {
          throw new ProtocolError("unexpected_message", '"bye" came before every file was ended');
        }
        return Promise.resolve("bye" as const);
      case "ping":
        return this.#send("pong", { t: payload.t });
      case "pong":
        return;
      case "error":
        throw new ProtocolError(payload.code, payload.message);
      case "welcome":
        throw new ProtocolError("unexpected_message", '"welcome" is the listener\'s to say');
    }
  }

  async #hello(payload: Extract<SenderMessage, { type: "hello" }>["payload"]): Promise<void> {
    if (this.#hashKind !== undefined) {
      throw new ProtocolError("unexpected_message", '"hello" came twice');
    }
    if (payload.protocol !== 1) {
      throw new ProtocolError(
        "unsupported_protocol",
        `Cannot speak version ${payload.protocol} of the protocol: version 1 is spoken`,
      );
    }
    if (payload.role !== "send") {
      throw new ProtocolError("unexpected_message", "This side receives: it has no files to give");
    }
    this.#hashKind = payload.hash;
    this.#hasher = await createHasher(payload.hash);
    this.#link.greeted();
    const limits = { maxOpenOffers: MAX_OPEN_OFFERS };
    this.#send("welcome", { limits, durable: this.#inbox.durable });
  }

  async #offer(offer: Offer): Promise<void> {
    if (offer.id <= this.#lastId) {
      throw new ProtocolError("unexpected_message", `Offer ${offer.id} came after ${this.#lastId}`);
    }
    this.#lastId = offer.id;
    if (this.#incoming.size + this.#commits.size >= MAX_OPEN_OFFERS) {
      throw new ProtocolError(
        "too_many_offers",
        `Cannot take another offer: ${MAX_OPEN_OFFERS} wait for their answer`,
      );
    }
    let part: Part;
    try {
      const opening = this.#inbox.open(offer, this.#hashKind!);
      part = opening instanceof Promise ? await this.#link.busy(opening) : opening;
    } catch (error) {
      const { code, message } = this.#tellFailed(offer.name, asProtocolError(error));
      return this.#send("refuse", { id: offer.id, code, message });
    }
    const { held } = part;
    // Inline data follows from the beginning, whatever is held.
    const acceptedOffset = offer.inline ? 0 : held?.size ?? 0;
    this.#incoming.set(offer.id, { offer, part, acceptedOffset });
    if (offer.inline) return;
    this.#send("accept", {
      id: offer.id,
      offset: acceptedOffset,
      ...(held === undefined ? {} : { hash: held.hasher.digest() }),
    });
  }

  #start({ id, offset }: { readonly id: number; readonly offset: number }): void {
    if (this.#current !== undefined) {
      throw new ProtocolError(
        "unexpected_message",
        `"start" came inside of file ${this.#current.id}`,
      );
    }
    if (id > this.#lastId) {
      throw new ProtocolError("unexpected_message", `"start" of ${id} came before its offer`);
    }
    const incoming = this.#incoming.get(id);
    // An inline file that was refused: it is read past.
    if (incoming === undefined) {
      this.#current = { id, incoming, hasher: this.#hasher, from: 0, size: 0 };
      return;
    }
    if (offset !== 0 && offset !== incoming.acceptedOffset) {
      throw new ProtocolError(
        "unexpected_message",
        `File ${id} starts at ${offset}: 0 or ${incoming.acceptedOffset} was agreed`,
      );
    }
    const hasher = offset > 0 ? incoming.part.held!.hasher : this.#hasher;
    if (offset === 0) hasher.reset();
    this.#current = { id, incoming, hasher, from: offset, size: offset };
    this.#try(() => incoming.part.begin(offset));
    this.#tellProgress(this.#current);
  }

  #data(payload: Uint8Array<ArrayBuffer>): void {
    const current = this.#current;
    if (current === undefined) {
      throw new ProtocolError("unexpected_data", "Data came that belongs to no file");
    }
    current.size += payload.length;
    const { incoming } = current;
    if (incoming === undefined || !this.#incoming.has(current.id)) return;
    const { size } = incoming.offer;
    this.#try(() => {
      if (size !== null && current.size > size) {
        throw new ProtocolError(
          "size_mismatch",
          `More came than the ${size} bytes that were offered`,
        );
      }
      incoming.part.write(payload);
      current.hasher.update(payload);
    });
    this.#tellProgress(current);
  }

  #end(
    end: { readonly id: number; readonly size: number; readonly hash: string },
  ): Promise<void> | void {
    const current = this.#takeCurrent(end.id, "end");
    const { incoming } = current;
    if (incoming === undefined || !this.#incoming.delete(end.id)) return;
    const { offer, part } = incoming;
    const hash = current.hasher.digest();
    if (current.size !== end.size || (offer.size !== null && offer.size !== end.size)) {
      part.abort();
      return this.#answerFailed(
        end.id,
        offer.name,
        new ProtocolError(
          "size_mismatch",
          `${current.size} bytes came: ${
            offer.size ?? "any number"
          } were offered, ${end.size} announced at the end`,
        ),
      );
    }
    if (hash !== end.hash) {
      part.abort();
      const text = `The hash of what came is ${hash}, of what was sent ${end.hash}: send it again`;
      return this.#answerFailed(end.id, offer.name, new ProtocolError("hash_mismatch", text));
    }
    const commit = this.#commit(end.id, incoming, hash, end.size)
      .catch((error) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#commits.delete(commit));
    this.#commits.add(commit);
    if (this.#commits.size >= MAX_OPEN_COMMITS) {
      return this.#link.busy(Promise.race(this.#commits));
    }
  }

  async #commit(id: number, { offer, part }: Incoming, hash: string, size: number): Promise<void> {
    let savedAs: string;
    // A folder's time is its own only after what came before it is there.
    if (offer.kind === "directory") await Promise.all(this.#commits);
    try {
      savedAs = await part.commit(hash);
    } catch (error) {
      return this.#answerFailed(id, offer.name, asProtocolError(error));
    }
    const { durable } = this.#inbox;
    const { name, kind } = offer;
    if (kind === "file") this.#files++;
    this.#bytes += size;
    this.#send("done", { id, savedAs, size, hash, durable });
    const hashKind = this.#hashKind!;
    this.#options.onReceived?.({ name, savedAs, kind, size, hash, hashKind, durable });
  }

  #cancel({ id, code, message }: { id: number; code: string; message: string }): void {
    if (id > this.#lastId) {
      throw new ProtocolError("unexpected_message", `"cancel" of ${id} came before its offer`);
    }
    if (this.#current?.id === id) this.#current = undefined;
    const incoming = this.#incoming.get(id);
    if (incoming === undefined) return;
    this.#incoming.delete(id);
    incoming.part.abort(code === "cancelled");
    this.#tellFailed(incoming.offer.name, new ProtocolError(code, message));
  }

  #takeCurrent(id: number, type: string): Current {
    const current = this.#current;
    if (current?.id !== id) {
      throw new ProtocolError("unexpected_message", `"${type}" of ${id} came outside of that file`);
    }
    this.#current = undefined;
    return current;
  }

  /** Does something with the current file; where it fails, the file does, and no more of it is kept (I3). */
  #try(work: () => void): void {
    const { id, incoming } = this.#current!;
    try {
      work();
    } catch (error) {
      this.#incoming.delete(id);
      incoming!.part.abort();
      this.#answerFailed(id, incoming!.offer.name, asProtocolError(error));
    }
  }

  #answerFailed(id: number, name: string, error: ProtocolError): void {
    const { code, message } = this.#tellFailed(name, error);
    this.#send("error", { id, code, message });
  }

  #tellProgress({ incoming, from, size: bytes }: Current): void {
    const { name, size } = incoming!.offer;
    this.#options.onProgress?.({ name, size, from, bytes });
  }

  #tellFailed(name: string, error: ProtocolError): ProtocolError {
    this.#failed++;
    this.#options.onFailed?.({ name, error });
    return error;
  }

  #send(type: string, payload: object): void {
    this.#link.writer.send({ type, payload });
  }
}

/** What is thrown is told to a peer: only what was meant for one. */
function asProtocolError(error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  return new ProtocolError("write_failed", "Cannot save the file: the receiver failed", {
    cause: error,
  });
}

/** Whether a transfer was cut off rather than broken: then what has arrived may be of use. */
function isInterruption(error: unknown): boolean {
  return !(error instanceof ProtocolError) ||
    ["truncated_frame", "idle_timeout", "cancelled"].includes(error.code);
}
