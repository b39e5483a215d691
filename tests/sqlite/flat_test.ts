import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { addRow, eachRow, pack, type Row } from "../../sqlite/flat.ts";

const value = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.integer()));
const rows = fc.array(fc.array(value));

/** The rows of an array, with the first value of each. */
function look(flat: Row, skip: 0 | 1): [Row, unknown][] {
  const seen: [Row, unknown][] = [];
  eachRow(structuredClone(flat) as Row, skip, (row, first) => seen.push([row, first]));
  return seen;
}

Deno.test("eachRow gives the rows that pack was given", () => {
  fc.assert(fc.property(rows, (rows) => {
    const packed = pack(rows.filter((row) => row.length > 0));
    assertEquals(look(packed, 0).map(([row]) => row), rows.filter((row) => row.length > 0));
  }));
});

Deno.test("eachRow gives the rows that were added, with and without their names", () => {
  fc.assert(fc.property(rows, (rows) => {
    const flat: unknown[] = [];
    for (const [at, row] of rows.entries()) addRow(flat, `row ${at}`, row);
    assertEquals(look(flat, 1), rows.map((row, at) => [row, `row ${at}`]));
    assertEquals(look(flat, 0).map(([row]) => row), rows.map((row, at) => [`row ${at}`, ...row]));
  }));
});

Deno.test("eachRow gives empty rows too", () => {
  const seen: Row[] = [];
  eachRow(pack([[], [1], []]), 0, (row) => seen.push(row));
  assertEquals(seen, [[], [1], []]);
});
