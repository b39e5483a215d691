import { systemClock } from "../clock/clock.ts";
import type { Connection } from "../net/connection.ts";
import type { Hello } from "../protocol/transfer.ts";
import { createHasher, type HashKind } from "./hash.ts";
import { MAX_OPEN_OFFERS, tokenNow } from "./hello.ts";
import type { Durable } from "./inbox.ts";
import { Link, type LinkOptions } from "./link.ts";
import { isPassing, type ReconnectOptions, Redialer } from "./redialer.ts";
import { SendConversation } from "./send_conversation.ts";
import { SendQueue, type SendQueueOptions, type SendSummary } from "./send_queue.ts";
import type { Source } from "./source.ts";
import { Uploader, type UploadOptions } from "./upload.ts";

export { type ReconnectOptions, reconnectPauses } from "./redialer.ts";
export type { SendQueueOptions, SendSummary } from "./send_queue.ts";
export type { UploadOptions } from "./upload.ts";

/** How long the receiver's own reason is waited for, where writing to it has failed. */
const LAST_WORDS_MS = 1_000;

/** How files are sent. */
export interface SendOptions
  extends LinkOptions, SendQueueOptions, UploadOptions, ReconnectOptions {
  /** A secret that the receiver asks for; where it may change, a function that gives it for each connection. */
  readonly token?: string | (() => string);
  /**
   * The dialler's `hello`, checked, where this side listens and has read it: it is answered here. The
   * dialler's hash counts then; connecting again is the dialler's to do.
   */
  readonly hello?: Hello;
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
  const hash = options.hello?.hash ?? options.hash ?? "sha256";
  const queue = new SendQueue(sources, { ...options, hash });
  const redialer = new Redialer(options);
  try {
    for (let current = connection;;) {
      const { steps } = queue;
      const cut = await converse(current, queue, { ...options, hash });
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
  options: SendOptions & { readonly hash: HashKind },
): Promise<Cut | undefined> {
  const { hash, signal, clock = systemClock } = options;
  const hasher = await createHasher(hash);
  const link = new Link(connection, options);
  const uploader = new Uploader(link, hasher, options);
  const conversation = new SendConversation(link, queue, uploader, greet(link, options));
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
    if (!isPassing(error, link) || signal?.aborted) throw error;
    return conversation.isDone ? undefined : { error };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    link.close();
  }
}

/**
 * Says `hello`, or answers the dialler's.
 *
 * @returns What the receiver has said that its receipts promise; undefined where that is to come.
 */
function greet(
  link: Link,
  { hash, token, hello }: SendOptions & { readonly hash: HashKind },
): Durable | undefined {
  if (hello === undefined) {
    const payload = { protocol: 1, role: "send", hash, token: tokenNow(token) } as const;
    link.writer.send({ type: "hello", payload });
    return undefined;
  }
  const { durable = "none" } = hello;
  link.greeted();
  const limits = { maxOpenOffers: MAX_OPEN_OFFERS };
  link.writer.send({ type: "welcome", payload: { limits, durable } });
  return durable;
}
