import { assertEquals } from "@std/assert";
import { Bell } from "../../../program/chat/bell.ts";
import { FakeClock } from "../../support/fake_clock.ts";

Deno.test("Bell rings for what is wanted, once in two seconds, and never for what is missed or one's own", () => {
  const clock = new FakeClock();
  let wanted: "off" | "mentions" | "all" = "off";
  let rung = 0;
  const bell = new Bell(() => wanted, () => rung++, clock);
  const call = (what: Partial<Parameters<Bell["call"]>[0]>) => {
    const before = rung;
    bell.call({ isOwn: false, isMention: false, isMissed: false, ...what });
    clock.advance(2_000);
    return rung - before;
  };
  assertEquals([call({ isMention: true }), call({})], [0, 0]);
  wanted = "mentions";
  assertEquals([call({ isMention: true }), call({})], [1, 0]);
  wanted = "all";
  assertEquals([call({}), call({ isOwn: true }), call({ isMissed: true })], [1, 0, 0]);
  for (let at = 0; at < 40; at++) {
    bell.call({ isOwn: false, isMention: true, isMissed: false });
    clock.advance(100);
  }
  assertEquals(rung, 4);
});
