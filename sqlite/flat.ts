// Structured clone takes about a microsecond for an object, and next to nothing for a value in an array that
// is copied anyway. So what goes to a worker and back is one array for the whole batch.

/**
 * Puts rows into one array, each after its length.
 *
 * @param rows Rows of values that structured clone can copy.
 * @returns The array, for {@link unpack}.
 */
export function pack(rows: readonly (readonly unknown[])[]): unknown[] {
  const flat: unknown[] = [];
  for (const row of rows) {
    flat.push(row.length);
    for (const value of row) flat.push(value);
  }
  return flat;
}

/** The rows that {@link pack} was given. */
export function unpack(flat: readonly unknown[]): unknown[][] {
  const rows: unknown[][] = [];
  for (let at = 0; at < flat.length;) {
    const end = at + 1 + (flat[at] as number);
    rows.push(flat.slice(at + 1, end));
    at = end;
  }
  return rows;
}
