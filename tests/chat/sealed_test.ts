import { assertEquals } from "@std/assert";
import type { Sealed } from "../../protocol/chat.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";
import { keyPeer, newKey } from "../support/key_peer.ts";

const key = await newKey();
const sealed: Sealed = {
  cipher: "YWdl",
  key: key.publicKey,
  previous: "0".repeat(64),
  signature: "1".repeat(128),
};

Deno.test("What is sealed is stored and delivered as it was sent, and nothing besides", async () => {
  await using house = openHouse();
  const bob = await ChatPeer.connect(house.hub, "bob", { room: "lobby" });
  const ann = await keyPeer(house.hub, "ann", key);
  await ann.ask("join", { room: "lobby" });
  const more = { ...sealed, plaintext: "what must not be stored" };
  await ann.ask("message", { room: "lobby", text: "", id: "m1", sealed: more });
  await ann.ask("private", { to: "bob", text: "", id: "p1", sealed: more });
  for (const said of [await bob.next("message"), await bob.next("private")]) {
    assertEquals([said.text, said.sealed], ["", sealed]);
  }
  await bob.ask("history", { stream: "lobby" });
  assertEquals((await bob.next("history")).messages.map(({ sealed }) => sealed), [sealed]);
});

Deno.test("Only the key that the session has proven may seal, and nothing goes beside it in the open", async () => {
  await using house = openHouse();
  const eve = await keyPeer(house.hub, "eve", await newKey());
  const guest = await ChatPeer.connect(house.hub, "guest-1");
  const ann = await keyPeer(house.hub, "ann", key);
  for (const peer of [eve, guest]) {
    await peer.ask("private", { to: "ann", text: "", id: "p1", sealed });
    assertEquals((await peer.next("error")).code, "forbidden");
    await peer.ask("join", { room: "lobby" });
    await peer.ask("message", { room: "lobby", text: "", id: "m1", sealed });
    assertEquals((await peer.next("error", 2)).code, "forbidden");
  }
  await ann.ask("private", { to: "eve", text: "psst", id: "p2", sealed });
  assertEquals((await ann.next("error")).code, "invalid_text");
  assertEquals(ann.all("private"), []);
});

Deno.test("A search finds nothing in what is sealed", async () => {
  await using house = openHouse();
  const ann = await keyPeer(house.hub, "ann", key);
  await ann.ask("join", { room: "lobby" });
  await ann.ask("message", { room: "lobby", text: "", id: "m1", sealed });
  for (const query of ["age", "YWdl", sealed.key.slice(0, 8)]) {
    await ann.ask("search", { query });
  }
  assertEquals((await ann.next("search", 3)).messages, []);
});
