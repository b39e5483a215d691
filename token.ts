import { ChatClient } from "./client/chat_client.ts";
import { Credentials } from "./client/credentials.ts";
import { ProtocolError } from "./codec/errors.ts";
import { formatAddress } from "./net/tcp.ts";
import { failedToConnect } from "./program/chat_failures.ts";
import { DEFAULT_SERVER } from "./program/chat_options.ts";
import { type CommandLine, type Option, port, word } from "./program/command_line.ts";
import { Failure, UsageError } from "./program/failure.ts";
import { complain, print } from "./program/output.ts";
import { type Need, requirePermissions } from "./program/permissions.ts";
import { runProgram } from "./program/run.ts";
import { formatBearer } from "./protocol/bearer.ts";
import { checkName } from "./protocol/names.ts";

const COMMAND_LINE = {
  program: "token.ts",
  summary: [
    "Takes a name on a running server for a program, and prints the bearer token that shows it: once, on",
    "standard output, and kept nowhere. For a name that the terminal client has already: --config.",
  ].join("\n"),
  operands: { placeholder: "NAME", atLeast: 1 },
  options: {
    host: word("ADDRESS", "the server's address", DEFAULT_SERVER.host),
    port: port("the server's chat port", 1, DEFAULT_SERVER.port),
    config: word("DIR", "the terminal client's folder, where the name's token is", undefined),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

const PROGRAM = { set: "token", file: "token.ts" };

await runProgram(COMMAND_LINE, async ({ host, port, config, operands: [wanted = "", ...more] }) => {
  if (more.length > 0) throw new UsageError("One name is needed: token.ts NAME");
  const name = checked(wanted);
  const server = { host, port };
  const needs: Need[] = [{
    permission: { name: "net", host: formatAddress(server) },
    reason: "ask the server",
  }];
  if (config !== undefined) {
    needs.push({ permission: { name: "read", path: config }, reason: "find the name's token" });
  }
  await requirePermissions(PROGRAM, needs);
  const kept = config && await new Credentials(config).find(server, name);
  if (config !== undefined && kept === undefined) {
    throw new Failure(`There is no token of "${name}" at ${formatAddress(server)} in ${config}`);
  }
  print(await bearerFrom(server, name, kept));
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

/** Takes the name, or shows that it is one's own, and gives what shows that later. */
async function bearerFrom(
  server: { readonly host: string; readonly port: number },
  name: string,
  kept: string | undefined,
): Promise<string> {
  try {
    const options = { ...server, name, reconnect: false, ...(kept && { token: kept }) };
    await using client = await ChatClient.connect(options);
    return formatBearer({ name, token: client.token! });
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "name_taken") {
      throw new Failure(
        `"${name}" belongs to somebody already: choose another name, or, if the terminal client has it, name its folder with --config`,
      );
    }
    throw new Failure(failedToConnect(server, error));
  }
}
