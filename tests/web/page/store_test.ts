import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Store } from "../../../web/page/store.js";

const said = (seq: number, sender = "bob", text = `number ${seq}`, room = "lobby") => ({
  ...{ room, sender, text, id: `id-${seq}`, seq, at: seq * 1_000 },
});
const wrote = (seq: number, from: string, to: string) => ({
  ...{ from, to, text: `number ${seq}`, id: `id-${seq}`, seq, at: seq * 1_000 },
});
const seqs = (entries: readonly { readonly seq: number }[]) => entries.map(({ seq }) => seq);

function open(): Store {
  return new Store("Ann", () => {});
}

Deno.test("Store keeps a room's messages in order, each once, however they come (I1)", () => {
  const pages = fc.array(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 8 }), {
    maxLength: 12,
  });
  fc.assert(fc.property(pages, fc.array(fc.boolean()), (pages, kinds) => {
    const store = open();
    const lobby = store.room("lobby");
    let live = 60;
    pages.forEach((page, at) => {
      if (kinds[at]) store.receive(said(++live), false);
      else {store.addOlder(
          page.toSorted((a, b) => a - b).map((seq) => said(seq)),
          lobby.range,
          true,
        );}
    });
    const all = new Set([
      ...pages.filter((_, at) => !kinds[at]).flat(),
      ...Array.from({ length: live - 60 }, (_, n) => 61 + n),
    ]);
    assertEquals(seqs(lobby.entries), [...all].sort((a, b) => a - b));
  }));
});

Deno.test("Store counts as unread what others say while nobody looks (I2)", () => {
  const store = open();
  store.receive(said(1), false);
  store.receive(said(2, "ANN"), false);
  store.receive(said(3, "bob", "hello ann"), false);
  store.receive(said(4), true);
  const lobby = store.room("lobby");
  assertEquals([lobby.unread, lobby.mentions, store.unread], [2, 1, 2]);
  store.addOlder([said(0)], lobby.range, false);
  assertEquals(lobby.unread, 2);
  assertEquals([lobby.marker?.seq, lobby.marker?.count, lobby.marker?.missed], [1, 2, false]);
  assertEquals(store.read(lobby), { stream: "lobby", seq: 4 });
  assertEquals([lobby.unread, lobby.mentions, lobby.marker?.count], [0, 0, 2]);
  store.receive(said(5), false);
  assertEquals([lobby.marker?.seq, lobby.marker?.count], [5, 1]);
});

Deno.test("Store knows who is away, and what they say, whatever case a name is written in", () => {
  const store = open();
  store.setAway("Bob", { text: "lunch" });
  store.setAway("cid", {});
  assertEquals(["BOB", "cid", "dan"].map((name) => store.awayOf(name)), ["lunch", "", undefined]);
  store.setAway("bob", undefined);
  assertEquals(store.awayOf("Bob"), undefined);
});

Deno.test("Store marks what was missed, also while somebody looks, and since when", () => {
  const store = open();
  const lobby = store.room("lobby");
  store.miss(lobby, { seq: 12, missedSince: 99 });
  assertEquals(store.receive(said(11), true).isNew, false);
  assertEquals(store.receive(said(12), true).isNew, false);
  assertEquals(lobby.marker, { seq: 11, count: 2, missed: true, since: 99 });
  assertEquals(store.receive(said(13), true).isNew, true);
  assertEquals(lobby.marker?.count, 2);
});

Deno.test("Store groups private messages by person, whoever wrote, and keeps unread ones behind the inbox's position", () => {
  const store = open();
  store.receive(wrote(1, "Bob", "ann"), false);
  store.receive(wrote(2, "ann", "BOB"), false);
  store.receive(wrote(3, "cy", "ann"), false);
  store.receive(wrote(4, "bob", "ann"), false);
  const [bob, cy] = [store.person("bob"), store.person("cy")];
  assertEquals([bob.title, seqs(bob.entries), bob.unread], ["Bob", [1, 2, 4], 2]);
  assertEquals(store.list("person").map(({ title }) => title), ["Bob", "cy"]);
  assertEquals(store.read(bob), { stream: "@ann", seq: 2 });
  assertEquals(store.read(cy), { stream: "@ann", seq: 4 });
});

Deno.test("Store knows where a room was read to before anything was said in it", () => {
  const store = open();
  const lobby = store.room("lobby");
  store.begin(lobby.range, { seq: 0, missed: 0 });
  assertEquals(store.read(lobby), { stream: "lobby", seq: 0 });
  assertEquals(store.read(store.room("other")), undefined);
});

Deno.test("Store shows an own message once: on its way, stored, and when its event comes", () => {
  const store = open();
  const lobby = store.await({ id: "id-5", at: 1, room: "lobby", text: "hello", files: [] });
  assertEquals(lobby.waiting.map(({ state }) => state), ["pending"]);
  store.acknowledge({ id: "id-5", room: "lobby", seq: 5, at: 2, stored: "disk" }, () => 4);
  assertEquals(lobby.waiting.map(({ state }) => state), ["stored"]);
  store.receive(said(5, "Ann", "hello"), false);
  assertEquals([lobby.waiting, seqs(lobby.entries)], [[], [5]]);
});

Deno.test("Store shows an own message whose event has passed: acknowledged again after a reload", () => {
  const store = open();
  const lobby = store.room("lobby");
  store.begin(lobby.range, { seq: 9, missed: 0 });
  store.await({ id: "id-5", at: 1, room: "lobby", text: "hello", files: [] });
  store.acknowledge({ id: "id-5", room: "lobby", seq: 5, at: 2, stored: "disk" }, () => 9);
  assertEquals([lobby.waiting, lobby.entries], [[], []]);
  store.addOlder([said(4), said(5, "ann", "hello")], lobby.range, false);
  assertEquals(seqs(lobby.entries), [4, 5]);
});

Deno.test("Store tells a refused message, and forgets one that is discarded", () => {
  const store = open();
  const pending = { id: "1", at: 1, to: "bob", text: "hello", files: [] };
  store.await(pending);
  const bob = store.await({ ...pending, error: "no" });
  assertEquals(bob.waiting.map(({ state, error }) => [state, error]), [["failed", "no"]]);
  store.forget("1");
  assertEquals(bob.waiting, []);
});

Deno.test("Store joins an excerpt with what is there, once they touch", () => {
  const store = open();
  const lobby = store.room("lobby");
  store.begin(lobby.range, { seq: 99, missed: 0 });
  for (const seq of [100, 101]) store.receive(said(seq), true);
  store.showExcerpt(lobby, [said(10), said(11)], false);
  assertEquals(lobby.excerpt?.high, 11);
  store.addNewer(lobby, [said(12), said(50)], true);
  assertEquals([seqs(lobby.excerpt!.entries), seqs(lobby.entries)], [[10, 11, 12, 50], [100, 101]]);
  store.addNewer(lobby, [said(51), said(100)], true);
  assertEquals(lobby.excerpt, undefined);
  assertEquals(seqs(lobby.entries), [10, 11, 12, 50, 51, 100, 101]);
  assertEquals(lobby.range.low, 10);
});

Deno.test("Store forgets what is of another log, and whose messages there are not", () => {
  const store = open();
  store.receive(said(7), false);
  store.receive(wrote(7, "bob", "ann"), false);
  store.reset();
  assertEquals(store.unread, 0);
  assertEquals([...store.conversations.values()].map(({ entries }) => entries), [[], []]);
  store.receive(said(1), false);
  assertEquals(seqs(store.room("lobby").entries), [1]);
});
