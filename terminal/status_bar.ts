import { cellsOf, cutToCells } from "./cells.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

/** A room that the reader is not in at the moment. */
export interface OtherRoom {
  /** By which one turns to it: `/go 2`, Alt+2. */
  readonly number: number;
  readonly name: string;
  /** How many messages of it were not shown. */
  readonly unread: number;
  /** Whether one of them speaks of the reader. */
  readonly isMentioned?: boolean;
}

/** How the connection is. */
export type BarConnection =
  | { readonly kind: "online"; readonly latencyMs?: number }
  | { readonly kind: "connecting" }
  /** `retryInMs`: when the next attempt comes. */
  | { readonly kind: "offline"; readonly retryInMs?: number };

/** What a status bar tells. All names are as somebody wrote them. */
export interface StatusBarState {
  /** The room that one is in; absent where one is in none. */
  readonly room?: {
    readonly number: number;
    readonly name: string;
    /** How many are there. */
    readonly members?: number;
    /** What else is to be known of it: `encrypted`, `locked`. */
    readonly marks?: readonly string[];
  };
  readonly others: readonly OtherRoom[];
  /** Who wrote privately what was not shown. */
  readonly people: readonly { readonly name: string; readonly unread: number }[];
  readonly connection: BarConnection;
  readonly isAway?: boolean;
  /** What else holds: `focus: ann`. */
  readonly marks?: readonly string[];
}

/** A part of the bar. */
interface Part {
  /** From the longest to the shortest; one cut with `…` may be the last. */
  readonly texts: readonly string[];
  /** The smallest stay when there is no room for all. */
  readonly rank: number;
  readonly style?: (text: string) => string;
  /** Whether it tells of something unread: how many such were left out is told. */
  readonly isUnread?: boolean;
}

const BETWEEN = "  ";
/** Cells that stay free: a terminal may begin another row with the last one. */
const FREE_CELLS = 1;
/** Names are no longer than so where others need the room. */
const SHORT_NAME_CELLS = 10;
const MAX_COUNT = 999;
/** Where one is, and that one is offline, is before it. */
const MORE_RANK = 1.5;
/** From here on parts have only what room the others leave. */
const EXTRA_RANK = 7;

/**
 * One row that says where one is and what happens elsewhere: `1:lobby  12 here  2:ops(5)  3:dev(1!)  @bob(2)  23 ms`.
 * `!` tells that somebody speaks of the reader there.
 *
 * What does not fit is told shorter or left out: how fast the server is, other rooms without news, how many are
 * here, … ; where one is and that one is offline stay. `+2` counts the news that were left out.
 *
 * - I1 It takes at most `columns - 1` cells, whatever the names hold, and moves no cursor.
 *
 * @param state What to tell.
 * @param columns The terminal's width.
 * @param style How it looks.
 */
export function statusBar(state: StatusBarState, columns: number, style: Style): string {
  const width = Math.max(0, columns - FREE_CELLS);
  const parts = partsOf(state, style);
  const chosen = fitting(parts, width);
  const left = parts.filter((part) => part.isUnread === true && !chosen.has(part)).length;
  if (left === 0) return drawn(parts, chosen, width, style);
  const more: Part = { texts: [`+${left}`], rank: MORE_RANK };
  const withMore = [...parts, more];
  const again = fitting(withMore, width);
  // What had to go for the count is counted, too.
  const uncounted = parts.filter((part) => part.isUnread === true && !again.has(part)).length;
  const counted = [...parts, { ...more, texts: [`+${uncounted}`] }];
  return drawn(counted, fitting(counted, width), width, style);
}

/** In the order in which they are shown. */
function partsOf(state: StatusBarState, { strong, alarm }: Style): Part[] {
  const { room, others, people, connection, isAway = false, marks = [] } = state;
  return [
    room === undefined
      ? { texts: ["in no room", "no room"], rank: 1 }
      : { texts: namesOf(`${room.number}:`, room.name), rank: 1, style: strong },
    ...connectionParts(connection, alarm),
    ...(room?.marks ?? []).map((mark) => ({ texts: [escapeText(mark)], rank: 4 })),
    ...(room?.members === undefined ? [] : [{ texts: [`${room.members} here`], rank: 7 }]),
    ...others.map(({ number, name, unread, isMentioned = false }): Part => {
      if (unread === 0) return { texts: namesOf(`${number}:`, name), rank: 8 };
      const rank = isMentioned ? 2 : 6;
      const news = `(${countText(unread)}${isMentioned ? "!" : ""})`;
      const texts = [...namesOf(`${number}:`, name, news), `${number}${news}`];
      return { texts, rank, isUnread: true, ...(isMentioned ? { style: strong } : {}) };
    }),
    ...people.map(({ name, unread }): Part => ({
      texts: namesOf("@", name, `(${countText(unread)})`),
      rank: 3,
      isUnread: true,
      style: strong,
    })),
    ...(isAway ? [{ texts: ["away"], rank: 5 }] : []),
    ...marks.map((mark) => ({ texts: namesOf("", mark), rank: 5 })),
    ...(connection.kind === "online" && connection.latencyMs !== undefined
      ? [{ texts: [latencyText(connection.latencyMs)], rank: 9 }]
      : []),
  ];
}

function connectionParts(connection: BarConnection, style: (text: string) => string): Part[] {
  if (connection.kind === "online") return [];
  if (connection.kind === "connecting") return [{ texts: ["connecting"], rank: 0, style }];
  const { retryInMs } = connection;
  const when = retryInMs === undefined ? "" : ` in ${Math.ceil(Math.max(0, retryInMs) / 1_000)} s`;
  return [{ texts: [`offline: trying again${when}`, "offline"], rank: 0, style }];
}

/** A name whole, and short. */
function namesOf(before: string, name: string, after = ""): string[] {
  const whole = escapeText(name);
  const short = cutToCells(whole, SHORT_NAME_CELLS);
  const texts = [before + whole + after];
  return short === whole ? texts : [...texts, before + short + after];
}

function countText(count: number): string {
  return count > MAX_COUNT ? `${MAX_COUNT}+` : String(count);
}

function latencyText(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/**
 * The parts that fit, and the text of each: what matters as short as it can be, then as long as there is room; then
 * the rest.
 */
function fitting(parts: readonly Part[], width: number): Map<Part, string> {
  const chosen = new Map<Part, string>();
  // Those of a rank stay in the order in which they are shown.
  const ranked = parts.toSorted((one, other) => one.rank - other.rank);
  let left = width;
  const choose = (part: Part, text: string) => {
    const before = chosen.get(part);
    const between = before !== undefined || chosen.size === 0 ? 0 : BETWEEN.length;
    const cells = cellsOf(text) - cellsOf(before ?? "") + between;
    if (cells > left) return false;
    left -= cells;
    chosen.set(part, text);
    return true;
  };
  const news = ranked.filter(({ rank }) => rank < EXTRA_RANK);
  for (const part of news) choose(part, part.texts.at(-1)!);
  for (const part of chosen.keys()) part.texts.some((text) => choose(part, text));
  for (const part of ranked.slice(news.length)) part.texts.some((text) => choose(part, text));
  return chosen;
}

function drawn(
  parts: readonly Part[],
  chosen: ReadonlyMap<Part, string>,
  width: number,
  { status }: Style,
): string {
  if (chosen.size === 0) return status(cutToCells(parts[0]!.texts.at(-1)!, width));
  const same = (text: string) => text;
  return status(
    parts.filter((part) => chosen.has(part))
      .map((part) => (part.style ?? same)(chosen.get(part)!))
      .join(BETWEEN),
  );
}
