import type { ChatClient } from "../../client/chat_client.ts";
import { ReadMarks } from "../../client/read_marks.ts";
import type { SealedChat, SealedChatEvent } from "../../client/sealed_chat.ts";
import { systemClock } from "../../clock/clock.ts";
import { BotFeed } from "./bot_feed.ts";
import { botLine, jsonLine, parseAnswer } from "./bot_lines.ts";
import { type BotCommand, BotProcess } from "./bot_process.ts";
import { messageOf } from "./chat_failures.ts";
import { eventNotice } from "./chat_notices.ts";
import { Failure } from "../failure.ts";
import { sayLines } from "./say_lines.ts";

/** A bot, and where it chats. */
export interface ChatBotOptions {
  readonly command: BotCommand;
  /** A client that is connected; it is closed at the end. */
  readonly client: ChatClient;
  /** The chat around it. */
  readonly chat: SealedChat;
  /** The room whose messages it gets, and in which it speaks. */
  readonly room: string;
  /** Whether both sides speak JSON lines. */
  readonly json: boolean;
  /** Resolves when somebody wants it to end. */
  readonly stopped: Promise<void>;
  /** Tells a person something. */
  readonly tell: (text: string) => void;
  /** Told of each line of the bot's that was not sent. */
  readonly onFailed: (what: string, error: unknown) => void;
}

/**
 * Runs a bot: a program that gets what others say on its standard input, a line each, and what it prints is said.
 *
 * Its own messages are not given to it. It is ended when the session ends, and when somebody wants that.
 *
 * @param options The bot, and where it chats.
 * @returns The bot's exit code; 0 where it was to end. 1 in the place of 0 if something was not acknowledged.
 * @throws {Failure} It cannot be started, or the session has ended by itself.
 */
export async function runBot(options: ChatBotOptions): Promise<number> {
  const { client, chat, room, json, stopped } = options;
  await using bot = startBot(options);
  using marks = new ReadMarks({
    clock: systemClock,
    tell: (stream, seq) => client.seen(stream, seq),
  });
  const feed = new BotFeed({
    render: json ? jsonLine : botLine,
    write: (line) => bot.write(line),
    history: (stream, which) => chat.history(stream, which),
    onGiven: (stream, seq) => marks.read(stream, seq),
    onLost: (stream, error) =>
      options.tell(`The bot was not told of some messages of ${stream}: ${messageOf(error)}`),
  });
  let failure: unknown;
  const hearing = hear(options, feed).catch((error) => failure = error);
  const feeding = feed.run();
  const saying = sayLines(bot.lines, {
    say: async (line) => {
      const { text, to } = json ? parseAnswer(line) : { text: line, to: undefined };
      return await (to === undefined ? chat.send(room, text) : chat.sendPrivate(to, text));
    },
    onFailed: (line, error) => options.onFailed(`line ${line} of the bot`, error),
  });
  const code = await Promise.race([bot.ended, stopped.then(() => 0), hearing.then(() => 1)]);
  await bot.stop();
  await bot.lastWords(saying);
  feed.close();
  await feeding;
  marks[Symbol.dispose]();
  await chat.close();
  await hearing;
  const isAllSaid = await saying;
  if (failure !== undefined) throw new Failure(`The session has ended: ${messageOf(failure)}`);
  return code === 0 && !isAllSaid ? 1 : code;
}

function startBot({ command, client, room }: ChatBotOptions): BotProcess {
  return new BotProcess(command, { PARLEY_NAME: client.name, PARLEY_ROOM: room });
}

/** Offers the bot what others say, until the session's end; fails with what ended it. */
async function hear({ client, chat, tell }: ChatBotOptions, feed: BotFeed): Promise<void> {
  for await (const event of chat.events) {
    const said = saidByOthers(event, client.name);
    if (said !== undefined) {
      feed.offer("room" in said ? said.room : client.inbox, said);
      continue;
    }
    const notice = eventNotice(event, systemClock.now());
    if (notice !== undefined) tell(notice);
  }
}

/** What somebody else says, on whatever device. */
function saidByOthers({ type, payload }: SealedChatEvent, name: string) {
  if (type === "message") return payload.sender === name ? undefined : payload;
  if (type === "private") return payload.from === name ? undefined : payload;
  return undefined;
}
