import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { PendingMessages } from "../../../program/chat/pending_messages.ts";

Deno.test("PendingMessages keeps a message until both the acknowledgement and the event were there (I1)", () => {
  fc.assert(fc.property(
    fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }),
    (order) => {
      const pending = new PendingMessages(() => {});
      const sent = ["a", "b", "c", "d"].map((text) => pending.add("lobby", text));
      const done = [0, 0, 0, 0];
      for (const step of order) {
        const at = step % 4;
        if (step < 4) pending.acknowledged(sent[at]!, `id-${at}`);
        else pending.arrived(`id-${at}`);
        done[at]!++;
        assertEquals(
          pending.all.map(({ text }) => text),
          sent.filter((_, at) => done[at]! < 2).map(({ text }) => text),
        );
      }
    },
  ));
});

Deno.test("PendingMessages tells when there are others, and forgets what failed or will not come", () => {
  let changes = 0;
  const pending = new PendingMessages(() => changes++);
  const lost = pending.add("lobby", "lost");
  const left = pending.add("den", "left");
  pending.add("den", "not acknowledged");
  pending.failed(lost);
  pending.failed(lost);
  pending.acknowledged(left, "1");
  assertEquals(pending.all.length, 2);
  pending.forget("den");
  assertEquals(pending.all.map(({ text }) => text), ["not acknowledged"]);
  assertEquals(changes, 5);
  // Somebody else's events change nothing.
  pending.arrived("other");
  assertEquals([pending.all.length, changes], [1, 5]);
});

Deno.test("PendingMessages remembers no more than 1,000 events while an acknowledgement does not come (I2)", () => {
  const pending = new PendingMessages(() => {});
  const lost = pending.add("lobby", "lost");
  const kept = pending.add("lobby", "kept");
  pending.arrived("lost");
  for (let at = 0; at < 1_001; at++) pending.arrived(`other ${at}`);
  pending.arrived("kept");
  pending.acknowledged(kept, "kept");
  assertEquals(pending.all, [lost]);
  // It was forgotten, so that it is waited for.
  pending.acknowledged(lost, "lost");
  assertEquals(pending.all, [lost]);
  pending.arrived("lost");
  assertEquals(pending.all, []);
});
