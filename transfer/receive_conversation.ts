import { ProtocolError } from "../codec/errors.ts";
import { decodeSenderMessage } from "../protocol/message.ts";
import type { Hello, Offer, SenderMessage } from "../protocol/transfer.ts";
import { Arrival } from "./arrival.ts";
import { createHasher, type Hasher, type HashKind } from "./hash.ts";
import { checkHello, MAX_OPEN_OFFERS, tokenNow } from "./hello.ts";
import type { Inbox, Part, Saved } from "./inbox.ts";
import type { Link, LinkOptions } from "./link.ts";
import type { FileProgress } from "./progress.ts";
import type { FailedFile, TransferredFile } from "./transferred_file.ts";

/** Commits under way at once: many, so that their fsyncs overlap. */
const MAX_OPEN_COMMITS = 64;

/** Answers that may wait to go out, in bytes; above it nothing is read. */
const MAX_QUEUED_BYTES = 262_144;

/** What a receiver that dials asks a listener for. */
export interface Asking {
  /** What is wanted, in the listener's own words: of a chat server a file's id. */
  readonly want: string;
  /** A secret that the listener asks for; where it may change, a function that gives it for each connection. */
  readonly token?: string | (() => string);
}

/** How files are received. */
export interface ReceiveOptions extends LinkOptions {
  /** Asks for one file, where this side dials: the listener sends it then. */
  readonly asking?: Asking;
  /** The dialler's `hello`, where this side listens and has read it: it is answered here. */
  readonly hello?: Hello;
  /** How many files and folders are taken over one connection. @default no limit; one that was asked for */
  readonly maxFiles?: number;
  /** Told of each file that is saved. */
  readonly onReceived?: (file: TransferredFile) => void;
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

/**
 * The receiving side of one connection.
 *
 * ```
 *  hello --> welcome, or  <-- hello, welcome -->  where this side asks
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
 * - I2 A part that does not become a file is removed, on `cancel` and on an error; what an interruption has
 *   left of it is kept for a later run where the inbox can find it again.
 * - I3 What is wrong with one file ends that file; what is wrong with the messages ends the connection.
 * - I4 However the connection ends: what is being committed is finished first, and answered if the
 *   sender still reads.
 */
export class ReceiveConversation {
  readonly #link: Link;
  readonly #inbox: Inbox;
  readonly #options: ReceiveOptions;
  /** Offers without a final answer whose end has not come. */
  readonly #arrivals = new Map<number, Arrival>();
  readonly #commits = new Set<Promise<void>>();
  /** Whether `hello` and `welcome` are said. */
  #isGreeted = false;
  #hasMoved = false;
  #hashKind: HashKind | undefined;
  #hasher!: Hasher;
  /** The file whose data comes now; one without an arrival is read past. */
  #current: { readonly id: number; readonly arrival: Arrival | undefined } | undefined;
  /** What a caller's function threw while nobody waited for it. */
  #fault: { readonly error: unknown } | undefined;
  #lastId = -1;
  #taken = 0;
  #files = 0;
  #bytes = 0;
  #failed = 0;

  /**
   * @param link The connection.
   * @param inbox Where the files go.
   * @param options Who is told.
   */
  constructor(link: Link, inbox: Inbox, options: ReceiveOptions) {
    this.#link = link;
    this.#inbox = inbox;
    this.#options = options;
  }

  /** Receives until the sender says `bye`, or ends between two files. */
  async run(): Promise<ReceiveSummary> {
    const { asking, hello } = this.#options;
    if (asking !== undefined) await this.#ask(asking);
    else if (hello !== undefined) await this.#hello(hello);
    const complete = await this.#readMessages();
    await this.#link.busy(this.settled());
    this.#throwFault();
    if (complete) this.#send("bye", { files: this.#files, bytes: this.#bytes });
    return { ...this.summary, complete };
  }

  /** What has been received so far. */
  get summary(): ReceiveSummary {
    return { files: this.#files, bytes: this.#bytes, failed: this.#failed, complete: false };
  }

  /** Whether bytes have come. */
  get hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** Whether what was asked for is saved, whatever becomes of the connection. */
  get isDone(): boolean {
    return this.#options.asking !== undefined && this.#files > 0;
  }

  /** Removes every part that is not being committed (I2). */
  abortAll(error: unknown): void {
    const arrivals = [...this.#arrivals.values()];
    this.#arrivals.clear();
    const keep = isInterruption(error);
    for (const { part } of arrivals) part.abort(keep);
    for (const { offer } of arrivals) this.#tellFailed(offer.name, asProtocolError(error));
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
        const isAskedFor = this.#options.asking !== undefined;
        if (this.#isGreeted && !this.#isAnyOpen() && !isAskedFor) return false;
        throw new ProtocolError("truncated_frame", "The connection ended before the sender's bye");
      }
      if (frame.kind === "data") {
        const writing = this.#data(frame.payload);
        if (writing !== undefined) await this.#link.busy(writing);
      } else {
        const said = this.#message(decodeSenderMessage(frame.payload));
        if (said !== undefined && await said === "bye") return true;
        // Who does not read our answers gets no more of them.
        const { writer } = this.#link;
        if (writer.queuedBytes > MAX_QUEUED_BYTES) await this.#link.guard(writer.flush());
      }
    }
  }

  #isAnyOpen(): boolean {
    return this.#current !== undefined || this.#arrivals.size > 0;
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  #message({ type, payload }: SenderMessage): Promise<"bye" | void> | void {
    const first = this.#options.asking === undefined ? "hello" : "welcome";
    if (!this.#isGreeted && type !== first && type !== "error") {
      throw new ProtocolError("unexpected_message", `"${type}" came before "${first}"`);
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
        return this.#welcome();
    }
  }

  /** Says who asks, and for what. */
  async #ask({ want, token }: Asking): Promise<void> {
    const hash = this.#hashKind = "sha256";
    this.#hasher = await createHasher(hash);
    const { durable } = this.#inbox;
    this.#send("hello", {
      protocol: 1,
      role: "receive",
      hash,
      token: tokenNow(token),
      want,
      durable,
    });
  }

  #welcome(): void {
    if (this.#options.asking === undefined) {
      throw new ProtocolError("unexpected_message", '"welcome" is the listener\'s to say');
    }
    if (this.#isGreeted) throw new ProtocolError("unexpected_message", '"welcome" came twice');
    this.#isGreeted = true;
    this.#link.greeted();
  }

  async #hello(hello: Hello): Promise<void> {
    if (this.#isGreeted || this.#options.asking !== undefined) {
      throw new ProtocolError("unexpected_message", '"hello" is said once, by the dialler');
    }
    checkHello(hello, "send");
    this.#isGreeted = true;
    this.#hashKind = hello.hash;
    this.#hasher = await createHasher(hello.hash);
    this.#link.greeted();
    const { maxFiles } = this.#options;
    const limits = {
      maxOpenOffers: MAX_OPEN_OFFERS,
      ...(maxFiles === undefined ? {} : { maxFiles }),
    };
    this.#send("welcome", { limits, durable: this.#inbox.durable });
  }

  #offer(offer: Offer): Promise<void> | void {
    const { id } = offer;
    if (id <= this.#lastId) {
      throw new ProtocolError("unexpected_message", `Offer ${id} came after ${this.#lastId}`);
    }
    this.#lastId = id;
    if (this.#arrivals.size + this.#commits.size >= MAX_OPEN_OFFERS) {
      throw new ProtocolError(
        "too_many_offers",
        `Cannot take another offer: ${MAX_OPEN_OFFERS} wait for their answer`,
      );
    }
    const saved = this.#inbox.saved?.(offer, this.#hashKind!);
    if (saved instanceof Promise) {
      return this.#link.busy(saved).then((before) => this.#decide(offer, before));
    }
    return this.#decide(offer, saved);
  }

  #decide(offer: Offer, saved: Saved | undefined): Promise<void> | void {
    if (saved !== undefined) {
      this.#count(offer, saved.size);
      const { savedAs, size, hash } = saved;
      const { durable } = this.#inbox;
      return this.#send("done", { id: offer.id, savedAs, size, hash, durable });
    }
    try {
      const { asking, maxFiles = asking === undefined ? Infinity : 1 } = this.#options;
      if (this.#taken >= maxFiles) {
        const text = `Cannot take more than ${maxFiles} files and folders over one connection`;
        throw new ProtocolError("too_many_files", text);
      }
      const opening = this.#inbox.open(offer, this.#hashKind!, this);
      if (!(opening instanceof Promise)) return this.#accept(offer, opening);
      return this.#link.busy(opening).then(
        (part) => this.#accept(offer, part),
        (error) => this.#refuse(offer, error),
      );
    } catch (error) {
      this.#refuse(offer, error);
    }
  }

  #refuse({ id, name }: Offer, error: unknown): void {
    const { code, message } = this.#tellFailed(name, asProtocolError(error));
    this.#send("refuse", { id, code, message });
  }

  #accept(offer: Offer, part: Part): void {
    const { id } = offer;
    const arrival = new Arrival(offer, part);
    this.#arrivals.set(id, arrival);
    this.#taken++;
    if (offer.inline) return;
    const hash = part.held?.hasher.digest();
    this.#send("accept", { id, offset: arrival.heldBytes, hash });
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
    const arrival = this.#arrivals.get(id);
    // An inline file that was refused, or is here already: it is read past.
    this.#current = { id, arrival };
    if (arrival === undefined) return;
    const { heldBytes } = arrival;
    if (offset !== 0 && offset !== heldBytes) {
      throw new ProtocolError(
        "unexpected_message",
        `File ${id} starts at ${offset}: 0 or ${heldBytes} was agreed`,
      );
    }
    try {
      arrival.begin(offset, this.#hasher);
    } catch (error) {
      return this.#giveUp(id, arrival, error);
    }
    this.#options.onProgress?.(arrival.progress);
  }

  #data(payload: Uint8Array<ArrayBuffer>): Promise<void> | void {
    const current = this.#current;
    if (current === undefined) {
      throw new ProtocolError("unexpected_data", "Data came that belongs to no file");
    }
    this.#hasMoved = true;
    const { id, arrival } = current;
    if (arrival === undefined) return;
    try {
      const writing = arrival.write(payload);
      if (writing !== undefined) return this.#finishWriting(id, arrival, writing);
    } catch (error) {
      return this.#giveUp(id, arrival, error);
    }
    this.#options.onProgress?.(arrival.progress);
  }

  async #finishWriting(id: number, arrival: Arrival, writing: Promise<void>): Promise<void> {
    try {
      await writing;
    } catch (error) {
      return this.#giveUp(id, arrival, error);
    }
    this.#options.onProgress?.(arrival.progress);
  }

  #end(
    end: { readonly id: number; readonly size: number; readonly hash: string },
  ): Promise<void> | void {
    const { id } = end;
    const current = this.#current;
    if (current?.id !== id) {
      throw new ProtocolError("unexpected_message", `"end" of ${id} came outside of that file`);
    }
    this.#current = undefined;
    const { arrival } = current;
    if (arrival === undefined) return;
    try {
      arrival.verify(end);
    } catch (error) {
      return this.#giveUp(id, arrival, error);
    }
    this.#arrivals.delete(id);
    const commit = this.#commit(arrival, end)
      .catch((error) => {
        this.#fault ??= { error };
      })
      .finally(() => this.#commits.delete(commit));
    this.#commits.add(commit);
    if (this.#commits.size >= MAX_OPEN_COMMITS) {
      return this.#link.busy(Promise.race(this.#commits));
    }
  }

  async #commit(
    { offer, part }: Arrival,
    { id, size, hash }: { readonly id: number; readonly size: number; readonly hash: string },
  ): Promise<void> {
    let savedAs: string;
    // A folder's time is its own only after what came before it is there.
    if (offer.kind === "directory") await Promise.all(this.#commits);
    try {
      const saving = this.#inbox.saved?.(offer, this.#hashKind!);
      const saved = saving instanceof Promise ? await saving : saving;
      // A connection that broke may have brought the same meanwhile, and later than the offer here.
      if (saved?.hash === hash) {
        part.abort();
        savedAs = saved.savedAs;
      } else savedAs = await part.commit(hash);
    } catch (error) {
      return this.#answerFailed(id, offer.name, error);
    }
    this.#count(offer, size);
    const { durable } = this.#inbox;
    const { name, kind } = offer;
    this.#send("done", { id, savedAs, size, hash, durable });
    const hashKind = this.#hashKind!;
    this.#options.onReceived?.({ name, savedAs, kind, size, hash, hashKind, durable });
  }

  #count({ kind }: Offer, bytes: number): void {
    if (kind === "file") this.#files++;
    this.#bytes += bytes;
  }

  #cancel({ id, code, message }: { id: number; code: string; message: string }): void {
    if (id > this.#lastId) {
      throw new ProtocolError("unexpected_message", `"cancel" of ${id} came before its offer`);
    }
    if (this.#current?.id === id) this.#current = undefined;
    const arrival = this.#arrivals.get(id);
    if (arrival === undefined) return;
    this.#arrivals.delete(id);
    arrival.part.abort(code === "cancelled");
    this.#tellFailed(arrival.offer.name, new ProtocolError(code, message));
  }

  /** The file fails, and no more of it is kept; what still comes of it is read past (I3). */
  #giveUp(id: number, { offer, part }: Arrival, error: unknown): void {
    this.#arrivals.delete(id);
    if (this.#current?.id === id) this.#current = { id, arrival: undefined };
    part.abort();
    this.#answerFailed(id, offer.name, error);
  }

  #answerFailed(id: number, name: string, error: unknown): void {
    const { code, message } = this.#tellFailed(name, asProtocolError(error));
    this.#send("error", { id, code, message });
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
    ["truncated_frame", "idle_timeout", "cancelled", "shutdown"].includes(error.code);
}
