import { assertEquals } from "@std/assert";
import type { SharedFile } from "../../protocol/chat.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";

const FILE: SharedFile = {
  id: "0".repeat(31) + "1",
  name: 'tea "plan".png',
  size: 12,
  type: "image/png",
  sha256: "ab".repeat(32),
};
const files = {
  find: (id: string) => Promise.resolve(id === FILE.id ? FILE : undefined),
};

Deno.test("a message tells what the server knows of its files, whatever the sender says of them", async () => {
  await using house = openHouse({ files });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const made = [{ id: FILE.id, name: "../../etc/passwd", size: 1, type: "text/html" }];
  await ann.ask("message", { room: "lobby", text: "", id: "m1", files: made });
  await ann.ask("private", { to: "bob", text: "for you", id: "p1", files: made });
  assertEquals((await bob.next("message")).files, [FILE]);
  assertEquals((await bob.next("private")).files, [FILE]);
  await bob.ask("history", { stream: "lobby" });
  assertEquals((await bob.next("history")).messages.map(({ files }) => files), [[FILE]]);
});

Deno.test("a message without files tells of none", async () => {
  await using house = openHouse({ files });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "hello", id: "m1", files: [] });
  assertEquals("files" in await ann.next("message"), false);
});

Deno.test("what names a file that is not there is not sent, and the session goes on", async () => {
  await using house = openHouse({ files });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  const gone = [{ id: FILE.id }, { id: "f".repeat(32) }];
  await ann.ask("message", { room: "lobby", text: "look", id: "m1", files: gone });
  await ann.ask("private", { to: "ann", text: "look", id: "p1", files: gone });
  await ann.ask("message", { room: "lobby", text: "", id: "m2" });
  assertEquals(ann.all("error").map(({ code, id }) => [code, id]), [
    ["unknown_file", "m1"],
    ["unknown_file", "p1"],
    ["invalid_text", "m2"],
  ]);
  await ann.ask("message", { room: "lobby", text: "hello", id: "m3" });
  assertEquals((await ann.next("message")).seq, 1);
});

Deno.test("a server that keeps no files says so", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "look", id: "m1", files: [{ id: FILE.id }] });
  assertEquals((await ann.next("error")).code, "files_not_offered");
});

Deno.test("a message with files that is sent again is stored once", async () => {
  await using house = openHouse({ files });
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "lobby" });
  for (let time = 0; time < 2; time++) {
    await ann.ask("message", { room: "lobby", text: "", id: "m1", files: [{ id: FILE.id }] });
  }
  assertEquals((await ann.next("ack", 2)).duplicate, true);
});
