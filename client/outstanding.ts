import { ProtocolError } from "../codec/errors.ts";
import type { ChatMessage, ChatRequest } from "../protocol/chat.ts";

/** A request that waits for its answer. */
export interface OutstandingRequest {
  /** The `id` of a message, the `ref` of anything else. */
  readonly key: string;
  /** The type of its answer; undefined where that is the end of the connection. */
  readonly answer: ChatMessage["type"] | undefined;
  /** When it was asked, Unix milliseconds. */
  readonly at: number;
  /** Whether asking again after the id window could store it twice. */
  readonly expires: boolean;
  /** Whether it is of this connection only: it fails where there is none, or when it goes. */
  readonly isFleeting?: boolean;
  /** The request as it is to be sent now. */
  readonly request: () => ChatRequest;
  /** Takes the answer. */
  readonly resolve: (answer: ChatMessage) => void;
  /** Takes the reason why there is none. */
  readonly reject: (error: unknown) => void;
}

/**
 * Requests that have no answer yet, over connections.
 *
 * - I1 `requests` gives them in the order in which they were asked, however often they were sent.
 * - I2 Each is settled once: by its answer, by an error, or by `failAll`.
 */
export class Outstanding {
  readonly #requests = new Map<string, OutstandingRequest>();
  #onEmpty: (() => void)[] = [];

  /** How many wait. */
  get size(): number {
    return this.#requests.size;
  }

  /** Those that wait, oldest first. */
  get requests(): Iterable<OutstandingRequest> {
    return this.#requests.values();
  }

  /** Adds a request, the newest. */
  add(request: OutstandingRequest): void {
    this.#requests.set(request.key, request);
  }

  /**
   * Settles the request that a message answers.
   *
   * @param key The message's `id` or `ref`.
   * @param message The answer.
   * @throws {ProtocolError} `unexpected_message`: the request has an answer of another type.
   */
  settle(key: string | undefined, message: ChatMessage): void {
    const request = this.#requests.get(key ?? "");
    if (request === undefined) return;
    if (request.answer !== message.type) {
      throw new ProtocolError(
        "unexpected_message",
        `Cannot take "${message.type}" for an answer: "${
          request.answer ?? "the end"
        }" was asked for`,
      );
    }
    this.#remove(request.key);
    request.resolve(message);
  }

  /**
   * Fails one request.
   *
   * @param key Its key.
   * @param error What it fails with.
   * @returns Whether there was one.
   */
  fail(key: string | undefined, error: unknown): boolean {
    const request = this.#requests.get(key ?? "");
    if (request === undefined) return false;
    this.#remove(request.key);
    request.reject(error);
    return true;
  }

  /** Fails the requests that belong to a connection that is gone. */
  failFleeting(error: unknown): void {
    for (const { key, isFleeting } of [...this.#requests.values()]) {
      if (isFleeting) this.fail(key, error);
    }
  }

  /** Fails every request. */
  failAll(error: unknown): void {
    for (const key of [...this.#requests.keys()]) this.fail(key, error);
  }

  /** Resolves when none waits. */
  drained(): Promise<void> {
    if (this.#requests.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  #remove(key: string): void {
    this.#requests.delete(key);
    if (this.#requests.size > 0) return;
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }
}
