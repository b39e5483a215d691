import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { decodeReceiverMessage } from "../protocol/message.ts";
import type { Accept, Receipt, ReceiverMessage } from "../protocol/transfer.ts";
import { createHasher, type Hasher, type HashKind } from "./hash.ts";
import type { Durable } from "./inbox.ts";
import { Link, type LinkOptions } from "./link.ts";
import type { FileProgress } from "./progress.ts";
import type { Source, SourceReader } from "./source.ts";

/** Offers ahead of the file that is being sent: enough to hide the way there and back. */
const OFFERS_AHEAD = 32;
/** Offers without a final answer, at most: a protocol limit is 256. */
const MAX_OPEN_OFFERS = 200;
/** Larger files are offered first, and sent when they are accepted. */
const MAX_INLINE_BYTES = 131_072;
/** Bytes of inline files without a final answer, at most: a protocol limit is 16 MiB. */
const MAX_OPEN_INLINE_BYTES = 16_777_216;
/** Messages and small files that wait to go out, in bytes; above it they are waited for. */
const MAX_QUEUED_BYTES = 1_048_576;
/** Bytes of one data frame, and of each of the two buffers: small enough to stay in the cache. */
const CHUNK_BYTES = 262_144;

/** From the least durable on. */
const PROMISES: readonly Durable[] = ["none", "memory", "disk"];
/** What a receiver says only after its `welcome`. */
const ANSWERS: ReadonlySet<string> = new Set(["accept", "refuse", "done", "bye"]);

/** A file that the receiver has given its receipt for. */
export interface SentFile {
  /** The name that was offered. */
  readonly name: string;
  /** The name that it was saved under: a peer's word, to be escaped before it is shown. */
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

/** A file that was not sent, or not kept. */
export interface UnsentFile {
  /** The name that was offered. */
  readonly name: string;
  /** Why not. */
  readonly error: ProtocolError;
}

/** How files are sent. */
export interface SendOptions extends LinkOptions {
  /** What files are verified by. @default {"sha256"} */
  readonly hash?: HashKind;
  /** A secret that the receiver asks for. */
  readonly token?: string;
  /** Told of each file that has its receipt. */
  readonly onSent?: (file: SentFile) => void;
  /** Told of each file that has none, and never will. */
  readonly onFailed?: (file: UnsentFile) => void;
  /** Told how many bytes of a file are on their way: where it begins, and with every piece. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** What came of sending. */
export interface SendSummary {
  /** How many files have their receipt. */
  readonly files: number;
  /** Bytes of all of them. */
  readonly bytes: number;
  /** How many have none. */
  readonly failed: number;
}

/** An offer without a final answer. */
interface Outgoing {
  readonly id: number;
  readonly source: Source;
  /** What the receiver said to the offer: undefined for a no. */
  readonly accepted: PromiseWithResolvers<Accept | undefined>;
  /** Its bytes, where they have followed the offer at once. */
  readonly inlineBytes: number;
  /** Whether the receiver has given its final answer. */
  final: boolean;
  /** What `end` announced, which the receipt must repeat. */
  sent: { readonly size: number; readonly hash: string } | undefined;
}

/**
 * Sends files, and waits for the receipt of each.
 *
 * ```
 * hello, offer, offer ...        each offer: accept --> start, data ..., end --> done | error
 *                                            refuse --> next
 *                                  reading fails --> cancel
 * ... bye --> bye
 * ```
 *
 * - I1 A file is sent only when its `done` has come, with the size and hash that `end` announced, as
 *   durable as `welcome` said.
 * - I2 What fails with one file leaves the others alone.
 * - I3 Answers are read while data is written.
 *
 * @param connection The connection to the receiver; it is ended and closed.
 * @param sources What to send, in order; asked for as the transfer goes on.
 * @param options The hash, who is told, deadlines, a signal.
 * @returns What came of it, when the receiver has said `bye`.
 * @throws {ProtocolError} The receiver ended it, or broke the protocol.
 * @throws The signal's reason, and the receiver was told; or why the connection broke. Files without
 *   receipt were told to `onFailed`.
 */
export async function sendFiles(
  connection: Connection,
  sources: AsyncIterable<Source> | Iterable<Source>,
  options: SendOptions = {},
): Promise<SendSummary> {
  const { hash = "sha256", token } = options;
  const hasher = await createHasher(hash);
  const link = new Link(connection, options);
  const sender = new Sender(link, hash, hasher, options);
  link.writer.send({
    type: "hello",
    payload: { protocol: 1, role: "send", hash, ...(token === undefined ? {} : { token }) },
  });
  const onAbort = () => sender.stop(options.signal?.reason);
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const answers = sender.readAnswers();
  try {
    // Whichever fails first ends the other: a broken connection, a fatal answer, a bug of ours.
    const [summary] = await Promise.all([
      link.guard(sender.send(sources)),
      answers.catch((error) => {
        sender.stop(error);
        throw error;
      }),
    ]);
    await link.finish();
    return summary;
  } catch (error) {
    sender.stop(error);
    if (sender.wasTold) link.close();
    else link.giveUp(error);
    await Promise.allSettled([answers]);
    await link.finish();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    link.close();
  }
}

class Sender {
  /** Whether the fatal error came from the receiver. */
  wasTold = false;
  readonly #link: Link;
  readonly #hashKind: HashKind;
  readonly #hasher: Hasher;
  readonly #options: SendOptions;
  readonly #buffers = [new Uint8Array(CHUNK_BYTES), new Uint8Array(CHUNK_BYTES)] as const;
  readonly #open = new Map<number, Outgoing>();
  /** What the receiver says to these may have crossed with our `cancel`. */
  readonly #cancelled = new Set<number>();
  /** How durable `welcome` said that receipts are; undefined until it has come. */
  #promised: Durable | undefined;
  #stopped: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();
  #nextId = 0;
  #inlineBytes = 0;
  #files = 0;
  #bytes = 0;
  #failed = 0;

  constructor(link: Link, hashKind: HashKind, hasher: Hasher, options: SendOptions) {
    this.#link = link;
    this.#hashKind = hashKind;
    this.#hasher = hasher;
    this.#options = options;
  }

  async send(sources: AsyncIterable<Source> | Iterable<Source>): Promise<SendSummary> {
    const ahead: Outgoing[] = [];
    for await (const source of sources) {
      // What a source like this may need: one offer more, and its bytes in flight.
      while (this.#open.size >= MAX_OPEN_OFFERS || !this.#hasRoomFor(source)) {
        if (ahead.length > 0) await this.#deliver(ahead.shift()!);
        else await this.#change();
      }
      // A folder's time is set last: what is in it has to be on its way before.
      while (source.kind === "directory" && ahead.length > 0) await this.#deliver(ahead.shift()!);
      if (isInline(source)) {
        this.#sendInline(source);
        const { writer } = this.#link;
        if (writer.queuedBytes > MAX_QUEUED_BYTES) await writer.flush();
        this.#throwIfStopped();
        continue;
      }
      ahead.push(this.#offer(source, undefined));
      // A first answer may be there already; without it, more offers hide the wait.
      while (ahead.length >= OFFERS_AHEAD) await this.#deliver(ahead.shift()!);
    }
    for (const outgoing of ahead) await this.#deliver(outgoing);
    while (this.#open.size > 0) await this.#change();
    const summary = { files: this.#files, bytes: this.#bytes, failed: this.#failed };
    this.#say("bye", { files: summary.files, bytes: summary.bytes });
    await this.#link.writer.flush();
    return summary;
  }

  /** Reads the receiver's answers until its `bye`. */
  async readAnswers(): Promise<void> {
    for (;;) {
      const frame = await this.#link.read();
      if (frame === undefined) {
        throw new ProtocolError(
          "truncated_frame",
          "The receiver ended the connection before every file had its receipt",
        );
      }
      if (frame.kind === "data") {
        throw new ProtocolError("unexpected_data", "The receiver sent data");
      }
      this.#link.greeted();
      if (this.#answer(decodeReceiverMessage(frame.payload)) === "bye") return;
    }
  }

  /** Ends every wait: nothing more will be sent or answered. */
  stop(error: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { error };
    for (const outgoing of [...this.#open.values()]) {
      const cause = error instanceof ProtocolError ? error : new ProtocolError(
        "cancelled",
        "The transfer ended before the receipt came",
        { cause: error },
      );
      this.#settle(outgoing, cause);
    }
    this.#tellChange();
  }

  #hasRoomFor(source: Source): boolean {
    return !isInline(source) || this.#inlineBytes + source.size! <= MAX_OPEN_INLINE_BYTES;
  }

  #offer(source: Source, inlineBytes: number | undefined): Outgoing {
    const id = this.#nextId++;
    const accepted = Promise.withResolvers<Accept | undefined>();
    const inline = inlineBytes !== undefined;
    const outgoing: Outgoing = {
      id,
      source,
      accepted,
      inlineBytes: inlineBytes ?? 0,
      final: false,
      sent: undefined,
    };
    this.#inlineBytes += outgoing.inlineBytes;
    this.#open.set(id, outgoing);
    const { name, kind = "file", size, mtime, mode } = source;
    this.#say("offer", {
      id,
      key: crypto.getRandomValues(new Uint8Array(16)).toHex(),
      name,
      size,
      kind,
      ...(mtime === undefined ? {} : { mtime: Math.round(mtime) }),
      ...(mode === undefined ? {} : { mode }),
      ...(inline ? { inline } : {}),
    });
    return outgoing;
  }

  /** Sends a small file, or a folder, with its offer: no way there and back for each of thousands. */
  #sendInline(source: Source): void {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      const [scratch] = this.#buffers;
      bytes = scratch.subarray(0, source.readWhole!(scratch));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // Nothing was offered yet, so there is nothing to cancel.
      this.#failed++;
      return this.#options.onFailed?.({ name: source.name, error });
    }
    const hasher = this.#hasher;
    hasher.reset();
    hasher.update(bytes);
    const outgoing = this.#offer(source, bytes.length);
    const { id } = outgoing;
    this.#say("start", { id, offset: 0 });
    if (bytes.length > 0) this.#link.writer.queueData(bytes);
    outgoing.sent = { size: bytes.length, hash: hasher.digest() };
    this.#say("end", { id, ...outgoing.sent });
    this.#options.onProgress?.({
      name: source.name,
      size: source.size,
      from: 0,
      bytes: bytes.length,
    });
  }

  /** Sends one file, if the receiver wants it. */
  async #deliver(outgoing: Outgoing): Promise<void> {
    const accept = await outgoing.accepted.promise;
    this.#throwIfStopped();
    if (accept === undefined) return;
    try {
      using reader = await outgoing.source.open();
      await this.#stream(outgoing, reader, accept);
    } catch (error) {
      this.#throwIfStopped();
      // Not reading is this file's own trouble; not writing is everybody's.
      if (!(error instanceof ProtocolError)) throw error;
      const { code, message } = error;
      this.#cancel(outgoing.id, code, withoutPath(message, code));
      this.#settle(outgoing, error);
    }
  }

  async #stream(outgoing: Outgoing, reader: SourceReader, accept: Accept): Promise<void> {
    const { id, source } = outgoing;
    const hasher = this.#hasher;
    hasher.reset();
    let { offset } = accept;
    if (offset > 0 && !(await this.#beginsWith(reader, accept))) {
      // The receiver holds another beginning than ours: the whole file goes.
      using again = await source.open();
      return await this.#stream(outgoing, again, { id, offset: 0 });
    }
    this.#say("start", { id, offset });
    const { name, size } = source;
    const from = offset;
    this.#options.onProgress?.({ name, size, from, bytes: from });
    const [first, second] = this.#buffers;
    let [filled, free] = [first, second];
    let count = await reader.read(filled);
    while (count !== null && !outgoing.final) {
      const chunk = filled.subarray(0, count);
      // The next bytes are read, and these written, while these are hashed.
      const reading = reader.read(free);
      const writing = this.#link.writer.data(chunk);
      reading.catch(() => {});
      writing.catch(() => {});
      hasher.update(chunk);
      await writing;
      offset += count;
      this.#options.onProgress?.({ name, size, from, bytes: offset });
      [filled, free] = [free, filled];
      count = await reading;
    }
    // The receiver has said no meanwhile: the rest would be thrown away there.
    if (outgoing.final) {
      return this.#cancel(id, "cancelled", "The receiver gave this file up");
    }
    outgoing.sent = { size: offset, hash: hasher.digest() };
    this.#say("end", { id, ...outgoing.sent });
  }

  /** Whether the source begins with what the receiver holds; the hasher has that beginning then. */
  async #beginsWith(reader: SourceReader, { offset, hash }: Accept): Promise<boolean> {
    const [buffer] = this.#buffers;
    for (let left = offset; left > 0;) {
      const count = await reader.read(buffer.subarray(0, Math.min(left, buffer.length)));
      // More than all of it: what was hashed may be right, and yet another file is held.
      if (count === null) return false;
      this.#hasher.update(buffer.subarray(0, count));
      left -= count;
    }
    return this.#hasher.digest() === hash;
  }

  #cancel(id: number, code: string, message: string): void {
    this.#cancelled.add(id);
    this.#say("cancel", { id, code, message });
  }

  #answer({ type, payload }: ReceiverMessage): "bye" | void {
    if (this.#promised === undefined && ANSWERS.has(type)) {
      throw new ProtocolError("unexpected_message", `"${type}" came before "welcome"`);
    }
    switch (type) {
      case "welcome":
        if (this.#promised !== undefined) {
          throw new ProtocolError("unexpected_message", '"welcome" came twice');
        }
        this.#promised = payload.durable;
        return;
      case "accept":
        return this.#find(payload.id, type)?.accepted.resolve(payload);
      case "refuse":
        return this.#settle(
          this.#find(payload.id, type),
          new ProtocolError(payload.code, payload.message),
        );
      case "done":
        return this.#receipt(payload);
      case "error": {
        const error = new ProtocolError(payload.code, payload.message);
        if (payload.id !== undefined) return this.#settle(this.#find(payload.id, type), error);
        this.wasTold = true;
        throw error;
      }
      case "bye":
        if (this.#open.size > 0) {
          throw new ProtocolError("unexpected_message", '"bye" came before every receipt');
        }
        return "bye";
      case "ping":
        return this.#say("pong", { t: payload.t });
      case "pong":
        return;
      case "hello":
        throw new ProtocolError("unexpected_message", '"hello" is the dialler\'s to say');
    }
  }

  #receipt(receipt: Receipt): void {
    const outgoing = this.#find(receipt.id, "done");
    if (outgoing === undefined) return;
    const { sent, source } = outgoing;
    if (sent === undefined || sent.size !== receipt.size || sent.hash !== receipt.hash) {
      throw new ProtocolError(
        "unexpected_message",
        `The receipt of ${source.name} is for another file than was sent`,
      );
    }
    if (PROMISES.indexOf(receipt.durable) < PROMISES.indexOf(this.#promised!)) {
      throw new ProtocolError(
        "unexpected_message",
        `The receipt of ${source.name} says "${receipt.durable}", "welcome" promised "${this.#promised}"`,
      );
    }
    this.#close(outgoing);
    const { name, kind = "file" } = source;
    if (kind === "file") this.#files++;
    this.#bytes += sent.size;
    this.#options.onSent?.({
      name,
      savedAs: receipt.savedAs,
      kind,
      ...sent,
      hashKind: this.#hashKind,
      durable: receipt.durable,
    });
  }

  /** The open offer that an answer is for; undefined for one that we cancelled meanwhile. */
  #find(id: number, type: string): Outgoing | undefined {
    const outgoing = this.#open.get(id);
    if (outgoing !== undefined || this.#cancelled.has(id)) return outgoing;
    throw new ProtocolError(
      "unexpected_message",
      `"${type}" came for offer ${id}, which is not open`,
    );
  }

  /** The final answer to an offer is no. */
  #settle(outgoing: Outgoing | undefined, error: ProtocolError): void {
    if (outgoing === undefined || outgoing.final) return;
    this.#close(outgoing);
    this.#failed++;
    this.#options.onFailed?.({ name: outgoing.source.name, error });
  }

  #close(outgoing: Outgoing): void {
    outgoing.final = true;
    outgoing.accepted.resolve(undefined);
    this.#open.delete(outgoing.id);
    this.#inlineBytes -= outgoing.inlineBytes;
    this.#tellChange();
  }

  #change(): Promise<void> {
    this.#throwIfStopped();
    return this.#changed.promise.then(() => this.#throwIfStopped());
  }

  #tellChange(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers();
    changed.resolve();
  }

  #throwIfStopped(): void {
    if (this.#stopped !== undefined) throw this.#stopped.error;
  }

  #say(type: string, payload: object): void {
    this.#link.writer.send({ type, payload });
  }
}

/** Whether a source goes with its offer. */
function isInline(source: Source): boolean {
  return source.readWhole !== undefined && source.size !== null && source.size <= MAX_INLINE_BYTES;
}

/** This machine's paths are none of the receiver's business. */
function withoutPath(message: string, code: string): string {
  return code === "file_changed"
    ? "The file changed while it was being sent"
    : code === "read_failed"
    ? "The sender cannot read the file any further"
    : message;
}
