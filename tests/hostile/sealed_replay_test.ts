import { assertEquals, assertMatch } from "@std/assert";
import type { ChatMessage } from "../../protocol/chat.ts";
import { LyingServer } from "../support/lying_server.ts";
import { SealedPeer } from "../support/sealed_house.ts";

// What a server can have shown once more, over connections and runs. Over real sockets.

/** Ann, and bob, who has read two of her messages and is not there any more. */
async function read(server: LyingServer): Promise<[ann: SealedPeer, bob: SealedPeer]> {
  const ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  const bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await ann.chat.sendPrivate("bob", "hello");
  await ann.chat.sendPrivate("bob", "pay me ten");
  await bob.privateTexts(2);
  await bob.chat.close();
  return [ann, bob];
}

/** Bob's next run, on the same device. */
function again(server: LyingServer, { device: known, store }: SealedPeer): Promise<SealedPeer> {
  return SealedPeer.connect({ ...server.options, name: "bob", known, store });
}

/** Says to bob that its log is another one, in which everything has another number. */
function otherLog(log: string) {
  return (message: ChatMessage, name: string): readonly ChatMessage[] => {
    if (name !== "bob") return [message];
    if (message.type === "connect_ack") {
      return [{ ...message, payload: { ...message.payload, log } }];
    }
    if (message.type !== "private") return [message];
    return [{ ...message, payload: { ...message.payload, seq: message.payload.seq + 100 } }];
  };
}

Deno.test("a message that is repeated with the word that the log is another one is told, in every run that it is said in", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await read(server);
  await using _ann = ann;
  for (const log of ["another", "yet another"]) {
    server.lie = otherLog(log);
    await using later = await again(server, bob);
    await later.privateTexts(2);
    assertEquals(later.notices.length, 2);
    for (const { isAlarm, text } of later.notices) {
      assertEquals(isAlarm, true);
      assertMatch(text, /^WARNING: the next message of ann is not new: it was here before/);
    }
  }
});

Deno.test("a message that comes again in the same log, in a run that sends before it looks, is told of nothing", async () => {
  await using server = new LyingServer();
  const [ann, bob] = await read(server);
  await using _ann = ann;
  await using later = await again(server, bob);
  await later.chat.sendPrivate("ann", "paid");
  assertEquals(await later.privateTexts(3), ["hello", "pay me ten", "paid"]);
  assertEquals(later.told, "");
  await later.chat.close();
  await using last = await again(server, bob);
  await last.chat.sendPrivate("ann", "paid twice");
  await last.until(() => last.privates.some(({ text }) => text === "paid twice"));
  assertEquals(last.told, "");
});

Deno.test("a private message that the server says was removed is missed all the same", async () => {
  await using server = new LyingServer();
  await using ann = await SealedPeer.connect({ ...server.options, name: "ann" });
  await using bob = await SealedPeer.connect({ ...server.options, name: "bob" });
  await ann.chat.sendPrivate("bob", "one");
  await bob.privateTexts(1);
  let count = 0;
  server.lie = (message, name) => {
    if (message.type !== "private" || name !== "bob" || ++count > 1) return [message];
    const { sealed: _sealed, ...payload } = message.payload;
    const removed = { by: "ann", at: payload.at };
    return [{ type: "private", payload: { ...payload, text: "", removed } } as ChatMessage];
  };
  for (const text of ["two", "three"]) await ann.chat.sendPrivate("bob", text);
  await bob.privateTexts(3);
  assertMatch(bob.told, /WARNING: something that ann wrote before the next message is missing/);
});
