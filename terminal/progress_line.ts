import type { TransferProgress } from "../transfer/progress.ts";
import { escapeText } from "./escape.ts";
import type { Style } from "./style.ts";

/** How a line of progress is made. */
export interface ProgressLineOptions {
  /** Cells that it may take. */
  readonly width: number;
  /** How things stand out. */
  readonly style: Style;
  /** How many cells a text takes. @default its length, where that does not matter */
  readonly measure?: (text: string) => number;
  /** Draws a bar of so many cells; without it there is none. */
  readonly bar?: (fraction: number, cells: number) => string;
}

const BETWEEN = "  ";
/** A bar of fewer cells tells nothing, one of more takes the room of the name. */
const BAR_CELLS = { min: 8, max: 30 } as const;
const MIN_NAME_CELLS = 8;

/**
 * One line that says how far transfers are: `42% ███░░░  12.3 MB/s  ETA 1:05  file 3 of 120  name`.
 *
 * Where the totals are not known the percentage is that of the file that comes. Several transfers are told as
 * one: how many, how many files, how fast. What does not fit is told shorter or left out.
 *
 * - I1 It takes at most `width` cells, whatever the name holds.
 *
 * @param transfers How far each is; at least one.
 * @param options The width, and how it looks.
 */
export function progressLine(
  transfers: readonly TransferProgress[],
  { width, style, bar, measure = lengthOf }: ProgressLineOptions,
): string {
  const cells = (parts: readonly string[]) => measure(parts.join(BETWEEN));
  const all = facts(transfers);
  const percent = all.fraction === null ? [] : [percentText(all.fraction)];
  let parts = [...percent, ...all.long];
  if (cells(parts) > width) parts = [...percent, ...all.short];
  while (cells(parts) > width && parts.length > 1) parts.pop();
  let left = width - cells(parts);
  let line = parts.join(BETWEEN);
  const barCells = Math.min(BAR_CELLS.max, Math.floor((left - BETWEEN.length) / 2));
  if (bar !== undefined && all.fraction !== null && barCells >= BAR_CELLS.min) {
    line = [percent[0]!, bar(all.fraction, barCells), ...parts.slice(1)].join(BETWEEN);
    left -= barCells + BETWEEN.length;
  }
  left -= BETWEEN.length;
  if (all.name === null || left < MIN_NAME_CELLS) return line;
  return line + BETWEEN + style.dim(endOf(escapeText(all.name), left, measure));
}

/** `999 B`, `12.3 MB`: three digits, units of a thousand. */
export function bytesText(bytes: number): string {
  let [amount, unit] = [Math.max(0, bytes), 0];
  while (amount >= 999.5 && unit < UNITS.length - 1) [amount, unit] = [amount / 1_000, unit + 1];
  const digits = unit === 0 || amount >= 99.95 ? 0 : amount >= 9.995 ? 1 : 2;
  return `${amount.toFixed(digits)} ${UNITS[unit]}`;
}

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"] as const;

/** `0:07`, `12:34`, `1:02:03`; `--:--` for what is not known, or beyond four days. */
export function durationText(ms: number | null): string {
  const seconds = ms === null ? Infinity : Math.ceil(ms / 1_000);
  if (seconds >= 360_000) return "--:--";
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** What a line says beside its bar; the parts that matter least come last. */
interface Facts {
  readonly fraction: number | null;
  readonly long: readonly string[];
  readonly short: readonly string[];
  readonly name: string | null;
}

function facts(transfers: readonly TransferProgress[]): Facts {
  const [first] = transfers;
  if (transfers.length !== 1) return factsOfMany(transfers);
  const { bytes, totalBytes, totalFiles, isCounted, position, current, etaMs } = first!;
  const isWhole = isCounted && totalBytes !== null;
  const fraction = isWhole
    ? (totalBytes === 0 ? 1 : bytes / totalBytes)
    // Of small files each would be at 100 %: that tells nothing.
    : totalFiles === null && current !== null && current.bytes < (current.size ?? 0)
    ? current.bytes / current.size!
    : null;
  const total = totalFiles === null
    ? undefined
    : whole(Math.max(totalFiles, position)) + (isCounted ? "" : "+");
  const isOne = isCounted && totalFiles === 1;
  const files = isOne
    ? { long: [], short: [] }
    : total === undefined
    ? { long: [`file ${whole(position)}`], short: [`#${whole(position)}`] }
    : {
      long: [`file ${whole(position)} of ${total}`],
      short: [`${whole(position)}/${total}`],
    };
  // One file has no number: how much of it has gone tells more.
  const amount = !isOne && totalFiles !== null && fraction !== null
    ? []
    : totalBytes !== null && isOne
    ? [`${bytesText(bytes)} of ${bytesText(totalBytes)}`]
    : [bytesText(bytes)];
  const rate = rateText(first!.bytesPerSecond);
  const eta = durationText(etaMs).padStart(5);
  return {
    fraction,
    long: [rate, ...(isWhole ? [`ETA ${eta}`] : []), ...files.long, ...amount],
    short: [rate, ...(isWhole ? [eta] : []), ...files.short, ...(fraction === null ? amount : [])],
    name: current?.name ?? null,
  };
}

function factsOfMany(transfers: readonly TransferProgress[]): Facts {
  const sum = (of: (transfer: TransferProgress) => number) =>
    transfers.reduce((all, transfer) => all + of(transfer), 0);
  const files = whole(sum(({ position }) => position));
  const rate = rateText(sum(({ bytesPerSecond }) => bytesPerSecond ?? 0));
  const amount = bytesText(sum(({ bytes }) => bytes));
  return {
    fraction: null,
    long: [rate, `${transfers.length} senders`, `${files} files`, amount],
    short: [rate, `${transfers.length} senders`, `#${files}`],
    name: transfers.at(-1)?.current?.name ?? null,
  };
}

function rateText(bytesPerSecond: number | null): string {
  // As wide as any, so that what follows stays where it is.
  return (bytesPerSecond === null ? "" : `${bytesText(bytesPerSecond)}/s`).padStart(9);
}

function percentText(fraction: number): string {
  // What is not finished is not 100 %.
  return `${Math.floor(Math.min(1, Math.max(0, fraction)) * 100)}%`.padStart(4);
}

function whole(number: number): string {
  return number.toLocaleString("en-US");
}

function lengthOf(text: string): number {
  return text.length;
}

/** Made when it is needed: it takes 15 ms, which a program that shows nothing would feel at its start. */
let segmenter: Intl.Segmenter | undefined;

/** The end of a text that fits so many cells: of a path it tells the most. */
function endOf(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  // More code units than this cannot fit, however narrow they are; a cell may hold some marks.
  const characters = [
    ...(segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" })).segment(
      text.slice(-width * 8),
    ),
  ].reverse();
  let end = "";
  let left = width - 1;
  for (const { segment } of characters) {
    left -= measure(segment);
    if (left < 0) break;
    end = segment + end;
  }
  return `…${end}`;
}
