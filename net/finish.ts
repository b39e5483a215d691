import { type Clock, systemClock } from "../clock/clock.ts";
import type { Connection } from "./connection.ts";
import type { FrameReader } from "./frame_reader.ts";

/** How {@link finish} waits. */
export interface FinishOptions {
  /** How long input is discarded, in milliseconds. @default {1_000} */
  readonly lingerMs?: number;
  /** Whose time the wait counts in. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * Ends a connection so that the peer reads our last words and not a reset: closes the writing half,
 * discards input until its end or for a second, then closes.
 *
 * A system that closes a socket with unread input resets it, and the reset takes with it what the
 * peer had not read yet.
 *
 * @param connection The connection, with nothing left to write.
 * @param reader Its reader, with no `more` pending.
 * @param options How long input is discarded.
 */
export async function finish(
  connection: Connection,
  reader: FrameReader,
  options: FinishOptions = {},
): Promise<void> {
  const { lingerMs = 1_000, clock = systemClock } = options;
  using _timer = clock.after(lingerMs, () => connection.close());
  try {
    await connection.closeWrite();
    await reader.discard();
  } catch {
    // The peer went first, or the time is over: either way this is the end that was wanted.
  } finally {
    connection.close();
  }
}
