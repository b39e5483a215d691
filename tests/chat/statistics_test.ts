import { assert, assertEquals } from "@std/assert";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { turn } from "../support/fake_clock.ts";

const TEXT = "x".repeat(1_000);

Deno.test("deliveries are what each member was given, live, from the log, or around notices", async () => {
  await using house = openHouse({ limits: { maxFeedBytes: 20_000 } });
  const { hub } = house;
  const ann = await ChatPeer.connect(hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(hub, "bob", { room: "lobby" });
  bob.stall();
  for (let at = 0; at < 100; at++) {
    await ann.ask("message", { room: "lobby", text: TEXT, id: `m${at}` });
    await ann.next("message", at + 1);
    // Joins and leaves lie between the messages, and are none.
    if (at % 10 === 0) await ChatPeer.connect(hub, `guest${at}`, { room: "lobby" });
  }
  bob.resume();
  await bob.next("message", 100);
  const carl = await ChatPeer.connect(hub, "carl", { room: "lobby", since: { lobby: 40 } });
  await carl.next("message", 60);
  // The guests were given what was said since they came.
  const guests = Array.from({ length: 10 }, (_, at) => 99 - 10 * at).reduce((a, b) => a + b);
  assertEquals(hub.statistics.deliveries, 100 + 100 + 60 + guests);
  assertEquals(hub.statistics.roomMessages, 100);
});

Deno.test("what a write gives back where memory is tight is delivered once", async () => {
  await using house = openHouse({ limits: { maxOutboxBytesInAll: 2_000 } });
  const { hub } = house;
  const ann = await ChatPeer.connect(hub, "ann", { room: "lobby" });
  const slow = { maxWriteBytes: 700 };
  const bob = await ChatPeer.connect(hub, "bob", { room: "lobby" }, slow);
  bob.stall();
  for (let at = 0; at < 50; at++) {
    await ann.ask("message", { room: "lobby", text: TEXT, id: `m${at}` });
    await ann.next("message", at + 1);
  }
  bob.resume();
  await bob.next("message", 50);
  assertEquals(hub.statistics.deliveries, 100);
});

Deno.test("a slow reader is one from when it falls behind until it has caught up, or is gone", async () => {
  await using house = openHouse({ limits: { maxFeedBytes: 20_000 } });
  const { hub } = house;
  const ann = await ChatPeer.connect(hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(hub, "bob", { room: "lobby" }, { maxWriteBytes: 20_000 });
  const carl = await ChatPeer.connect(hub, "carl", { room: "lobby" }, { maxWriteBytes: 20_000 });
  bob.stall();
  carl.stall();
  for (let at = 0; at < 200; at++) {
    await ann.ask("message", { room: "lobby", text: TEXT, id: `m${at}` });
    await ann.next("message", at + 1);
  }
  assertEquals(hub.statistics.slowReaders, 0);
  // They take what was being written, and then find that the rest is not in the feed any more.
  let most = 0;
  const write = bob.write.bind(bob);
  bob.write = (bytes) => {
    most = Math.max(most, hub.statistics.slowReaders);
    return write(bytes);
  };
  bob.resume();
  await bob.next("message", 200);
  await turn();
  assertEquals([most, hub.statistics.slowReaders], [1, 0]);
  carl.resume();
  await carl.until(() => hub.statistics.slowReaders === 1);
  carl.member.abort("gone");
  assertEquals(hub.statistics.slowReaders, 0);
  assert(carl.all("message").length < 200);
});

Deno.test("what was written to sessions, and how they ended, is counted", async () => {
  await using house = openHouse();
  const { hub } = house;
  const ann = new ChatPeer(hub);
  let bytes = 0;
  const write = ann.write.bind(ann);
  ann.write = async (given) => {
    bytes += given.length;
    return await write(given);
  };
  await ann.ask("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  await ann.ask("quit", {});
  await ann.ended;
  const { sentBytes, ended, members, rooms } = hub.statistics;
  assertEquals([sentBytes, members, rooms], [bytes, 0, 0]);
  assertEquals([...ended], [["quit", 1]]);
});
