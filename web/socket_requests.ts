import type { Member } from "../chat/member.ts";
import { ProtocolError } from "../codec/errors.ts";
import { MAX_JSON_PAYLOAD_BYTES } from "../codec/frame.ts";
import type { ChatRequest } from "../protocol/chat.ts";
import { decodeChatRequest } from "../protocol/message.ts";

/** What may wait here to be done, in messages and in bytes. */
const MAX_WAITING = 256;
const MAX_WAITING_BYTES = 131_072;

const encoder = new TextEncoder();

/** A request, or what is wrong with it. */
interface Waiting {
  readonly request: ChatRequest | ProtocolError;
  readonly bytes: number;
}

/**
 * The incoming half of a WebSocket: hands requests to the member, one after the other.
 *
 * A WebSocket cannot be paused, so what comes while the member is busy, or its pace is used up, waits
 * here; who lets more than 256 requests or 128 KiB wait has not waited for answers, and is closed.
 */
export class SocketRequests {
  readonly #member: Member;
  readonly #confirm: (t: number) => boolean;
  #queue: Waiting[] = [];
  #waitingBytes = 0;
  #working: Promise<void> | undefined;

  /**
   * @param member Whose requests they are.
   * @param confirm Told the number of each `pong`; says whether it is none of the member's.
   */
  constructor(member: Member, confirm: (t: number) => boolean) {
    this.#member = member;
    this.#confirm = confirm;
  }

  /** Resolves when everything that came is done. */
  get done(): Promise<void> {
    return this.#working ?? Promise.resolve();
  }

  /**
   * A message has come.
   *
   * @param data What `MessageEvent` has of it: text, or what a binary message is.
   */
  take(data: unknown): void {
    const bytes = sizeOf(data);
    const request = readRequest(data, bytes);
    // A `pong` must not wait behind what waits for it, and the end waits for the last one.
    const isMark = !(request instanceof ProtocolError) && request.type === "pong" &&
      this.#confirm(request.payload.t);
    if (this.#member.ending) return;
    this.#member.heard(bytes);
    if (!isMark) this.#put({ request, bytes });
  }

  #put(waiting: Waiting): void {
    if (this.#working === undefined) {
      const wait = this.#do(waiting);
      if (wait !== undefined) this.#working = this.#work(wait);
      return;
    }
    this.#waitingBytes += waiting.bytes;
    if (this.#queue.length >= MAX_WAITING || this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#queue = [];
      return this.#member.refuse(TOO_MANY);
    }
    this.#queue.push(waiting);
  }

  #do({ request, bytes }: Waiting): Promise<void> | undefined {
    if (request instanceof ProtocolError) return this.#member.reject(request, bytes);
    return this.#member.handle(request, bytes);
  }

  async #work(first: Promise<void>): Promise<void> {
    await first;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#waitingBytes -= next.bytes;
      await this.#do(next);
    }
    this.#waitingBytes = 0;
    this.#working = undefined;
  }
}

const TOO_MANY = new ProtocolError(
  "too_many_requests",
  `More than ${MAX_WAITING} requests, or ${MAX_WAITING_BYTES} bytes of them, wait to be done: wait for answers before you ask more`,
);

/** How many bytes of UTF-8 a text is; of one that is too long in any case, how many units. */
function sizeOf(text: unknown): number {
  if (typeof text !== "string") return 0;
  return text.length > MAX_JSON_PAYLOAD_BYTES ? text.length : encoder.encode(text).length;
}

/**
 * Reads what came.
 *
 * @param data What `MessageEvent` has of it: text, or what a binary message is.
 * @param bytes Its size, where that is known already.
 * @returns The request, or what is to be answered in its place: `unexpected_data`, `frame_too_large`,
 * `invalid_json`, `invalid_message`, `unknown_type`.
 */
function readRequest(data: unknown, bytes = sizeOf(data)): ChatRequest | ProtocolError {
  if (typeof data !== "string") {
    return new ProtocolError("unexpected_data", "Cannot take a binary message: a chat has none");
  }
  if (bytes > MAX_JSON_PAYLOAD_BYTES) {
    return new ProtocolError(
      "frame_too_large",
      `Cannot take a message of more than ${MAX_JSON_PAYLOAD_BYTES} bytes`,
    );
  }
  try {
    return decodeChatRequest(data);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}
