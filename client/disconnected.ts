/** There is no connection, and there will be none: what was asked has no answer. */
export class DisconnectedError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "DisconnectedError";
}

/**
 * Refusals that time may mend. Every other one has a reason that is still there a minute later: a name
 * that is somebody else's, a session that another took over, a request that the server cannot read.
 */
const MENDED_BY_TIME: ReadonlySet<string> = new Set([
  "handshake_timeout",
  "idle_timeout",
  "internal_error",
  "logged_out",
  "server_full",
  "shutdown",
  "slow_consumer",
  "storage_failed",
  "too_many_connections",
  "too_many_sessions",
]);

/**
 * Whether connecting again can help after the server's `error` of this code.
 *
 * @param code A code of docs/PROTOCOL.md, or one that is not known here.
 * @returns False for what is not known: who does not understand a no should not go on asking.
 */
export function isMendedByTime(code: string): boolean {
  return MENDED_BY_TIME.has(code);
}
