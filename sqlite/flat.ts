// Structured clone takes about a microsecond for an object, and next to nothing for a value in an array that
// is copied anyway. So what goes to a worker and back is one array for a whole batch: rows of values, each
// after its length.

/** Values in a row: what a worker is asked, and what it answers. */
export type Row = readonly unknown[];

/**
 * Adds a row.
 *
 * @param flat The rows so far.
 * @param name The row's first value.
 * @param values The others.
 */
export function addRow(flat: unknown[], name: string, values: Row): void {
  flat.push(values.length + 1, name);
  for (let at = 0; at < values.length; at++) flat.push(values[at]);
}

/** Rows as one array. Portable. */
export function pack(rows: readonly Row[]): unknown[] {
  const flat: unknown[] = [];
  for (const row of rows) {
    flat.push(row.length);
    for (let at = 0; at < row.length; at++) flat.push(row[at]);
  }
  return flat;
}

/**
 * Looks at the rows of an array, one after the other. Portable.
 *
 * @param flat Rows, as {@link pack} or {@link addRow} put them in.
 * @param skip How many of the first values of each are left out: it is copied without them.
 * @param look Called with each row, and its very first value.
 */
export function eachRow(
  flat: Row,
  skip: 0 | 1,
  look: (row: unknown[], first: unknown) => void,
): void {
  for (let at = 0; at < flat.length;) {
    const end = at + 1 + (flat[at] as number);
    look(flat.slice(at + 1 + skip, end), flat[at + 1]);
    at = end;
  }
}
