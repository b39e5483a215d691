import { cellsOf, cutToCells } from "./cells.ts";
import { escapeText } from "./escape.ts";
import { localMoment } from "./moment.ts";
import type { Style } from "./style.ts";

/** Somebody in a room, as far as the server tells. */
export interface Person {
  /** The name as its owner wrote it. */
  readonly name: string;
  /** What the person is there. */
  readonly role?: string;
  readonly isGuest?: boolean;
  readonly away?: { readonly text?: string; readonly since?: number };
  /** Since when the person is there, Unix milliseconds. */
  readonly since?: number;
  /** With how many connections. */
  readonly devices?: number;
}

/** How people are listed. */
export interface PeopleTableOptions {
  /** The terminal's width. */
  readonly columns: number;
  readonly style: Style;
  /** What time it is. */
  readonly now: number;
}

/** Of more people the names stand side by side. */
const MAX_TABLE_ROWS = 40;
/** A terminal may begin another row with its last cell. */
const FREE_CELLS = 1;
/** So that no row looks like a message, a notice or a file's. */
const INDENT = "   ";
const BETWEEN = "  ";
/** A column of names side by side; longer ones take several. */
const SLOT_CELLS = 18;
/** What is told of somebody who is away is cut, but not shorter than so. */
const MIN_AWAY_CELLS = 12;

/**
 * Who is in a room, in rows for a terminal: a table with what is known of each, or, of more than 40 people and where
 * nothing is known of them, the names side by side.
 *
 * - I1 A row is narrower than the terminal, whatever names and texts hold, and moves no cursor.
 * - I2 Everybody is there, in the order given.
 *
 * @param people Who.
 * @param options The width, and how it looks.
 */
export function peopleTable(people: readonly Person[], options: PeopleTableOptions): string[] {
  const isTable = people.length <= MAX_TABLE_ROWS &&
    people.some(({ since, role, away }) =>
      since !== undefined || role !== undefined || away !== undefined
    );
  return isTable ? tableRows(people, options) : sideBySide(people, options);
}

/** A column of the table. The last ones are left out first where there is no room. */
interface Column {
  readonly title: string;
  readonly text: (person: Person) => string;
}

function tableRows(people: readonly Person[], { columns, style, now }: PeopleTableOptions) {
  const left: readonly Column[] = [
    { title: "name", text: ({ name }) => escapeText(name) },
    { title: "role", text: roleOf },
    {
      title: "here since",
      text: ({ since }) => since === undefined ? "" : localMoment(since, now),
    },
    {
      title: "devices",
      text: ({ devices = 1 }) => devices === 1 ? "" : String(devices),
    },
  ];
  const width = Math.max(1, columns - FREE_CELLS - INDENT.length);
  const isAnyAway = width >= 2 * MIN_AWAY_CELLS && people.some(({ away }) => away !== undefined);
  let room = width - (isAnyAway ? MIN_AWAY_CELLS + BETWEEN.length : 0);
  const shown: { readonly column: Column; readonly cells: number }[] = [];
  for (const column of left) {
    const texts = people.map(column.text);
    if (texts.every((text) => text === "")) continue;
    const widest = Math.max(cellsOf(column.title), ...texts.map(cellsOf));
    // Without the names it is no table: they are cut.
    const cells = shown.length === 0 ? Math.min(widest, room) : widest;
    if (cells > room) continue;
    shown.push({ column, cells });
    room -= cells + BETWEEN.length;
  }
  const used = shown.reduce((sum, { cells }) => sum + cells + BETWEEN.length, 0);
  const awayCells = width - used;
  const cellsTexts = (textOf: (column: Column) => string) =>
    shown.map(({ column, cells }) => padded(cutToCells(textOf(column), cells), cells));
  const title = [
    ...cellsTexts((column) => column.title),
    ...(isAnyAway ? [cutToCells("away", awayCells)] : []),
  ].join(BETWEEN).trimEnd();
  return [
    INDENT + style.dim(title),
    ...people.map((person) => {
      const [name = "", ...others] = cellsTexts((column) => column.text(person));
      const away = isAnyAway ? cutToCells(awayText(person, now), awayCells) : "";
      const rest = [...others, away].join(BETWEEN).trimEnd();
      const bare = name.trimEnd();
      const gap = rest === "" ? "" : name.slice(bare.length) + BETWEEN;
      return `${INDENT}${style.name(bare, person.name)}${gap}${rest}`;
    }),
  ];
}

function sideBySide(people: readonly Person[], { columns, style }: PeopleTableOptions): string[] {
  const width = Math.max(1, columns - FREE_CELLS - INDENT.length);
  const rows: string[] = [];
  let [row, used] = ["", 0];
  for (const person of people) {
    const whole = markOf(person);
    const mark = whole.length < width ? whole : "";
    const name = cutToCells(escapeText(person.name), Math.max(1, width - mark.length));
    const cells = cellsOf(name) + mark.length;
    // Where the next column begins.
    const start = used === 0 ? 0 : Math.ceil((used + BETWEEN.length) / SLOT_CELLS) * SLOT_CELLS;
    const isNewRow = used > 0 && start + cells > width;
    if (isNewRow) {
      rows.push(INDENT + row);
      [row, used] = ["", 0];
    }
    const at = used === 0 ? 0 : start;
    row += " ".repeat(at - used) + style.name(name, person.name) + style.dim(mark);
    used = at + cells;
  }
  return row === "" ? rows : [...rows, INDENT + row];
}

function roleOf({ role, isGuest = false }: Person): string {
  return escapeText(role ?? (isGuest ? "guest" : ""));
}

function markOf({ role, away }: Person): string {
  const marks = [...(role === undefined ? [] : [escapeText(role)]), ...(away ? ["away"] : [])];
  return marks.length === 0 ? "" : ` (${marks.join(", ")})`;
}

/** `since today 12:04: lunch`. */
function awayText({ away }: Person, now: number): string {
  if (away === undefined) return "";
  const since = away.since === undefined ? "away" : `since ${localMoment(away.since, now)}`;
  return away.text === undefined ? since : `${since}: ${escapeText(away.text)}`;
}

function padded(text: string, cells: number): string {
  return text + " ".repeat(Math.max(0, cells - cellsOf(text)));
}
