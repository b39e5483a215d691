import { delay, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { createHasher } from "./hash.ts";
import { Link, type LinkOptions } from "./link.ts";
import { SendConversation } from "./send_conversation.ts";
import { SendQueue, type SendQueueOptions, type SendSummary } from "./send_queue.ts";
import type { Source } from "./source.ts";
import { Uploader, type UploadOptions } from "./upload.ts";

export type { SendQueueOptions, SendSummary } from "./send_queue.ts";
export type { UploadOptions } from "./upload.ts";

/** Pauses before the first tries to connect again, in milliseconds. */
const FIRST_PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** The pause before each later one. */
const LATER_PAUSE_MS = 30_000;
/** How long the receiver's own reason is waited for, where writing to it has failed. */
const LAST_WORDS_MS = 1_000;

/**
 * Growing pauses between tries to connect again.
 *
 * @param tries How many; ten take two and a half minutes.
 * @returns The pause before each, in milliseconds.
 */
export function reconnectPauses(tries: number): readonly number[] {
  return Array.from({ length: tries }, (_, at) => FIRST_PAUSES_MS[at] ?? LATER_PAUSE_MS);
}

/** What a receiver ends a connection with that may be otherwise on the next one. */
const PASSING: ReadonlySet<string> = new Set([
  "truncated_frame",
  "idle_timeout",
  "handshake_timeout",
  "server_full",
  "too_many_connections",
  "shutdown",
]);

/** How files are sent. */
export interface SendOptions extends LinkOptions, SendQueueOptions, UploadOptions {
  /** A secret that the receiver asks for. */
  readonly token?: string;
  /**
   * Dials the receiver again where the connection broke: what has no receipt is offered again, and goes
   * on from what the receiver holds. Without it a broken connection is the end.
   */
  readonly reconnect?: () => Promise<Connection>;
  /**
   * Pauses before each try to connect again, in milliseconds. As soon as something has arrived they are
   * counted from the first again. @default ten, from half a second to 30 s
   */
  readonly reconnectPausesMs?: readonly number[];
  /** Told before each pause: why, how long it is, and which try follows, from 1 on. */
  readonly onReconnecting?: (reason: unknown, pauseMs: number, attempt: number) => void;
}

/**
 * Sends files, and waits for the receipt of each.
 *
 * - I1 A file is sent only when its `done` has come, with the size and hash that `end` announced, as
 *   durable as `welcome` said.
 * - I2 A file is offered under the same key on every connection, so that a receipt that was lost makes
 *   no second copy.
 *
 * @param connection The connection to the receiver; it is ended and closed.
 * @param sources What to send, in order; asked for as the transfer goes on.
 * @param options The hash, who is told, deadlines, a signal, how to connect again.
 * @returns What came of it, when every file has its final answer.
 * @throws {ProtocolError} The receiver ended it, or broke the protocol.
 * @throws The signal's reason, and the receiver was told; or why the connection broke. Files without
 *   receipt were told to `onFailed`.
 */
export async function sendFiles(
  connection: Connection,
  sources: AsyncIterable<Source> | Iterable<Source>,
  options: SendOptions = {},
): Promise<SendSummary> {
  const queue = new SendQueue(sources, options);
  const redialer = new Redialer(options);
  try {
    for (let current = connection;;) {
      const { steps } = queue;
      const cut = await converse(current, queue, options);
      if (cut === undefined) return queue.summary;
      if (queue.steps > steps) redialer.reset();
      queue.interrupted(cut.error);
      if (queue.isEmpty) throw cut.error;
      current = await redialer.dial(cut.error);
    }
  } catch (error) {
    queue.giveUp(error);
    throw error;
  }
}

/** Why a connection broke. */
interface Cut {
  readonly error: unknown;
}

/** One connection, from `hello` to `bye`; gives why it broke, where another one may go on. */
async function converse(
  connection: Connection,
  queue: SendQueue,
  options: SendOptions,
): Promise<Cut | undefined> {
  const { hash = "sha256", token, signal, clock = systemClock } = options;
  const hasher = await createHasher(hash);
  const link = new Link(connection, options);
  const conversation = new SendConversation(link, queue, new Uploader(link, hasher, options));
  link.writer.send({ type: "hello", payload: { protocol: 1, role: "send", hash, token } });
  const onAbort = () => conversation.stop(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const answers = conversation.readAnswers();
  try {
    // Whichever fails first ends the other: a broken connection, a fatal answer, a bug of ours.
    await Promise.all([
      link.guard(conversation.send()),
      answers.catch((error) => {
        conversation.stop(error);
        throw error;
      }),
    ]);
    await link.finish();
    return undefined;
  } catch (first) {
    conversation.stop(first);
    // Who has told us why it ends may have ended before we had written all of it.
    if (link.isBroken) {
      const { promise: enough, resolve } = Promise.withResolvers<void>();
      using _timer = clock.after(LAST_WORDS_MS, resolve);
      await Promise.race([answers.catch(() => {}), enough]);
    }
    const error = conversation.told ?? first;
    if (conversation.told === undefined) link.giveUp(error);
    else link.close();
    await Promise.allSettled([answers]);
    await link.finish();
    const isPassing = error instanceof ProtocolError ? PASSING.has(error.code) : link.isBroken;
    if (!isPassing || signal?.aborted) throw error;
    return conversation.isDone ? undefined : { error };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    link.close();
  }
}

/** Dials again, and again, with growing pauses. */
class Redialer {
  readonly #options: SendOptions;
  #attempt = 0;

  constructor(options: SendOptions) {
    this.#options = options;
  }

  /** What was sent since has arrived: the next trouble is a new one. */
  reset(): void {
    this.#attempt = 0;
  }

  /** A new connection; throws why the last one broke, where there is none to be had. */
  async dial(cut: unknown): Promise<Connection> {
    const { clock = systemClock, signal, reconnect, onReconnecting } = this.#options;
    const { reconnectPausesMs: pauses = reconnectPauses(10) } = this.#options;
    for (let reason = cut; reconnect !== undefined && this.#attempt < pauses.length;) {
      const pauseMs = pauses[this.#attempt++]!;
      onReconnecting?.(reason, pauseMs, this.#attempt);
      await delay(clock, pauseMs, signal);
      try {
        return await reconnect();
      } catch (error) {
        signal?.throwIfAborted();
        reason = error;
      }
    }
    throw cut;
  }
}
