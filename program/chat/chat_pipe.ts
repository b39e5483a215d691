import type { ChatClient } from "../../client/chat_client.ts";
import { ReadMarks } from "../../client/read_marks.ts";
import type { SealedChat } from "../../client/sealed_chat.ts";
import { delay, systemClock } from "../../clock/clock.ts";
import { Lines } from "../../terminal/lines.ts";
import { PLAIN } from "../../terminal/style.ts";
import { jsonLine } from "./bot_lines.ts";
import { messageOf } from "./chat_failures.ts";
import { eventNotice } from "./chat_notices.ts";
import { Failure } from "../failure.ts";
import type { PipeOutput } from "./pipe_output.ts";
import { type LineReader, sayLines } from "./say_lines.ts";

/** How long who was told to stop waits for a reader of its output that does not read. */
const LAST_LINES_MS = 2_000;

/** A chat between two pipes. */
export interface ChatPipeOptions {
  /** A client that is connected; it is closed at the end. */
  readonly client: ChatClient;
  /** The chat around it. */
  readonly chat: SealedChat;
  /** The room in which the lines are said. */
  readonly room: string;
  /** What is said. */
  readonly lines: LineReader;
  /** Where is printed what comes; the client is aborted where nobody reads it any more. */
  readonly output: PipeOutput;
  /** Whether it stays after the end of the lines, and prints what is said. */
  readonly follow: boolean;
  /** Whether everything that comes is printed as JSON. */
  readonly json: boolean;
  /** Resolves when somebody wants it to end. */
  readonly stopped: Promise<void>;
  /** Tells a person something. */
  readonly tell: (text: string) => void;
  /** Told of each line that was not sent. */
  readonly onFailed: (what: string, error: unknown) => void;
}

/**
 * Says lines in a room, and prints what comes, until the end of the lines; with `follow` until it is stopped.
 *
 * What comes is read no faster than it is printed: the server keeps the rest.
 *
 * @param options The chat and the pipes.
 * @returns 0 when every line was acknowledged, else 1.
 * @throws {Failure} The session has ended by itself.
 * @throws {Deno.errors.BrokenPipe} Nobody reads what is printed any more.
 */
export async function converse(options: ChatPipeOptions): Promise<number> {
  const { client, chat, room, lines, output, follow, stopped } = options;
  const marks = new ReadMarks({
    clock: systemClock,
    tell: (stream, seq) => client.seen(stream, seq),
  });
  let failure: unknown;
  const printing = printEvents(options, marks).catch((error) => {
    failure = error;
    client.abort(error);
  });
  const over = Promise.race([stopped, printing]);
  over.then(() => lines.cancel()).catch(() => {});
  const sending = sayLines(lines, {
    say: (line) => chat.send(room, line),
    onFailed: (line, error) => options.onFailed(`line ${line}`, error),
  });
  await Promise.race([sending, over]);
  if (follow) await over;
  marks[Symbol.dispose]();
  await chat.close();
  const late = stopped.then(() => delay(systemClock, LAST_LINES_MS));
  await Promise.race([printing.then(() => output.flush()), late]);
  const isAllSent = await sending;
  if (output.broken !== undefined) throw output.broken;
  if (failure !== undefined) throw new Failure(`The session has ended: ${messageOf(failure)}`);
  return isAllSent ? 0 : 1;
}

/** Prints what comes, until the client's end; fails with what ended it. */
async function printEvents(
  { client, chat, output, follow, json, tell }: ChatPipeOptions,
  marks: ReadMarks,
): Promise<void> {
  const lines = new Lines({ name: client.name, style: PLAIN, times: false });
  const mark = async (stream: string, seq: number) => {
    if (!follow) return;
    // What was not printed comes again with the next run.
    await output.flush();
    if (output.broken === undefined) marks.read(stream, seq);
  };
  for await (const event of chat.events) {
    const { type, payload } = event;
    const notice = eventNotice(event, systemClock.now());
    if (notice !== undefined) tell(notice);
    if (type !== "message" && type !== "private") continue;
    if (json) output.add(jsonLine(payload));
    else if (follow) {
      output.add(type === "message" ? lines.message(payload) : lines.private(payload));
    }
    void mark(type === "message" ? payload.room : client.inbox, payload.seq);
    await output.ready();
  }
}
