import { eventPayload } from "./event_text.ts";
import { fitting, MAX_LIST_BYTES } from "./fitting.ts";
import type { ChatState } from "./state.ts";

const DEFAULT_HISTORY = 100;

/** Which part of a stream is asked for: the newest events, those before one, or those after one. */
export interface PageRequest {
  /** Only events before this one. */
  readonly before?: number;
  /** Only events after this one. */
  readonly after?: number;
  /** How many at most. @default {100} */
  readonly limit?: number;
}

/** A part of a stream. */
export interface EventPage {
  /** The JSON text of each event's payload, oldest first. */
  readonly payloads: readonly string[];
  /** Whether there is more. */
  readonly more: boolean;
}

/**
 * Reads a part of a stream that fits into one answer.
 *
 * @param state The chat.
 * @param stream A stream that its reader may read.
 * @param request Which part.
 * @param floor Only events after this one are the reader's.
 */
export async function readPage(
  state: ChatState,
  stream: string,
  { before, after, limit = DEFAULT_HISTORY }: PageRequest,
  floor: number,
): Promise<EventPage> {
  const page = await state.log.read(stream, {
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after: Math.max(after, floor) }),
    limit,
    maxBytes: MAX_LIST_BYTES,
  });
  // Where the page is too long, those next to where reading began are kept.
  const events = page.events.filter(({ seq }) => seq > floor);
  const nearest = after === undefined ? events.toReversed() : events;
  const payloads = fitting(nearest.map(eventPayload));
  const isPastFloor = events.length < page.events.length && after === undefined;
  const more = page.more && !isPastFloor || payloads.length < events.length;
  if (after === undefined) payloads.reverse();
  return { payloads, more };
}
