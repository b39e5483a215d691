import { checkName, checkRoom } from "./protocol/names.ts";
import { DEFAULT_ROOM } from "./program/chat/chat_options.ts";
import { type CommandLine, flag, integer, type Option, word } from "./program/command_line.ts";
import { UsageError } from "./program/failure.ts";
import { runProgram } from "./program/run.ts";
import { checkTrustOptions, TRUST_OPTIONS } from "./program/server_trust.ts";

const COMMAND_LINE = {
  program: "client.ts",
  command: "parley",
  summary: [
    "A chat client. On a terminal it asks for what is missing; off a terminal it says each line of",
    "standard input, and exits 0 when every line is acknowledged, 1 where one was not, 2 when the",
    "command line is wrong. BOOKMARK is what /bookmark kept: a server, a name and a room.",
  ].join("\n"),
  operands: { placeholder: "[BOOKMARK]", atLeast: 0, atMost: 1 },
  options: {
    host: word("ADDRESS", "the server's address (default 127.0.0.1)", undefined),
    port: integer("PORT", "the server's port (default 12345)", { min: 1, max: 65_535 }, undefined),
    name: word("NAME", "your name; off a terminal, a guest's by default", undefined),
    room: word("ROOM", "the room to be in", undefined, DEFAULT_ROOM),
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
    exec: word(
      "COMMAND",
      "run a bot: it reads what is said, a line each, and what it prints is said; no shell",
      undefined,
    ),
    plain: flag("on a terminal: lines one after the other, for screen readers: nothing is redrawn"),
    bell: flag("on a terminal: ring the bell for mentions and private messages"),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async (options) => {
  const room = checked("--room", options.room, checkRoom);
  const name = checked("--name", options.name, checkName);
  const { operands: [bookmark], send, exec, follow, json } = options;
  // Each way to run loads what it is made of: together they would take 100 ms more before the first question.
  if (options["export-identity"] !== undefined) {
    const { exportIdentity } = await import("./program/chat/chat_export.ts");
    return await exportIdentity(options.config, options["export-identity"]);
  }
  checkWays(options);
  checkTrustOptions(options);
  const given = { ...options, name, room, bookmark };
  const isTerminal = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  if (isTerminal && !json && !follow && (send ?? exec) === undefined) {
    const { chatInTerminal } = await import("./program/chat/chat_terminal.ts");
    return await chatInTerminal(given);
  }
  const { chatAsFilter } = await import("./program/chat/chat_filter.ts");
  return await chatAsFilter(given);
});

/** Refuses ways to run that exclude each other. */
function checkWays(
  { send, exec, follow }: {
    readonly send: string | undefined;
    readonly exec: string | undefined;
    readonly follow: boolean;
  },
): void {
  if (send !== undefined && follow) {
    throw new UsageError(
      "--send and --follow exclude each other: the first ends when the file is sent",
    );
  }
  if (exec === undefined || !(follow || send !== undefined)) return;
  throw new UsageError(
    `--exec and ${follow ? "--follow" : "--send"} exclude each other: the bot gets what is said`,
  );
}

function checked(
  flag: string,
  given: string | undefined,
  check: (given: string) => string,
): string | undefined {
  try {
    return given === undefined ? undefined : check(given);
  } catch (cause) {
    throw new UsageError(`${flag}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
