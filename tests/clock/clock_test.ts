import { assertEquals, assertRejects } from "@std/assert";
import { delay, systemClock } from "../../clock/clock.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("systemClock waits longer than a 32-bit timer can", async () => {
  let called = false;
  using _month = systemClock.after(30 * 24 * 60 * 60 * 1_000, () => called = true);
  // A timer that overflowed would be over before one that was set after it.
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assertEquals(called, false);
});

Deno.test("systemClock takes a call back", async () => {
  let called = false;
  systemClock.after(1, () => called = true)[Symbol.dispose]();
  await new Promise<void>((resolve) => systemClock.after(5, resolve));
  assertEquals(called, false);
});

Deno.test("delay ends when its time has passed", async () => {
  const clock = new FakeClock();
  let over = false;
  const waiting = delay(clock, 1_000).then(() => over = true);
  await clock.advanceAsync(999);
  assertEquals(over, false);
  clock.advance(1);
  await waiting;
});

Deno.test("delay ends early with its signal's reason, and leaves no timer", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = delay(clock, 1_000, stop.signal);
  stop.abort(reason);
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => delay(clock, 1_000, stop.signal), Error, "enough");
  assertEquals(clock.pending, 0);
});

Deno.test("FakeClock runs timers in the order in which they are due (I1)", () => {
  const clock = new FakeClock(0);
  const ran: string[] = [];
  for (const [at, name] of [[30, "c"], [10, "a"], [20, "b"], [10, "a2"]] as const) {
    clock.after(at, () => ran.push(`${name} at ${clock.now()}`));
  }
  clock.advance(25);
  assertEquals(ran, ["a at 10", "a2 at 10", "b at 20"]);
  assertEquals([clock.now(), clock.pending], [25, 1]);
});

Deno.test("FakeClock runs what a timer sets, if it is due in the same advance (I2)", async () => {
  const clock = new FakeClock(0);
  const ran: number[] = [];
  const every = () => void clock.after(10, () => (ran.push(clock.now()), every()));
  every();
  clock.advance(35);
  assertEquals(ran, [10, 20, 30]);

  const waited: number[] = [];
  const waiting = (async () => {
    for (let round = 0; round < 3; round++) {
      await delay(clock, 10);
      waited.push(clock.now());
    }
  })();
  await clock.advanceAsync(30);
  await waiting;
  assertEquals(waited, [45, 55, 65]);
});
