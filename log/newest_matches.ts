import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import type { Found, LogEvent, SearchOptions } from "./event_log.ts";
import { parseQuery } from "./search_query.ts";
import { textMatcher } from "./text_matcher.ts";

/** Between two turns of the event loop it takes so long, in milliseconds of the machine's own. */
const MAX_STEP_MS = 2;
/** How often it looks at the time: after so many bytes, and so many more for each event. */
const LOOK_BYTES = 8_192;
const EVENT_BYTES = 100;

/**
 * Searches events in memory, from the newest of each stream on, in steps between which the event loop
 * turns: however much there is, nobody waits for it longer than for a step.
 *
 * @param options What to look for, and where.
 * @param older Gives the newest event of a stream below a seq; undefined where there is none. What it
 * throws ends the search.
 * @returns What was found.
 */
export async function newestMatches(
  options: SearchOptions,
  older: (stream: string, before: number) => LogEvent | undefined,
): Promise<Found> {
  const { query, streams, sender, limit, maxBytes } = options;
  const terms = parseQuery(query);
  if (terms.length === 0) return { events: [], more: false };
  const isMatch = textMatcher(terms);
  const found: LogEvent[][] = [];
  let bytes = 0;
  let until = performance.now() + MAX_STEP_MS;
  for (const [stream, floor] of streams) {
    const matches: LogEvent[] = [];
    found.push(matches);
    let event = older(stream, Infinity);
    // One more than is given tells whether there are more.
    while (event !== undefined && event.seq > floor && matches.length <= limit) {
      bytes += EVENT_BYTES;
      if (sender === undefined || event.sender === sender) {
        bytes += event.body.length;
        if (isMatch(event.body)) matches.push(event);
      }
      if (bytes > LOOK_BYTES) {
        bytes = 0;
        if (performance.now() > until) {
          await setImmediate();
          until = performance.now() + MAX_STEP_MS;
        }
      }
      event = older(stream, event.seq);
    }
  }
  return firstOf(found, limit, maxBytes);
}

/** The newest of several streams' events, each newest first, as they come by time. */
function firstOf(found: readonly (readonly LogEvent[])[], limit: number, maxBytes: number): Found {
  const heads = found.filter(({ length }) => length > 0).map((events) => ({ events, at: 0 }));
  const events: LogEvent[] = [];
  let bytes = 0;
  for (;;) {
    let [newest, time] = [heads[0], -Infinity];
    for (const head of heads) {
      const at = head.events[head.at]?.at ?? -Infinity;
      if (at > time) [newest, time] = [head, at];
    }
    const event = newest?.events[newest.at];
    if (event === undefined) return { events, more: false };
    newest!.at++;
    bytes += Buffer.byteLength(event.body);
    if (events.length === limit || (events.length > 0 && bytes > maxBytes)) {
      return { events, more: true };
    }
    events.push(event);
  }
}
