import { assertEquals } from "@std/assert";
import { NameColumn } from "../../terminal/name_column.ts";

Deno.test("NameColumn is as wide as the widest name, from 8 to 12 cells", () => {
  const column = new NameColumn();
  const cells = (name: string) => column.before(name).length;
  assertEquals([cells("ann"), cells("漢字"), cells("ten-chars."), cells("ann")], [5, 4, 0, 7]);
  assertEquals([cells("more-than-twelve"), cells("ann")], [0, 9]);
});

Deno.test("NameColumn does not grow for what is pending", () => {
  const column = new NameColumn();
  assertEquals(column.beforePending("ten-chars."), "");
  assertEquals(column.before("ann").length, 5);
});
