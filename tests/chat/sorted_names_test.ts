import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { SortedNames } from "../../chat/sorted_names.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { openHouse } from "../support/chat_house.ts";

Deno.test("SortedNames gives what a sorted set would, whatever comes and goes", () => {
  const name = fc.string({ maxLength: 2, unit: fc.constantFrom("a", "b", "é", "漢", "𝒜") });
  const step = fc.record({ isAdded: fc.boolean(), name });
  fc.assert(
    fc.property(fc.array(step), name, fc.integer({ min: 1, max: 5 }), (steps, after, limit) => {
      const names = new SortedNames();
      const model = new Set<string>();
      for (const { isAdded, name } of steps) {
        if (isAdded) names.add(name);
        else names.delete(name);
        if (isAdded) model.add(name);
        else model.delete(name);
      }
      const sorted = [...model].sort();
      const rest = sorted.filter((name) => name > after);
      assertEquals(names.page(undefined, 1_000), { names: sorted, more: false });
      assertEquals(names.page(after, limit), {
        names: rest.slice(0, limit),
        more: rest.length > limit,
      });
    }),
  );
});

Deno.test("who and rooms sort nothing when they are asked while others come and go", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  await ann.ask("who", { room: "lobby" });
  await ann.ask("rooms", {});
  const { sort } = Array.prototype;
  let sorts = 0;
  Array.prototype.sort = function (compare) {
    sorts++;
    return sort.call(this, compare);
  };
  try {
    await bob.ask("leave", { room: "lobby" });
    await bob.ask("join", { room: "other" });
    await ann.ask("who", { room: "lobby" });
    await ann.ask("rooms", {});
  } finally {
    Array.prototype.sort = sort;
  }
  assertEquals(sorts, 0);
  assertEquals((await ann.next("who", 2)).members, ["ann"]);
  assertEquals((await ann.next("rooms", 2)).rooms.map(({ room }) => room), ["lobby", "other"]);
});
