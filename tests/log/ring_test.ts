import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { Ring } from "../../log/ring.ts";

Deno.test("Ring holds what an array would, and no array four times as long", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 40 })), {
    maxLength: 30,
  });
  fc.assert(fc.property(steps, (steps) => {
    const ring = new Ring<number>();
    const model: number[] = [];
    let next = 0;
    for (const [push, times] of steps) {
      for (let time = 0; time < times; time++) {
        if (push) {
          ring.push(next);
          model.push(next++);
        } else assertEquals(ring.shift(), model.shift());
        assertEquals(ring.length, model.length);
        assert(ring.capacity <= Math.max(8, 4 * model.length), `${ring.capacity} slots`);
      }
      assertEquals(Array.from({ length: ring.length }, (_, at) => ring.at(at)), model);
    }
  }));
});

Deno.test("Ring is empty when it is cleared, and goes on", () => {
  const ring = new Ring<string>();
  for (let n = 0; n < 100; n++) ring.push(`item ${n}`);
  ring.clear();
  assertEquals([ring.length, ring.shift()], [0, undefined]);
  ring.push("next");
  assertEquals([ring.length, ring.at(0)], [1, "next"]);
});
