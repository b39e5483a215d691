import { checkName, checkRoom } from "./protocol/names.ts";
import { exportIdentity } from "./program/chat_export.ts";
import { chatAsFilter } from "./program/chat_filter.ts";
import { chatInTerminal } from "./program/chat_terminal.ts";
import { type CommandLine, flag, integer, type Option, word } from "./program/command_line.ts";
import { UsageError } from "./program/failure.ts";
import { runProgram } from "./program/run.ts";
import { checkTrustOptions, TRUST_OPTIONS } from "./program/server_trust.ts";

const COMMAND_LINE = {
  program: "client.ts",
  summary: [
    "A chat client. On a terminal it asks for what is missing; off a terminal it says each line of",
    "standard input, and exits 0 when every line is acknowledged.",
  ].join("\n"),
  options: {
    host: word("ADDRESS", "the server's address (default 127.0.0.1)", undefined),
    port: integer("PORT", "the server's port (default 12345)", { min: 1, max: 65_535 }, undefined),
    name: word("NAME", "your name; off a terminal, a guest's by default", undefined),
    room: word("ROOM", "the room to be in", "lobby"),
    config: word("DIR", "where your key is kept (default $XDG_CONFIG_HOME/parley)", undefined),
    link: flag("become another device of yours: asks for the code that /link shows there"),
    "password-file": word(
      "FILE",
      "a file with the server's password; asked for without",
      undefined,
    ),
    ...TRUST_OPTIONS,
    "forget-server": flag("forget the server's certificate first, and ask about it anew"),
    "passphrase-file": word(
      "FILE",
      "off a terminal: a file with the secret room's passphrase; /secret asks for it on one",
      undefined,
    ),
    "only-encrypted": flag(
      "write to nobody whom what you write cannot be encrypted for, instead of telling it once",
    ),
    "export-identity": word(
      "FILE",
      "write what you decrypt with into a new file, for age -d -i FILE, and end",
      undefined,
    ),
    downloads: word("DIR", "on a terminal: where /get saves files", "."),
    send: word("PATH", "send this file to the room, and end", undefined),
    follow: flag("off a terminal: stay, and print what is said"),
    json: flag("off a terminal: print every server message as one line of JSON"),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async (options) => {
  const room = checked("--room", () => checkRoom(options.room));
  const { name: given } = options;
  const name = given === undefined ? undefined : checked("--name", () => checkName(given));
  const exportTo = options["export-identity"];
  if (exportTo !== undefined) return await exportIdentity(options.config, exportTo);
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (options.send !== undefined && options.follow) {
    throw new UsageError(
      "--send and --follow exclude each other: the first ends when the file is sent",
    );
  }
  checkTrustOptions(options);
  const isFilter = options.json || options.follow || options.send !== undefined;
  const chat = isTerminal && !isFilter ? chatInTerminal : chatAsFilter;
  return await chat({ ...options, name, room });
});

function checked(flag: string, check: () => string): string {
  try {
    return check();
  } catch (cause) {
    throw new UsageError(`${flag}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
