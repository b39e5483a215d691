import type { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import type { Inbox } from "./inbox.ts";
import { Link, type LinkOptions } from "./link.ts";
import { isPassing, type ReconnectOptions, Redialer } from "./redialer.ts";
import {
  ReceiveConversation,
  type ReceiveOptions,
  type ReceiveSummary,
} from "./receive_conversation.ts";

export type { Asking, ReceiveOptions, ReceiveSummary } from "./receive_conversation.ts";

/**
 * Receives files until the sender says `bye`.
 *
 * - I1 `done` goes out after length and hash agreed and the inbox has committed; each offer gets one
 *   final answer.
 * - I2 A part that does not become a file is removed, on `cancel` and on an error; what an interruption has
 *   left of it is kept for a later run where the inbox can find it again.
 * - I3 However the connection ends: what is being committed is finished first, and answered if the
 *   sender still reads.
 *
 * - I4 What is asked for is asked for again, where the connection breaks and `reconnect` makes another one,
 *   until it is saved: it goes on from what is held.
 *
 * @param connection The connection to the sender; it is ended and closed.
 * @param inbox Where the files go.
 * @param options What is asked for, who is told, deadlines, a signal, how to connect again.
 * @returns What was received, when the sender has said `bye` and read ours, or has nothing open and
 *   ended.
 * @throws {ProtocolError} The sender broke the protocol, or its deadlines, and it was told; or a listener has
 *   refused what was asked for.
 * @throws The signal's reason, and the sender was told; or why the connection broke.
 */
export async function receiveFiles(
  connection: Connection,
  inbox: Inbox,
  options: ReceiveOptions & ReconnectOptions = {},
): Promise<ReceiveSummary> {
  const redialer = new Redialer(options);
  for (let current = connection;;) {
    const link = new Link(current, options);
    const conversation = new ReceiveConversation(link, inbox, options);
    try {
      return await converse(link, conversation);
    } catch (error) {
      if (conversation.isDone) return conversation.summary;
      const isOver = options.asking === undefined || options.signal?.aborted === true;
      if (isOver || !isPassing(error, link)) throw error;
      if (conversation.hasMoved) redialer.reset();
      current = await redialer.dial(error);
    }
  }
}

/** One connection, from `hello` to `bye`. */
async function converse(link: Link, conversation: ReceiveConversation): Promise<ReceiveSummary> {
  try {
    const summary = await conversation.run();
    await link.finish();
    return summary;
  } catch (error) {
    try {
      conversation.abortAll(error);
    } finally {
      await conversation.settled();
      link.giveUp(error);
      await link.finish();
    }
    throw error;
  } finally {
    link.close();
  }
}

/** Senders that may be told at once that they are not taken; more are closed without a word. */
const MAX_REFUSALS = 64;
let refusals = 0;

/**
 * Tells a sender that it is not taken, and ends its connection.
 *
 * @param connection The connection.
 * @param error Why: what the sender is told.
 * @param options Whose time it ends in.
 * @returns When it has ended: a second later at most.
 */
export async function refuseSender(
  connection: Connection,
  error: ProtocolError,
  options: Pick<LinkOptions, "clock"> = {},
): Promise<void> {
  if (refusals >= MAX_REFUSALS) return connection.close();
  refusals++;
  const link = new Link(connection, options);
  try {
    link.giveUp(error);
    await link.finish();
  } finally {
    link.close();
    refusals--;
  }
}
