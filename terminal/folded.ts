/** How wide a terminal is taken to be: a longer line counts as several rows. */
const COLUMNS = 80;

/**
 * The beginning of a text that would take too many rows of a terminal.
 *
 * @param text The text.
 * @param maxRows How many rows it may take, at 80 columns.
 * @returns The beginning; the text itself where all of it fits.
 */
export function folded(text: string, maxRows: number): string {
  // One row has a character at least, so that most texts need no counting.
  if (text.length < maxRows) return text;
  let rows = 0;
  let kept = 0;
  for (const line of text.split("\n")) {
    const needed = Math.max(1, Math.ceil(line.length / COLUMNS));
    if (rows + needed > maxRows) {
      const end = rows === maxRows ? kept - 1 : kept + (maxRows - rows) * COLUMNS;
      // Not the first half of a pair alone.
      return text.slice(0, end).replace(/[\ud800-\udbff]$/, "");
    }
    rows += needed;
    kept += line.length + 1;
  }
  return text;
}
