import { assertEquals } from "@std/assert";
import { EventLoopLag } from "../../server/event_loop_lag.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("EventLoopLag tells the longest lag of the last half minute, and leaves no timer", () => {
  const clock = new FakeClock();
  let late = 0;
  {
    using lag = new EventLoopLag({ clock, now: () => clock.now() + late });
    clock.advance(2_000);
    assertEquals(lag.longestSeconds, 0);
    // The next measurement comes 250 ms after its time.
    late += 250;
    clock.advance(500);
    late += 10;
    clock.advance(500);
    assertEquals(lag.longestSeconds, 0.25);
    clock.advance(29_000);
    assertEquals(lag.longestSeconds, 0.25);
    clock.advance(1_000);
    assertEquals(lag.longestSeconds, 0);
  }
  assertEquals(clock.pending, 0);
});
