import { ProtocolError } from "../codec/errors.ts";
import { decodeReceiverMessage } from "../protocol/message.ts";
import type { Accept, ReceiverMessage } from "../protocol/transfer.ts";
import type { Durable } from "./inbox.ts";
import type { Link } from "./link.ts";
import type { Outgoing, SendQueue } from "./send_queue.ts";
import type { Source } from "./source.ts";
import type { Upload, Uploader } from "./upload.ts";

/** Offers ahead of the file that is being sent: enough to hide the way there and back. */
const OFFERS_AHEAD = 32;
/** Offers without a final answer, at most: a protocol limit is 256. */
const MAX_OPEN_OFFERS = 250;
/** Larger files are offered first, and sent when they are accepted. */
const MAX_INLINE_BYTES = 131_072;
/** Bytes of inline files without a final answer, at most: a protocol limit is 16 MiB. */
const MAX_OPEN_INLINE_BYTES = 16_777_216;
/** Messages and small files that wait to go out, in bytes; above it they are waited for. */
const MAX_QUEUED_BYTES = 262_144;

/** What a receiver says only after its `welcome`. */
const ANSWERS: ReadonlySet<string> = new Set(["accept", "refuse", "done", "bye"]);

/** An offer on this connection. */
interface Offered extends Upload {
  readonly outgoing: Outgoing;
  /** What the receiver says to the offer: undefined for a no. A file that goes with its offer has none. */
  readonly accepted: PromiseWithResolvers<Accept | undefined> | undefined;
  /** Its bytes, where they have followed the offer at once. */
  readonly inlineBytes: number;
  /** Whether the receiver has said yes or no to the offer. */
  isAnswered: boolean;
  /** Whether the receiver has given its final answer. */
  final: boolean;
}

/** A wait for answers, until no more offers and bytes than these have none. */
interface Drain {
  readonly offers: number;
  readonly inlineBytes: number;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * The sending side of one connection.
 *
 * ```
 * hello, offer, offer ...        each offer: accept --> start, data ..., end --> done | error
 *                                            refuse, or done at once --> next
 *                                  reading fails --> cancel
 * ... bye --> bye
 * ```
 *
 * - I1 What fails with one file leaves the others alone.
 * - I2 Answers are read while data is written.
 * - I3 After `stop` nothing of the queue is touched any more: another connection may be at it.
 */
export class SendConversation {
  /** Why the receiver ended the connection, where it said so. */
  told: ProtocolError | undefined;
  readonly #link: Link;
  readonly #queue: SendQueue;
  readonly #uploader: Uploader;
  readonly #open = new Map<number, Offered>();
  /** What the receiver says to these may have crossed with our `cancel`. */
  readonly #cancelled = new Set<number>();
  /** How durable `hello` or `welcome` said that receipts are; undefined until it has come. */
  #promised: Durable | undefined;
  #stopped: { readonly error: unknown } | undefined;
  #drain: Drain | undefined;
  #nextId = 0;
  #inlineBytes = 0;
  #saidBye = false;

  /**
   * @param link The connection.
   * @param queue What to send.
   * @param uploader Sends bytes over the same connection.
   * @param promised How durable receipts are, where the receiver has said so in `hello`; else `welcome`
   *   is to come.
   */
  constructor(link: Link, queue: SendQueue, uploader: Uploader, promised?: Durable) {
    this.#promised = promised;
    this.#link = link;
    this.#queue = queue;
    this.#uploader = uploader;
  }

  /** Whether every fate is known, and the receiver's `bye` is all that is missing. */
  get isDone(): boolean {
    return this.#saidBye && this.#open.size === 0;
  }

  /** Sends everything, what another connection has left over first. */
  async send(): Promise<void> {
    const ahead: Offered[] = [];
    for (const outgoing of this.#queue.unfinished) {
      if (!outgoing.final) await this.#begin(outgoing, ahead);
    }
    while (await this.#queue.ready()) {
      this.#throwIfStopped();
      await this.#begin(this.#queue.take(), ahead);
    }
    for (const offered of ahead) await this.#deliver(offered);
    // The receipts that are on their way come before the receiver's bye: nothing waits for them here.
    const { files, bytes } = this.#queue.summary;
    this.#say("bye", { files: files + this.#open.size, bytes });
    this.#saidBye = true;
    await this.#link.writer.flush();
  }

  /** Reads the receiver's answers until its `bye`. */
  async readAnswers(): Promise<void> {
    for (;;) {
      const frame = this.#link.next() ?? await this.#link.read();
      if (frame === undefined) {
        // Nothing depends on its bye any more.
        if (this.isDone) return;
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

  /** Ends every wait: nothing more is sent or answered here. */
  stop(error: unknown): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = { error };
    for (const offered of this.#open.values()) {
      offered.isAnswered = offered.final = true;
      offered.accepted?.resolve(undefined);
    }
    this.#drain?.done.resolve();
  }

  /** Offers something; small files go at once, larger ones when enough others are offered behind. */
  async #begin(outgoing: Outgoing, ahead: Offered[]): Promise<void> {
    const { source } = outgoing;
    while (this.#open.size >= MAX_OPEN_OFFERS || !this.#hasRoomFor(source)) {
      if (ahead.length > 0) await this.#deliver(ahead.shift()!);
      // Waiting for many answers, not for each, lets many files share one write.
      else await this.#until(MAX_OPEN_OFFERS / 2, MAX_OPEN_INLINE_BYTES / 2);
    }
    // A folder's time is set last: what is in it has to be on its way before.
    while (source.kind === "directory" && ahead.length > 0) await this.#deliver(ahead.shift()!);
    if (isInline(source)) {
      this.#sendInline(outgoing);
      const { writer } = this.#link;
      if (writer.queuedBytes > MAX_QUEUED_BYTES) await this.#link.guard(writer.flush());
      this.#throwIfStopped();
      return;
    }
    ahead.push(this.#offer(outgoing, undefined));
    // A first answer may be there already; without it, more offers hide the wait.
    while (ahead.length >= OFFERS_AHEAD) await this.#deliver(ahead.shift()!);
  }

  #hasRoomFor(source: Source): boolean {
    return !isInline(source) || this.#inlineBytes + source.size! <= MAX_OPEN_INLINE_BYTES;
  }

  #offer(outgoing: Outgoing, inlineBytes: number | undefined): Offered {
    const id = this.#nextId++;
    const { source, key } = outgoing;
    const inline = inlineBytes !== undefined;
    const offered: Offered = {
      id,
      source,
      outgoing,
      accepted: inline ? undefined : Promise.withResolvers(),
      inlineBytes: inlineBytes ?? 0,
      isAnswered: false,
      final: false,
    };
    this.#inlineBytes += offered.inlineBytes;
    this.#open.set(id, offered);
    const { name, kind = "file", size, mtime, mode } = source;
    this.#say("offer", {
      id,
      key,
      name,
      size,
      kind,
      // What is undefined is not written.
      mtime: mtime === undefined ? mtime : Math.round(mtime),
      mode,
      inline: inline ? true : undefined,
    });
    return offered;
  }

  /** Sends a small file, or a folder, with its offer: no way there and back for each of thousands. */
  #sendInline(outgoing: Outgoing): void {
    let whole: ReturnType<Uploader["readWhole"]>;
    try {
      whole = this.#uploader.readWhole(outgoing.source);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // Nothing was offered here, so there is nothing to cancel.
      return this.#queue.fail(outgoing, error);
    }
    const { bytes, sent } = whole;
    this.#queue.announce(outgoing, sent);
    const { id } = this.#offer(outgoing, bytes.length);
    this.#say("start", { id, offset: 0 });
    if (bytes.length > 0) this.#link.writer.queueData(bytes);
    this.#say("end", { id, size: sent.size, hash: sent.hash });
    this.#uploader.tellWhole(outgoing.source, bytes.length);
  }

  /** Sends one file, if the receiver wants it. */
  async #deliver(offered: Offered): Promise<void> {
    const { id, outgoing } = offered;
    let isAccepted = false;
    const accepted = offered.accepted!.promise.then((accept) => {
      if (accept !== undefined) isAccepted = outgoing.opened = true;
      return accept;
    });
    try {
      const sent = await this.#uploader.send(offered, accepted);
      this.#throwIfStopped();
      if (!isAccepted) return;
      if (sent === undefined) {
        // The receiver has said no meanwhile: the rest would be thrown away there.
        return this.#cancel(id, "cancelled", "The receiver gave this file up");
      }
      this.#queue.announce(outgoing, sent);
      this.#say("end", { id, ...sent });
    } catch (error) {
      this.#throwIfStopped();
      // Not reading is this file's own trouble; not writing is everybody's.
      if (!(error instanceof ProtocolError)) throw error;
      const { code, message } = error;
      this.#cancel(id, code, withoutPath(message, code));
      this.#fail(offered, error);
    }
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
      case "accept": {
        const offered = this.#find(payload.id, type);
        if (offered === undefined) return;
        this.#queue.held(offered.outgoing, payload.offset);
        offered.isAnswered = true;
        return offered.accepted?.resolve(payload);
      }
      case "refuse":
        return this.#fail(
          this.#find(payload.id, type),
          new ProtocolError(payload.code, payload.message),
        );
      case "done": {
        const offered = this.#find(payload.id, type);
        if (offered === undefined) return;
        this.#queue.receipt(offered.outgoing, payload, this.#promised!);
        return this.#close(offered);
      }
      case "error": {
        const error = new ProtocolError(payload.code, payload.message);
        if (payload.id !== undefined) return this.#fail(this.#find(payload.id, type), error);
        this.told = error;
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

  /** The open offer that an answer is for; undefined for one that we cancelled meanwhile. */
  #find(id: number, type: string): Offered | undefined {
    const offered = this.#open.get(id);
    if (offered !== undefined || this.#cancelled.has(id)) return offered;
    throw new ProtocolError(
      "unexpected_message",
      `"${type}" came for offer ${id}, which is not open`,
    );
  }

  /** The final answer to an offer is no. */
  #fail(offered: Offered | undefined, error: ProtocolError): void {
    if (offered === undefined) return;
    this.#queue.fail(offered.outgoing, error);
    this.#close(offered);
  }

  #close(offered: Offered): void {
    offered.isAnswered = offered.final = true;
    offered.accepted?.resolve(undefined);
    this.#open.delete(offered.id);
    this.#inlineBytes -= offered.inlineBytes;
    const drain = this.#drain;
    if (drain !== undefined && this.#isDrained(drain)) drain.done.resolve();
  }

  #isDrained({ offers, inlineBytes }: Pick<Drain, "offers" | "inlineBytes">): boolean {
    return this.#open.size <= offers && this.#inlineBytes <= inlineBytes;
  }

  /** Waits for answers, until no more than so many offers and bytes have none. */
  async #until(offers: number, inlineBytes: number): Promise<void> {
    this.#throwIfStopped();
    if (this.#isDrained({ offers, inlineBytes })) return;
    this.#drain = { offers, inlineBytes, done: Promise.withResolvers() };
    await this.#drain.done.promise;
    this.#drain = undefined;
    this.#throwIfStopped();
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
