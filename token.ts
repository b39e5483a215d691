import { ChatClient } from "./client/chat_client.ts";
import { Credentials } from "./client/credentials.ts";
import { KeyFile, KeyFileError } from "./client/key_file.ts";
import type { ChatClientOptions } from "./client/options.ts";
import { KnownServers } from "./client/known_servers.ts";
import { ProtocolError } from "./codec/errors.ts";
import { deviceKey, generateKeyPair } from "./identity/device_key.ts";
import { type Address, formatAddress } from "./net/tcp.ts";
import { failedToConnect } from "./program/chat/chat_failures.ts";
import { DEFAULT_SERVER } from "./program/chat/chat_options.ts";
import { readPassword } from "./program/chat/chat_secrets.ts";
import { type CommandLine, type Option, port, word } from "./program/command_line.ts";
import { Failure, UsageError } from "./program/failure.ts";
import { complain, print } from "./program/output.ts";
import { type Need, requirePermissions } from "./program/permissions.ts";
import { runProgram } from "./program/run.ts";
import { checkTrustOptions, TRUST_OPTIONS, trustFor } from "./program/server_trust.ts";
import { formatBearer } from "./protocol/bearer.ts";
import { checkName } from "./protocol/names.ts";

const COMMAND_LINE = {
  program: "token.ts",
  command: "parley-token",
  summary: [
    "Takes a name on a running server for a program, and prints the bearer token that shows it: once, on",
    "standard output, and kept nowhere. For a name that the terminal client has: --config, and its /logout ends it.",
  ].join("\n"),
  operands: { placeholder: "NAME", atLeast: 1 },
  options: {
    host: word("ADDRESS", "the server's address", DEFAULT_SERVER.host),
    port: port("the server's chat port", 1, DEFAULT_SERVER.port),
    "password-file": word("FILE", "a file with the server's password", undefined),
    ...TRUST_OPTIONS,
    config: word("DIR", "the terminal client's folder, where its key is", undefined),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

const PROGRAM = { set: "token", file: "token.ts" };

await runProgram(COMMAND_LINE, async (options) => {
  const { host, port, config, "password-file": passwordFile } = options;
  const { operands: [wanted = "", ...more] } = options;
  if (more.length > 0) throw new UsageError("One name is needed: token.ts NAME");
  const name = checked(wanted);
  checkTrustOptions(options);
  const server = { host, port };
  const needs: Need[] = [{
    permission: { name: "net", host: formatAddress(server) },
    reason: "ask the server",
  }];
  if (config !== undefined) {
    needs.push({
      permission: { name: "read", path: config },
      reason: "find the key that owns the name",
    });
  }
  await requirePermissions(PROGRAM, needs);
  const device = config === undefined
    // Nobody needs it again: what the program has of the name is the token.
    ? { key: await deviceKey(await generateKeyPair(false)) }
    : await keptDevice(config, server, name);
  const password = passwordFile === undefined
    ? {}
    : { password: await readPassword(passwordFile, PROGRAM) };
  const tls = await trustFor(server, options, new KnownServers(config));
  print(await bearerFrom({ ...server, ...tls && { tls }, ...device, ...password, name }));
  complain(`This is the token of "${name}": who has it can do what that name can. Keep it safe.`);
  return 0;
});

function checked(name: string): string {
  try {
    return checkName(name);
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** What the terminal client shows of itself: its key, and a token of a time before it had one. */
async function keptDevice(config: string, server: Address, name: string) {
  try {
    const device = await new KeyFile(config).read();
    const token = await new Credentials(config).find(server, name);
    if (device === undefined) throw new Failure(`There is no key in ${config}`);
    const { key, recipient } = device;
    return { key, recipient, ...token === undefined ? {} : { token } };
  } catch (error) {
    if (error instanceof KeyFileError) throw new Failure(error.message);
    throw error;
  }
}

/** Takes the name, or shows that it is one's own, and gives what shows that later. */
async function bearerFrom(options: ChatClientOptions & Address): Promise<string> {
  const { name } = options;
  try {
    await using client = await ChatClient.connect({ ...options, reconnect: false });
    return formatBearer({ name, token: await client.createToken() });
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "name_taken") {
      throw new Failure(
        `"${name}" belongs to somebody already: choose another name, or, if the terminal client has it, name its folder with --config`,
      );
    }
    throw new Failure(failedToConnect(options, error));
  }
}
