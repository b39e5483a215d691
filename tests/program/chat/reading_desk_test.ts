import { assertEquals } from "@std/assert";
import { ChatClient } from "../../../client/chat_client.ts";
import { SealedChat } from "../../../client/sealed_chat.ts";
import { ReadingDesk } from "../../../program/chat/reading_desk.ts";
import { ChatServer } from "../../../server/chat_server.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** A desk of ann's in the room `lobby`, and what it has shown. */
async function openDesk() {
  const clock = new FakeClock();
  const server = ChatServer.listen({
    port: 0,
    clock,
    limits: { requestBurst: 10_000, byteBurst: 10_000_000 },
  });
  const client = await ChatClient.connect({ ...server.address, name: "ann", room: "lobby" });
  const chat = new SealedChat({ client, device: undefined });
  // Unread, they would hold up the answers.
  const reading = Array.fromAsync(chat.events);
  const shown: string[] = [];
  const desk = new ReadingDesk({
    chat,
    clock,
    show: (title, messages, how) =>
      shown.push(
        title,
        ...messages.map(({ text, seq }) => how.isNumbered ? `${text} #${seq}` : text),
      ),
    notice: (text) => shown.push(text),
  });
  const say = async (...texts: readonly string[]) => {
    for (const text of texts) await client.send("lobby", text);
  };
  const take = () => shown.splice(0);
  return {
    ...{ clock, desk, say, take },
    async [Symbol.asyncDispose]() {
      await chat.close();
      await reading;
      await server.close();
    },
  };
}

Deno.test("ReadingDesk shows the newest messages, those of the last hours, and one as a whole", async () => {
  await using house = await openDesk();
  const { clock, desk, say, take } = house;
  await say("early");
  clock.advance(3_600_000);
  await say("later", "last");
  await desk.history("lobby", { limit: 2 });
  assertEquals(take(), ["The last 2 messages of lobby", "later #2", "last #3"]);
  await desk.history("lobby", { sinceMs: 60_000 });
  assertEquals(take().slice(1), ["later #2", "last #3"]);
  await desk.history("lobby", { sinceMs: 7_200_000 });
  assertEquals(take().slice(1), ["early #1", "later #2", "last #3"]);
  clock.advance(3_600_000);
  await desk.history("lobby", { sinceMs: 1_000 });
  assertEquals(take().length, 1);
  await desk.whole("lobby", 2);
  assertEquals(take(), ["Message 2 of lobby", "later"]);
  await desk.whole("lobby", 9);
  assertEquals(take(), ["There is no message 9 in lobby"]);
});

Deno.test("ReadingDesk reads a time back over pages, and says where there is more than it shows", async () => {
  await using house = await openDesk();
  const { desk, say, take, clock } = house;
  await say("old");
  clock.advance(60_000);
  await say(...Array.from({ length: 450 }, (_, at) => `text ${at}`));
  await desk.history("lobby", { sinceMs: 30_000 });
  const some = take();
  assertEquals([some.length, some[1], some.at(-1)], [451, "text 0 #2", "text 449 #451"]);
  await say(...Array.from({ length: 600 }, (_, at) => `more ${at}`));
  await desk.history("lobby", { sinceMs: 3_600_000 });
  const all = take();
  assertEquals([all.length, all[1], all.at(-1)], [1_001, "text 50 #52", "more 599 #1051"]);
  assertEquals(/^The newest 1000 messages of lobby since .*; there are more$/.test(all[0]!), true);
});

Deno.test("ReadingDesk finds words, the oldest first, and says where there are none", async () => {
  await using house = await openDesk();
  const { desk, say, take } = house;
  await say("green tea", "coffee", "black tea");
  await desk.search("tea", { room: "lobby" });
  assertEquals(take(), [
    "Found 2 messages with tea, the oldest first",
    "green tea #1",
    "black tea #3",
  ]);
  await desk.search("cocoa", {});
  assertEquals(take(), ["Found no message with cocoa; what is encrypted is not searched"]);
});

Deno.test("ReadingDesk says how many messages the client has not taken", async () => {
  const told: string[] = [];
  const page = { messages: [], more: false, refused: 2 };
  const desk = new ReadingDesk({
    chat: {
      history: (stream) => Promise.resolve({ stream, ...page }),
      search: () => Promise.resolve(page),
    },
    show: () => {},
    notice: (text) => told.push(text),
  });
  await desk.history("lobby", { limit: 2 });
  await desk.history("lobby", { sinceMs: 1_000 });
  await desk.search("x", {});
  const refusals = told.filter((text) => text.startsWith("2 messages not shown"));
  assertEquals([told.length, refusals.length], [5, 3]);
});
