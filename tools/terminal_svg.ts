import type xterm from "@xterm/headless";
import { cellsOf } from "../terminal/cells.ts";
import { type Rgb, rgbOf } from "../tests/support/colours.ts";

type Terminal = InstanceType<typeof xterm.Terminal>;
type Cell = NonNullable<ReturnType<Terminal["buffer"]["active"]["getNullCell"]>>;

/** The colours of a terminal's window. */
export interface WindowColours {
  /** Of text that has no colour of its own. */
  readonly ink: Rgb;
  readonly paper: Rgb;
  /** Of the bar at the top, and of the line around the window. */
  readonly bar: Rgb;
  readonly edge: Rgb;
  /** Of the title. */
  readonly title: Rgb;
}

/** A part of a row that looks the same. */
interface Run {
  readonly column: number;
  /** How many cells it takes. */
  cells: number;
  text: string;
  readonly ink: string;
  /** Undefined where it is the window's. */
  readonly paper: string | undefined;
  readonly isBold: boolean;
  /** Of one grapheme that takes two cells in most terminals: fonts differ in how wide they draw it. */
  readonly isWide: boolean;
}

/** Pixels. A cell is as wide as 15 pixels of most monospaced fonts make it. */
const [CELL, ROW, FONT] = [9, 21, 15];
const [MARGIN, BAR, RADIUS] = [18, 34, 9];
/** From a row's top to its letters' feet. */
const BASELINE = 15.5;
const FONTS = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** How much of its colour dim text keeps; the rest is the paper's. */
const DIM = 0.62;

/**
 * What a terminal shows, as a picture in which text stays text: a window, and in it each run of cells that look the
 * same as a `<text>` as long as its cells, whatever font there is.
 *
 * Known are what Parley's programs write: the default colours, xterm's 256 from 16 on, bold, dim, reverse.
 *
 * @param terminal The terminal, with everything written.
 * @param title What the window is called.
 * @param colours Its colours.
 * @returns SVG 1.1, one element a line.
 * @throws {RangeError} A cell has a colour that may be any.
 */
export function terminalSvg(terminal: Terminal, title: string, colours: WindowColours): string {
  const { cols, buffer: { active } } = terminal;
  const rows = filledRows(terminal);
  const runs = Array.from({ length: rows }, (_, row) => {
    const line = active.getLine(active.baseY + row);
    return runsOf(Array.from({ length: cols }, (_, column) => line?.getCell(column)), colours);
  });
  const { x, y } = at(active.cursorX, active.cursorY);
  const ink = hex(colours.ink);
  const [width, height] = [cols * CELL + 2 * MARGIN, BAR + rows * ROW + MARGIN];
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${FONTS}">`,
    ...frame(title, width, height, colours),
    `<g font-size="${FONT}">`,
    ...runs.flatMap((runs, row) => runs.flatMap((run) => drawn(run, row))),
    "</g>",
    `<rect x="${x}" y="${y + 1}" width="${CELL}" height="${ROW - 3}" fill="${ink}"/>`,
    "</svg>",
    "",
  ].join("\n");
}

/** A window with round corners, and a bar at its top with its title. */
function frame(title: string, width: number, height: number, colours: WindowColours): string[] {
  const [paper, edge, bar] = [hex(colours.paper), hex(colours.edge), hex(colours.bar)];
  const [inner, text] = [RADIUS - 1, escapeXml(title)];
  const round = (x: number, y: number) => `a${inner} ${inner} 0 0 1 ${x} ${y}`;
  const top = `M1 ${BAR - 4}V${RADIUS}${round(inner, -inner)}H${width - RADIUS}`;
  const size = `width="${width - 1}" height="${height - 1}" rx="${RADIUS}"`;
  const place = `x="${width / 2}" y="21" text-anchor="middle" font-size="13"`;
  return [
    `<title>${text}</title>`,
    `<rect x="0.5" y="0.5" ${size} fill="${paper}" stroke="${edge}"/>`,
    `<path d="${top}${round(inner, inner)}V${BAR - 4}z" fill="${bar}"/>`,
    `<text ${place} fill="${hex(colours.title)}">${text}</text>`,
  ];
}

/** How many rows there are down to the last with text, or with the cursor. */
function filledRows({ rows, buffer: { active } }: Terminal): number {
  let last = rows - 1;
  while (last > active.cursorY && !active.getLine(active.baseY + last)?.translateToString(true)) {
    last--;
  }
  return last + 1;
}

/** A row, in parts that look the same. */
function runsOf(cells: readonly (Cell | undefined)[], colours: WindowColours): Run[] {
  const runs: Run[] = [];
  cells.forEach((cell, column) => {
    // Of width 0 is the second half of a wide one.
    if (cell === undefined || cell.getWidth() === 0) return;
    const text = cell.getChars() || " ";
    const isWide = cellsOf(text) > 1;
    const run = { column, cells: cell.getWidth(), text, isWide, ...lookOf(cell, colours) };
    const last = runs.at(-1);
    const isSame = last !== undefined && !last.isWide && !isWide && last.ink === run.ink &&
      last.paper === run.paper && last.isBold === run.isBold;
    if (!isSame) return void runs.push(run);
    last.cells++;
    last.text += text;
  });
  return runs;
}

function lookOf(cell: Cell, colours: WindowColours): Pick<Run, "ink" | "paper" | "isBold"> {
  const front = cell.isFgDefault() ? colours.ink : rgbOf(cell.getFgColor());
  const back = cell.isBgDefault() ? colours.paper : rgbOf(cell.getBgColor());
  const [ink, paper] = cell.isInverse() ? [back, front] : [front, back];
  const seen = cell.isDim() ? mixed(ink, paper) : ink;
  return {
    ink: hex(seen),
    paper: hex(paper) === hex(colours.paper) ? undefined : hex(paper),
    isBold: cell.isBold() !== 0,
  };
}

function drawn(run: Run, row: number): string[] {
  const { column, cells, text, ink, paper, isBold, isWide } = run;
  const { x, y } = at(column, row);
  const ground = paper === undefined
    ? []
    : [`<rect x="${x}" y="${y}" width="${cells * CELL}" height="${ROW}" fill="${paper}"/>`];
  const look = `y="${y + BASELINE}" fill="${ink}"${isBold ? ' font-weight="bold"' : ""}`;
  if (isWide) return [...ground, `<text x="${x}" ${look}>${escapeXml(text)}</text>`];
  // What draws SVG makes one blank of several.
  const words = [...text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: words, index }) => {
    const place = `x="${x + lengthOf(text.slice(0, index))}" textLength="${lengthOf(words)}"`;
    return `<text ${place} ${look}>${escapeXml(words)}</text>`;
  });
  return [...ground, ...words];
}

/** How wide a text is of which each grapheme has a cell, its marks none. */
function lengthOf(text: string): number {
  return cellsOf(text) * CELL;
}

/** Where a cell begins. */
function at(column: number, row: number): { readonly x: number; readonly y: number } {
  return { x: MARGIN + column * CELL, y: BAR + row * ROW };
}

function mixed(ink: Rgb, paper: Rgb): Rgb {
  const mix = (of: 0 | 1 | 2) => Math.round(DIM * ink[of] + (1 - DIM) * paper[of]);
  return [mix(0), mix(1), mix(2)];
}

function hex(colour: Rgb): string {
  return `#${colour.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
