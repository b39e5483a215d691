import type { Dialect, Session } from "../chat/session.ts";

/** What goes to the system at once. */
const MAX_CHUNK_BYTES = 65_536;
const encoder = new TextEncoder();

const MESSAGE = /^\{"type":"([a-z_]+)","payload":(.*)\}$/s;
/** How the payload of an event ends: its other words are a peer's, and come before. */
const SEQ = /"seq":(\d+),"at":\d+\}$/;

/**
 * Server-sent events (HTML Living Standard, 9.2): a message's type is the event's, its payload the data. What
 * is in the log has its seq as `id`, so that a reader that comes back says where it was. `ping` is a comment.
 */
export const eventsDialect: Dialect = {
  name: "events",
  maxBytes: (textLength) => 3 * textLength + 64,
  encodeInto: (json, into) => encoder.encodeInto(eventText(json), into).written,
};

function eventText(json: string): string {
  const [, type, payload] = MESSAGE.exec(json)!;
  if (type === "ping") return ": still here\n\n";
  const [, seq] = type === "message" || type === "private" ? SEQ.exec(payload!)! : [];
  const id = seq === undefined ? "" : `id: ${seq}\n`;
  // JSON on one line: what would end a line is escaped in it.
  return `${id}event: ${type}\ndata: ${payload}\n\n`;
}

/**
 * The outgoing half of an answer that is a stream of events: what is written waits until the client's
 * connection asks for more.
 */
export class EventStreamSession implements Session {
  readonly dialect = eventsDialect;
  readonly peer: string;
  /** The answer's body. */
  readonly body: ReadableStream<Uint8Array>;
  readonly #controller: ReadableStreamDefaultController<Uint8Array>;
  readonly #onGone: () => void;
  #wanted = Promise.withResolvers<void>();
  #isOver = false;

  /**
   * @param peer The client's address.
   * @param onGone Told when the client has gone.
   */
  constructor(peer: string, onGone: () => void) {
    this.peer = peer;
    this.#onGone = onGone;
    let own: ReadableStreamDefaultController<Uint8Array>;
    this.body = new ReadableStream({
      start: (controller) => {
        own = controller;
      },
      pull: () => this.#wanted.resolve(),
      cancel: () => {
        this.#isOver = true;
        this.#wanted.resolve();
        this.#onGone();
      },
    }, { highWaterMark: 1, size: () => 1 });
    this.#controller = own!;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    await this.#wanted.promise;
    if (this.#isOver) throw new Deno.errors.BrokenPipe("The client has gone");
    this.#wanted = Promise.withResolvers();
    const chunk = bytes.subarray(0, MAX_CHUNK_BYTES);
    this.#controller.enqueue(chunk);
    return chunk.length;
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wanted.resolve();
    this.#controller.close();
  }

  // The client sees that the stream broke off, and the connection is not kept for another request.
  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#wanted.resolve();
    this.#controller.error(new Deno.errors.ConnectionAborted("The stream was cut off"));
  }
}
