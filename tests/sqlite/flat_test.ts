import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { pack, unpack } from "../../sqlite/flat.ts";

Deno.test("unpack gives the rows that pack was given", () => {
  const value = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.integer()));
  fc.assert(fc.property(fc.array(fc.array(value)), (rows) => {
    assertEquals(unpack(structuredClone(pack(rows))), rows);
  }));
});
