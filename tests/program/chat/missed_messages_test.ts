import { assertEquals } from "@std/assert";
import { MissedMessages } from "../../../program/chat/missed_messages.ts";

Deno.test("MissedMessages tells which messages were missed, which of them are too many, and the last", () => {
  const missed = new MissedMessages();
  assertEquals(missed.follow("lobby", { seq: 300, missed: 202 }), 2);
  const arrivals = [99, 100, 101, 300, 301].map((seq) => missed.pass("lobby", seq));
  assertEquals(arrivals.map(({ isPassedOver }) => isPassedOver), [true, true, false, false, false]);
  assertEquals(arrivals.map(({ isMissed }) => isMissed), [true, true, true, true, false]);
  assertEquals(arrivals.map(({ isLast }) => isLast), [false, false, false, true, false]);
  // Of what was written to one alone nothing is passed over.
  assertEquals(missed.follow("@ann", { seq: 900, missed: 900 }), 0);
  missed.forget("@ann");
  assertEquals(missed.pass("@ann", 1).isMissed, false);
});

Deno.test("MissedMessages begins anew when a stream is followed again", () => {
  const missed = new MissedMessages();
  missed.follow("lobby", { seq: 10, missed: 10 });
  assertEquals(missed.follow("lobby", { seq: 12, missed: 0 }), 0);
  assertEquals(missed.pass("lobby", 10).isMissed, false);
});
