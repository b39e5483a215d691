import { resolve } from "@std/path/resolve";
import { ChatClient } from "../client/chat_client.ts";
import { KnownServers } from "../client/known_servers.ts";
import { ReadMarks } from "../client/read_marks.ts";
import type { ReadMessage, SealedChat } from "../client/sealed_chat.ts";
import { systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { readLinkCode } from "../identity/link_code.ts";
import { formatAddress } from "../net/tcp.ts";
import type { ChatMessage } from "../protocol/chat.ts";
import { isFatal } from "../protocol/error_codes.ts";
import { escapeJson, escapeText } from "../terminal/escape.ts";
import { Lines } from "../terminal/lines.ts";
import { PLAIN } from "../terminal/style.ts";
import { boundedLines } from "./bounded_lines.ts";
import { failedToConnect, messageOf } from "./chat_failures.ts";
import { disconnectedText, gapText, joinedText } from "./chat_notices.ts";
import { sendOneFile } from "./chat_send.ts";
import { type ChatProgramOptions, DEFAULT_SERVER, guestName } from "./chat_options.ts";
import { grantedFolder, NOBODY, openIdentity } from "./chat_identity.ts";
import { readPassphrase, readPassword } from "./chat_secrets.ts";
import { Failure } from "./failure.ts";
import { complain, print } from "./output.ts";
import { requirePermissions } from "./permissions.ts";
import { trustFor } from "./server_trust.ts";
import { sealedChat } from "./sealed_desk.ts";
import { untilStopped } from "./stop.ts";

/** Lines that may wait for their acknowledgement: standard input is read no faster. */
const MAX_UNACKNOWLEDGED = 256;
/** More than any text may have, so that one that is too long is still seen to be. */
const MAX_LINE_BYTES = 65_536;
/** A script should learn that the server is gone, but not because it was restarted. */
const GIVE_UP_AFTER_MS = 60_000;

/**
 * The chat client off a terminal: a filter. Each line of standard input is said in the room; at the
 * end of the input it waits until every line is acknowledged. With `send` it sends that file instead.
 *
 * Standard output has, with `json`, every server message as one line (pings and repeated events left
 * out, `connect_ack` without its token); with `follow` alone, `[room] name: text` for what is said;
 * otherwise nothing.
 *
 * @param options The command line.
 * @returns 0 when every line was acknowledged, else 1.
 * @throws {Failure} The server could not be reached, or ended the session.
 */
export async function chatAsFilter(options: ChatProgramOptions): Promise<number> {
  const address = {
    host: options.host ?? DEFAULT_SERVER.host,
    port: options.port ?? DEFAULT_SERVER.port,
  };
  const path = options.send === undefined ? undefined : resolve(options.send);
  await requirePermissions({ set: "client", file: "client.ts" }, [
    {
      permission: { name: "net", host: formatAddress(address) },
      reason: "reach the chat server",
    },
    ...path === undefined ? [] : [
      { permission: { name: "read", path }, reason: "send it" } as const,
    ],
  ]);
  const name = options.name ?? guestName();
  // Nobody comes back under a guest's name, so there is no key to it.
  const identity = options.name === undefined ? NOBODY : await openIdentity(options.config);
  const known = new KnownServers(identity.folder ?? grantedFolder(options.config));
  if (options["forget-server"]) await known.forget(address);
  const tls = await trustFor(address, options, known);
  const shown = await identity.show(address, name);
  const { "password-file": passwordFile } = options;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const lines = boundedLines(Deno.stdin.readable, MAX_LINE_BYTES).getReader();
  const linkCode = options.link ? await readCode(lines) : undefined;
  const { "passphrase-file": passphraseFile } = options;
  const passphrase = passphraseFile === undefined
    ? undefined
    : await readPassphrase(passphraseFile);
  const printJson = (message: ChatMessage) => {
    // What somebody says is printed when it was looked at: how secret it is, only that can tell.
    if (message.type === "message" || message.type === "private") return;
    try {
      print(escapeJson(JSON.stringify(withoutToken(message))));
    } catch (error) {
      // Nobody reads it any more; thrown from here, it would look like a fault of the connection's.
      client.abort(error);
    }
  };
  const client = new ChatClient({
    ...address,
    name,
    room: options.room,
    giveUpAfterMs: options.follow ? Infinity : GIVE_UP_AFTER_MS,
    ...shown,
    ...(tls === undefined ? {} : { tls }),
    ...(password === undefined ? {} : { password }),
    ...(linkCode === undefined ? {} : { linkCode }),
    ...(options.json ? { onMessage: printJson } : {}),
  });
  try {
    await client.connect();
  } catch (error) {
    throw new Failure(failedToConnect(address, error));
  }
  await identity.known(address, name);
  const { device, folder } = identity;
  const isAlways = options["only-encrypted"];
  const sealed = { device, folder, server: address, isAlways };
  const chat = sealedChat(client, sealed, ({ text }) => tell(text));
  if (passphrase !== undefined) await unlock(chat, options.room, passphrase);
  return path === undefined
    ? await converse(client, chat, options, lines)
    : await sendFile(chat, { ...options, path });
}

/** Unlocks the room; it is remembered where a key is kept. */
async function unlock(chat: SealedChat, room: string, passphrase: string): Promise<void> {
  try {
    // Joined before, it is told again what it is.
    await chat.join(room);
    await chat.unlock(room, passphrase);
  } catch (error) {
    await chat.close();
    throw new Failure(messageOf(error));
  }
}

/** Lines of standard input. */
type LineReader = ReadableStreamDefaultReader<string>;

/** The code of another device: the first line of the input. */
async function readCode(lines: LineReader): Promise<string> {
  const { value = "" } = await lines.read();
  try {
    return readLinkCode(value).text;
  } catch (error) {
    throw new Failure(
      `--link reads the code from the first line of standard input: ${messageOf(error)}`,
    );
  }
}

async function sendFile(
  chat: SealedChat,
  options: ChatProgramOptions & { readonly path: string },
): Promise<number> {
  // Unread, they would hold up the answers. What ends the session fails what waits.
  const reading = (async () => {
    for await (const { type, payload } of chat.events) {
      if (options.json && (type === "message" || type === "private")) printOpened(type, payload);
    }
  })().catch(() => {});
  try {
    await sendOneFile(chat, options);
  } finally {
    await chat.close();
    await reading;
  }
  return 0;
}

async function converse(
  client: ChatClient,
  chat: SealedChat,
  options: ChatProgramOptions,
  lines: LineReader,
): Promise<number> {
  const stopped = Promise.withResolvers<void>();
  untilStopped("stopping: waiting for the acknowledgements; once more to stop at once")
    .then(stopped.resolve);
  const marks = new ReadMarks({
    clock: systemClock,
    tell: (stream, seq) => client.seen(stream, seq),
  });
  let failure: unknown;
  const printing = printEvents(client, chat, marks, options).catch((error) => {
    failure = error;
    client.abort(error);
  });
  const over = Promise.race([stopped.promise, printing]);
  const sending = sendLines(chat, options.room, lines, over);
  await Promise.race([sending, over]);
  if (options.follow) await over;
  marks[Symbol.dispose]();
  await chat.close();
  await printing;
  const isAllSent = await sending;
  if (failure instanceof Deno.errors.BrokenPipe) throw failure;
  if (failure !== undefined) throw new Failure(`The session has ended: ${messageOf(failure)}`);
  return isAllSent ? 0 : 1;
}

function tell(text: string): void {
  complain(`client.ts: ${escapeText(text)}`);
}

function withoutToken(message: ChatMessage): object {
  if (message.type !== "connect_ack") return message;
  const { token: _secret, ...payload } = message.payload;
  return { type: message.type, payload };
}

/** Prints what somebody says, in the place of what nobody else can read. */
function printOpened(type: string, { sealed: _envelope, ...opened }: ReadMessage): void {
  print(escapeJson(JSON.stringify({ type, payload: opened })));
}

/** Prints what comes, until the client's end; fails with what ended it. */
async function printEvents(
  client: ChatClient,
  chat: SealedChat,
  marks: ReadMarks,
  { follow, json }: ChatProgramOptions,
): Promise<void> {
  const lines = new Lines({ name: client.name, style: PLAIN, times: false });
  const isShown = follow && !json;
  for await (const { type, payload } of chat.events) {
    if (json && (type === "message" || type === "private")) printOpened(type, payload);
    if (type === "message") {
      if (isShown) print(lines.message(payload));
      if (follow) marks.read(payload.room, payload.seq);
    } else if (type === "private") {
      if (isShown) print(lines.private(payload));
      if (follow) marks.read(client.inbox, payload.seq);
    } else if (type === "disconnected") tell(disconnectedText(payload));
    else if (type === "joined" && !payload.complete) tell(joinedText(payload, systemClock.now()));
    else if (type === "gap") tell(gapText(payload));
  }
}

/**
 * Sends each line of standard input, until its end or until it is over.
 *
 * @returns Whether every line was acknowledged.
 */
async function sendLines(
  chat: SealedChat,
  room: string,
  lines: LineReader,
  over: Promise<void>,
): Promise<boolean> {
  over.then(() => lines.cancel()).catch(() => {});
  let [number, waiting, isAllSent] = [0, 0, true];
  let proceed = () => {};
  const send = async (line: string, at: number) => {
    waiting++;
    try {
      await chat.send(room, line);
    } catch (error) {
      isAllSent = false;
      // What ended the session is told once, not for each line that waited.
      if (error instanceof ProtocolError && !isFatal(error.code)) {
        const hint = error.code === "room_locked" ? ". Off a terminal: --passphrase-file FILE" : "";
        complain(`client.ts: line ${at} was not sent: ${messageOf(error)}${hint}`);
      }
    }
    waiting--;
    proceed();
  };
  for (;;) {
    const { value: line, done } = await lines.read();
    if (done) break;
    number++;
    if (line.trim() === "") continue;
    void send(line, number);
    while (waiting >= MAX_UNACKNOWLEDGED) await new Promise<void>((resolve) => proceed = resolve);
  }
  while (waiting > 0) await new Promise<void>((resolve) => proceed = resolve);
  return isAllSent;
}
