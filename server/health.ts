import type { CommitMeter } from "../log/commit_meter.ts";
import type { ServerStatistics } from "./chat_server.ts";

/** A log that answers nothing for so long takes nothing: a disk that hangs fails no write. */
const MAX_LOG_SILENCE_MS = 10_000;

/** What says whether a chat server takes messages. */
export interface HealthSource {
  /** The chat server. */
  readonly server: { readonly closing: boolean; readonly statistics: ServerStatistics };
  /** What observes its log. */
  readonly commits: CommitMeter;
}

/**
 * Whether a chat server takes messages now.
 *
 * @param source What says so.
 * @returns Why it does not, in a line; undefined where it does.
 */
export function healthProblem({ server, commits }: HealthSource): string | undefined {
  if (server.closing) return "the server is stopping";
  const { failure } = commits;
  if (failure !== undefined) {
    const [line = ""] = failure.message.split("\n");
    return `the last write of the log failed: ${line.slice(0, 200)}`;
  }
  const { logSilenceMs } = server.statistics;
  if (logSilenceMs < MAX_LOG_SILENCE_MS) return undefined;
  return `the log has stored nothing for ${
    Math.round(logSilenceMs / 1_000)
  } s, and something waits`;
}
