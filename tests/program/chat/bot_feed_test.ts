import { assert, assertEquals } from "@std/assert";
import type { ReadMessage } from "../../../client/sealed_chat.ts";
import { BotFeed } from "../../../program/chat/bot_feed.ts";

/** A message of a room; more than its number does not matter here. */
function message(seq: number): ReadMessage {
  const said = { room: "ops", sender: "ann", text: `text ${seq}`, id: `${seq}`, seq, at: 0 };
  return { ...said, secrecy: { kind: "open" } } as ReadMessage;
}

/** A bot that takes lines when it is told to, before a log that keeps all. */
function slowBot(log: readonly number[] = []) {
  const given: string[] = [];
  const lost: string[] = [];
  const pages: number[] = [];
  const marks: [string, number][] = [];
  let taken = Promise.withResolvers<void>();
  let asked = Promise.withResolvers<void>();
  const feed = new BotFeed({
    render: ({ text }) => text === "text 3" ? undefined : text,
    async write(line) {
      asked.resolve();
      await taken.promise;
      given.push(line);
    },
    history(_stream, { after = 0, limit = 0 }) {
      if (log.length === 0) return Promise.reject(new Error("not yours"));
      pages.push(after);
      return Promise.resolve({
        messages: log.filter((seq) => seq > after).slice(0, limit).map(message),
      });
    },
    onGiven: (stream, seq) => marks.push([stream, seq]),
    onLost: (stream) => lost.push(stream),
  });
  return {
    feed,
    given,
    lost,
    pages,
    marks,
    asked: () => asked.promise,
    async take() {
      await asked.promise;
      asked = Promise.withResolvers();
      taken.resolve();
      taken = Promise.withResolvers();
    },
    takeAll: () => taken.resolve(),
    fail: () => taken.reject(new Deno.errors.BrokenPipe("closed")),
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

Deno.test("BotFeed gives messages in order, and tells how far; what is nothing to read is passed over", async () => {
  const bot = slowBot();
  const running = bot.feed.run();
  for (const seq of upTo(4)) bot.feed.offer("ops", message(seq));
  await bot.take();
  await bot.take();
  await bot.take();
  bot.feed.close();
  await running;
  assertEquals(bot.given, ["text 1", "text 2", "text 4"]);
  assertEquals(bot.marks.map(([, seq]) => seq), [1, 2, 3, 4]);
});

Deno.test("BotFeed reads for a slow bot from the log what it had no room for, each once (I1, I2)", async () => {
  const bot = slowBot(upTo(1_000));
  const running = bot.feed.run();
  for (const seq of upTo(900)) bot.feed.offer("ops", message(seq));
  await bot.asked();
  assertEquals(bot.pages, []);
  // While it catches up, more is said.
  for (const seq of upTo(1_000).slice(900)) bot.feed.offer("ops", message(seq));
  bot.takeAll();
  while (bot.marks.length < 1_000) await new Promise((resolve) => setTimeout(resolve));
  // Then it is told as things are said.
  bot.feed.offer("ops", message(1_001));
  while (bot.marks.length < 1_001) await new Promise((resolve) => setTimeout(resolve));
  bot.feed.close();
  await running;
  assertEquals(bot.marks.map(([, seq]) => seq), upTo(1_001));
  assert(bot.pages.length <= 8, `${bot.pages.length} pages`);
});

Deno.test("BotFeed tells of messages that cannot be fetched, and goes on", async () => {
  const bot = slowBot();
  const running = bot.feed.run();
  for (const seq of upTo(300)) bot.feed.offer("ops", message(seq));
  bot.takeAll();
  while (bot.lost.length === 0) await new Promise((resolve) => setTimeout(resolve));
  bot.feed.offer("ops", message(301));
  while (bot.marks.at(-1)![1] !== 301) await new Promise((resolve) => setTimeout(resolve));
  bot.feed.close();
  await running;
  assertEquals(bot.lost, ["ops"]);
});

Deno.test("BotFeed ends where the bot reads no more, and takes nothing more then", async () => {
  const bot = slowBot();
  const running = bot.feed.run();
  for (const seq of upTo(10)) bot.feed.offer("ops", message(seq));
  await bot.asked();
  bot.fail();
  await running;
  bot.feed.offer("ops", message(11));
  assertEquals([bot.given, bot.marks], [[], []]);
});
