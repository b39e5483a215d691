import { assertEquals } from "@std/assert";
import { LatencyProbe } from "../../../program/chat/latency_probe.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("LatencyProbe asks every 15 s, never twice at once, and tells when the answer is another", async () => {
  const clock = new FakeClock();
  const asked: PromiseWithResolvers<number>[] = [];
  const told: (number | undefined)[] = [];
  const probe: LatencyProbe = new LatencyProbe({
    clock,
    ping() {
      const answer = Promise.withResolvers<number>();
      asked.push(answer);
      return answer.promise;
    },
    onChange: () => told.push(probe.ms),
  });
  clock.advance(60_000);
  assertEquals([asked.length, probe.ms], [1, undefined]);
  const answer = async (ms: number | Error) => {
    const last = asked.at(-1)!;
    if (ms instanceof Error) last.reject(ms);
    else last.resolve(ms);
    await last.promise.catch(() => {});
    // Until the probe has seen it, too.
    await Promise.resolve();
    clock.advance(15_000);
  };
  await answer(20);
  await answer(20);
  await answer(new Error("the connection was lost"));
  assertEquals([told, asked.length], [[20, undefined], 4]);
  await answer(30);
  // Nobody answers, and nobody says that nobody will.
  clock.advance(19_000);
  assertEquals(probe.ms, 30);
  clock.advance(1_000);
  assertEquals([probe.ms, asked.length], [undefined, 5]);
  told.length = 2;
  probe[Symbol.dispose]();
  await answer(5);
  assertEquals([told.length, asked.length, clock.pending], [2, 5, 0]);
});
