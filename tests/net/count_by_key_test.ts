import { assertEquals } from "@std/assert";
import { CountByKey } from "../../net/count_by_key.ts";

Deno.test("CountByKey counts by key, gives each back once, and forgets who has none", () => {
  const counts = new CountByKey();
  const first = counts.add("ann");
  const second = counts.add("ann");
  const other = counts.add("bob");
  assertEquals([counts.of("ann"), counts.of("bob"), counts.of("cy"), counts.size], [2, 1, 0, 2]);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assertEquals(counts.of("ann"), 1);
  second[Symbol.dispose]();
  other[Symbol.dispose]();
  assertEquals([counts.of("ann"), counts.size], [0, 0]);
});

Deno.test("CountByKey does not count nobody", () => {
  const counts = new CountByKey();
  using _one = counts.add(undefined);
  assertEquals([counts.of(undefined), counts.size], [0, 0]);
});
