import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Identity } from "../../../web/page/identity.js";
import { Outbox } from "../../../web/page/outbox.js";
import { ulid } from "../../../web/page/ulid.js";
import { MemoryStorage } from "./memory_storage.ts";

const message = (id: string) => ({ id, at: 1, room: "lobby", text: `text ${id}`, files: [] });

Deno.test("Outbox keeps what waits over a reload, in order, until it is removed", () => {
  const storage = new MemoryStorage();
  const first = new Outbox(storage, "ann");
  for (const id of ["02", "01", "03"]) first.put(message(id));
  first.remove("03");
  first.put({ ...message("02"), error: "no" });
  const second = new Outbox(storage, "ann");
  assertEquals([...second.all()], [message("01"), { ...message("02"), error: "no" }]);
  second.remove("01");
  second.remove("02");
  assertEquals(storage.length, 0);
});

Deno.test("Outbox has its owner's messages only, and no two tabs write over each other", () => {
  const storage = new MemoryStorage();
  const [one, two] = [new Outbox(storage, "ann"), new Outbox(storage, "ann")];
  one.put(message("01"));
  two.put(message("02"));
  new Outbox(storage, "anna").put(message("04"));
  assertEquals([...new Outbox(storage, "ann").all()].map(({ id }) => id), ["01", "02"]);
});

Deno.test("Outbox lets be what is no message, and a storage that is full", () => {
  const storage = new MemoryStorage();
  storage.setItem("parley.out.ann 1", "{");
  storage.setItem("parley.out.ann 2", '{"id":7}');
  storage.isFull = true;
  const outbox = new Outbox(storage, "ann");
  outbox.put(message("03"));
  assertEquals([...outbox.all()].map(({ id }) => id), ["03"]);
});

Deno.test("ids are ULIDs: rising with time, and never the same", () => {
  assertMatch(ulid(Date.now()), /^[0-9A-HJKMNP-TV-Z]{26}$/);
  assertEquals(ulid(1_469_918_176_385).slice(0, 10), "01ARYZ6S41");
  assertEquals(ulid(1_000) < ulid(1_001), true);
  assertNotEquals(ulid(1), ulid(1));
});

Deno.test("Identity keeps a new name's secret before it is sent, and one name for each tab", () => {
  const shared = new MemoryStorage();
  const one = new Identity(shared, new MemoryStorage());
  const two = new Identity(shared, new MemoryStorage());
  const token = one.token("Ann");
  assertMatch(token, /^[0-9a-f]{64}$/);
  assertEquals(two.token("ann"), token);
  one.enter("Ann");
  assertEquals(two.name, "Ann");
  two.enter("bob");
  assertEquals([one.name, two.name], ["Ann", "bob"]);
  assertEquals(one.rooms("ann"), ["lobby"]);
  one.keepRooms("Ann", new Set(["garden"]));
  assertEquals(two.rooms("ann"), ["garden"]);
  two.leave();
  assertEquals(two.name, undefined);
});
