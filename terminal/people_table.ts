import { cellsOf, cutToCells, mostCellsOf } from "./cells.ts";
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
 * - I1 A row is narrower than the terminal, whatever names and texts hold and however that draws them, and moves no
 *   cursor.
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

/** How wide a column is: in most terminals, and at most. */
interface ColumnWidth {
  readonly cells: number;
  readonly most: number;
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
  const shown: (ColumnWidth & { readonly column: Column })[] = [];
  for (const column of left) {
    const texts = people.map(column.text);
    if (texts.every((text) => text === "")) continue;
    const { cells, most } = widthsOf([column.title, ...texts]);
    // Without the names it is no table: they are cut.
    const isNames = shown.length === 0;
    if (!isNames && most > room) continue;
    const width = { cells: Math.min(cells, room), most: Math.min(most, room) };
    shown.push({ column, ...width });
    room -= width.most + BETWEEN.length;
  }
  const used = shown.reduce((sum, { most }) => sum + most + BETWEEN.length, 0);
  const awayCells = width - used;
  const cellsTexts = (textOf: (column: Column) => string) =>
    shown.map(({ column, ...width }) => padded(cut(textOf(column), width.most), width));
  const title = [
    ...cellsTexts((column) => column.title),
    ...(isAnyAway ? [cut("away", awayCells)] : []),
  ].join(BETWEEN).trimEnd();
  return [
    INDENT + style.dim(title),
    ...people.map((person) => {
      const [name = "", ...others] = cellsTexts((column) => column.text(person));
      const away = isAnyAway ? cut(awayText(person, now), awayCells) : "";
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
  // What the row takes in most terminals, and at most.
  let [row, used, most] = ["", 0, 0];
  for (const person of people) {
    const whole = markOf(person);
    const mark = whole.length < width ? whole : "";
    const name = cut(escapeText(person.name), Math.max(1, width - mark.length));
    const cells = cellsOf(name) + mark.length;
    // Where the next column begins.
    const start = used === 0 ? 0 : Math.ceil((used + BETWEEN.length) / SLOT_CELLS) * SLOT_CELLS;
    const mostCells = mostCellsOf(name) + mark.length;
    const isNewRow = used > 0 && most + start - used + mostCells > width;
    if (isNewRow) {
      rows.push(INDENT + row);
      [row, used, most] = ["", 0, 0];
    }
    const at = used === 0 ? 0 : start;
    most += at - used + mostCells;
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

/** So that the row fits, however the terminal draws it. */
function cut(text: string, cells: number): string {
  return cutToCells(text, cells, mostCellsOf);
}

function widthsOf(texts: readonly string[]): ColumnWidth {
  const cells = Math.max(...texts.map(cellsOf));
  const extra = texts.map((text) => mostCellsOf(text) - cellsOf(text));
  return { cells, most: cells + Math.max(...extra) };
}

/** Aligned in most terminals, and too wide in none. */
function padded(text: string, { cells, most }: ColumnWidth): string {
  const spaces = Math.min(cells - cellsOf(text), most - mostCellsOf(text));
  return text + " ".repeat(Math.max(0, spaces));
}
