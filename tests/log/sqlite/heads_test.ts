import { assertEquals, assertRejects } from "@std/assert";
import type { StreamState } from "../../../log/event_log.ts";
import { HeadCache } from "../../../log/sqlite/heads.ts";

/** A cache whose reads the test answers. */
function cache() {
  const asked: { readonly stream: string; readonly answer: PromiseWithResolvers<StreamState> }[] =
    [];
  const heads = new HeadCache((stream) => {
    const answer = Promise.withResolvers<StreamState>();
    asked.push({ stream, answer });
    return answer.promise;
  });
  const answer = (last: number, trimmedThrough = 0) =>
    asked.shift()!.answer.resolve({ log: "log", trimmedThrough, last, countAfter: 0 });
  return { heads, asked, answer };
}

Deno.test("HeadCache reads a stream once, however many ask, and counts from there", async () => {
  const { heads, asked, answer } = cache();
  const states = [heads.state("lobby", 0), heads.state("lobby", 7), heads.state("lobby", 99)];
  assertEquals(asked.length, 1);
  answer(10, 4);
  assertEquals((await Promise.all(states)).map(({ countAfter }) => countAfter), [6, 3, 0]);
  heads.stored("lobby", 11);
  heads.stored("tea", 5);
  assertEquals(await heads.state("lobby", 0), {
    log: "log",
    trimmedThrough: 4,
    last: 11,
    countAfter: 7,
  });
  assertEquals(asked.length, 0);
});

Deno.test("HeadCache is never older than what was stored while it read (I1)", async () => {
  const { heads, answer } = cache();
  const state = heads.state("lobby", 0);
  heads.stored("lobby", 12);
  answer(10);
  assertEquals((await state).last, 12);
  assertEquals((await heads.state("lobby", 0)).last, 12);
});

Deno.test("HeadCache reads again where reading failed", async () => {
  const { heads, asked, answer } = cache();
  const state = heads.state("lobby", 0);
  asked.shift()!.answer.reject(new Error("no disk"));
  await assertRejects(() => state, Error, "no disk");
  const again = heads.state("lobby", 0);
  answer(3);
  assertEquals((await again).last, 3);
});
