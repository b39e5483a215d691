import { resolve } from "@std/path/resolve";
import { ChatClient } from "../../client/chat_client.ts";
import { KnownServers } from "../../client/known_servers.ts";
import type { SealedChat } from "../../client/sealed_chat.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { readLinkCode } from "../../identity/link_code.ts";
import { formatAddress } from "../../net/tcp.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { isFatal } from "../../protocol/error_codes.ts";
import { escapeJson, escapeText } from "../../terminal/escape.ts";
import type { BotCommand } from "./bot_process.ts";
import { boundedLines } from "./bounded_lines.ts";
import { failedToConnect, messageOf } from "./chat_failures.ts";
import { grantedFolder, NOBODY, openIdentity } from "./chat_identity.ts";
import {
  type ChatProgramOptions,
  DEFAULT_ROOM,
  DEFAULT_SERVER,
  guestName,
} from "./chat_options.ts";
import { converse } from "./chat_pipe.ts";
import { readPassphrase, readPassword } from "./chat_secrets.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { type Need, requirePermissions } from "../permissions.ts";
import { PipeOutput } from "./pipe_output.ts";
import type { LineReader } from "./say_lines.ts";
import { sealedChat } from "./sealed_desk.ts";
import { trustFor } from "../server_trust.ts";
import { untilStopped } from "../stop.ts";

/** More than any text may have, so that one that is too long is still seen to be. */
const MAX_LINE_BYTES = 65_536;
/** A script should learn that the server is gone, but not because it was restarted. */
const GIVE_UP_AFTER_MS = 60_000;

/**
 * The chat client off a terminal: a filter. Each line of standard input is said in the room; at the
 * end of the input it waits until every line is acknowledged. With `send` it sends that file instead, with `exec` a bot
 * says what it prints.
 *
 * Standard output has, with `json`, every server message as one line (pings and repeated events left
 * out, `connect_ack` without its token); with `follow` alone, `[room] name: text` for what is said;
 * otherwise nothing.
 *
 * @param given The command line.
 * @returns 0 when every line was acknowledged, else 1; with `exec` the bot's exit code.
 * @throws {Failure} The server could not be reached, or ended the session.
 * @throws {Deno.errors.BrokenPipe} Nobody reads standard output any more.
 */
export async function chatAsFilter(given: ChatProgramOptions): Promise<number> {
  // Nobody comes back under a guest's name, so there is no key to it.
  const isGuest = (given.name ?? given.bookmark) === undefined;
  const identity = isGuest ? NOBODY : await openIdentity(given.config);
  const options = await withKeptBookmark(given, identity.folder);
  const address = {
    host: options.host ?? DEFAULT_SERVER.host,
    port: options.port ?? DEFAULT_SERVER.port,
  };
  const { room = DEFAULT_ROOM, json, follow, "passphrase-file": passphraseFile } = options;
  const path = options.send === undefined ? undefined : resolve(options.send);
  const bot = options.exec === undefined ? undefined : await readBot(options.exec);
  await requirePermissions({ set: "client", file: "client.ts" }, needs(address, path, bot));
  const name = options.name ?? guestName();
  const known = new KnownServers(identity.folder ?? grantedFolder(options.config));
  if (options["forget-server"]) await known.forget(address);
  const tls = await trustFor(address, options, known);
  const shown = await identity.show(address, name);
  const { "password-file": passwordFile } = options;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const lines = options.link || (path ?? bot) === undefined ? standardInput() : undefined;
  const linkCode = options.link && lines !== undefined ? await readCode(lines) : undefined;
  const passphrase = passphraseFile === undefined
    ? undefined
    : await readPassphrase(passphraseFile);
  const output = new PipeOutput(
    (bytes) => Deno.stdout.write(bytes),
    (error) => client.abort(error),
  );
  const client = new ChatClient({
    ...address,
    name,
    room,
    giveUpAfterMs: follow || bot !== undefined ? Infinity : GIVE_UP_AFTER_MS,
    ...shown,
    ...(tls === undefined ? {} : { tls }),
    ...(password === undefined ? {} : { password }),
    ...(linkCode === undefined ? {} : { linkCode }),
    ...(json && bot === undefined ? { onMessage: (message) => printJson(output, message) } : {}),
  });
  try {
    await client.connect();
  } catch (error) {
    throw output.broken ?? new Failure(failedToConnect(address, error));
  }
  await identity.known(address, name);
  const { device, folder } = identity;
  const isAlways = options["only-encrypted"];
  const sealed = { device, folder, server: address, isAlways };
  const chat = sealedChat(client, sealed, ({ text }) => tell(text));
  if (passphrase !== undefined) await unlock(chat, room, passphrase);
  if (path !== undefined) return await sendFile(chat, { path, room, json, output });
  const stopped = untilStopped(
    "stopping: waiting for the acknowledgements; once more to stop at once",
  );
  const common = { client, chat, room, json, stopped, tell, onFailed: tellFailed };
  if (bot === undefined) return await converse({ ...common, follow, output, lines: lines! });
  const { runBot } = await import("./chat_bot.ts");
  return await runBot({ ...common, command: bot });
}

/** What the bookmark says, if one is named. */
async function withKeptBookmark(
  given: ChatProgramOptions,
  folder: string | undefined,
): Promise<ChatProgramOptions> {
  if (given.bookmark === undefined) return given;
  const [{ Settings }, { withBookmark }] = await Promise.all([
    import("./settings.ts"),
    import("./chat_place.ts"),
  ]);
  return withBookmark(given, (await Settings.open({ folder, tell })).bookmarks);
}

/** What it takes, beside the config folder. */
function needs(
  address: { readonly host: string; readonly port: number },
  path: string | undefined,
  bot: BotCommand | undefined,
): Need[] {
  const found: Need[] = [{
    permission: { name: "net", host: formatAddress(address) },
    reason: "reach the chat server",
  }];
  if (path !== undefined) {
    found.push({ permission: { name: "read", path }, reason: "send it" });
  }
  if (bot !== undefined) {
    const permission = { name: "run", command: bot.program } as const;
    found.push({ permission, reason: "have it answer what is said" });
  }
  return found;
}

async function readBot(commandLine: string): Promise<BotCommand> {
  const { parseBotCommand } = await import("./bot_process.ts");
  return parseBotCommand(commandLine);
}

function standardInput(): LineReader {
  return boundedLines(Deno.stdin.readable, MAX_LINE_BYTES).getReader();
}

/** Prints what the server says; what somebody says only when it was looked at: how secret it is, only that can tell. */
function printJson(output: PipeOutput, message: ChatMessage): void {
  if (message.type === "message" || message.type === "private") return;
  output.add(escapeJson(JSON.stringify(withoutToken(message))));
}

function withoutToken(message: ChatMessage): object {
  if (message.type !== "connect_ack") return message;
  const { token: _secret, ...payload } = message.payload;
  return { type: message.type, payload };
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
  { output, ...options }: {
    readonly path: string;
    readonly room: string;
    readonly json: boolean;
    readonly output: PipeOutput;
  },
): Promise<number> {
  const [{ sendOneFile }, { jsonLine }] = await Promise.all([
    import("./chat_send.ts"),
    import("./bot_lines.ts"),
  ]);
  // Unread, they would hold up the answers. What ends the session fails what waits.
  const reading = (async () => {
    for await (const { type, payload } of chat.events) {
      if (options.json && (type === "message" || type === "private")) output.add(jsonLine(payload));
    }
  })().catch(() => {});
  try {
    await sendOneFile(chat, options);
  } catch (error) {
    throw output.broken ?? error;
  } finally {
    await chat.close();
    await reading;
    await output.flush();
  }
  return 0;
}

function tell(text: string): void {
  complain(`client.ts: ${escapeText(text)}`);
}

/** Tells that a line was not sent; what ended the session is told once, not for each line that waited. */
function tellFailed(what: string, error: unknown): void {
  if (error instanceof ProtocolError ? isFatal(error.code) : !(error instanceof TypeError)) return;
  const isLocked = error instanceof ProtocolError && error.code === "room_locked";
  const hint = isLocked ? ". Off a terminal: --passphrase-file FILE" : "";
  complain(`client.ts: ${what} was not sent: ${messageOf(error)}${hint}`);
}
