import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { EventQueue } from "../../client/event_queue.ts";

Deno.test("EventQueue hands each event out once, in order (I1)", async () => {
  const queue = new EventQueue<number>({ maxEvents: 2 });
  const all = Array.fromAsync(queue);
  for (let event = 0; event < 7; event++) queue.push(event);
  queue.close();
  queue.push(99);
  assertEquals(await all, [0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("EventQueue says when it is full, and when that has changed", async () => {
  const queue = new EventQueue<number>({ maxEvents: 2 });
  queue.push(1);
  assertEquals(queue.full, false);
  queue.push(2);
  assertEquals([queue.full, queue.size], [true, 2]);
  const changed = queue.changed();
  const events = queue[Symbol.asyncIterator]();
  assertEquals((await events.next()).value, 1);
  await changed;
  assertEquals([queue.full, queue.size], [false, 1]);
});

Deno.test("EventQueue gives what is queued before its error (I2)", async () => {
  const queue = new EventQueue<number>({ maxEvents: 2 });
  queue.push(1);
  queue.close(new Error("over"));
  const events = queue[Symbol.asyncIterator]();
  assertEquals((await events.next()).value, 1);
  await assertRejects(() => events.next(), Error, "over");
});

Deno.test("EventQueue goes on where a loop was left (I3)", async () => {
  const queue = new EventQueue<number>({ maxEvents: 2 });
  for (let event = 0; event < 4; event++) queue.push(event);
  for await (const event of queue) if (event === 1) break;
  queue.close();
  assertEquals(await Array.fromAsync(queue), [2, 3]);
});

Deno.test("EventQueue wants room for an event", () => {
  assertThrows(() => new EventQueue({ maxEvents: 0 }), RangeError, "1 or more");
});
