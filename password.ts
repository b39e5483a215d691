import { PasswordHash } from "./identity/password_hash.ts";
import { boundedLines } from "./program/chat/bounded_lines.ts";
import type { CommandLine } from "./program/command_line.ts";
import { Failure } from "./program/failure.ts";
import { print } from "./program/output.ts";
import { runProgram } from "./program/run.ts";
import { askSecret } from "./terminal/secret_prompt.ts";

const COMMAND_LINE = {
  program: "password.ts",
  command: "parley-password",
  summary: [
    "Makes what server.ts --password-file reads: asks for a password, twice and unseen, and prints its hash as",
    "one line on standard output. Off a terminal the password is the first line of standard input.",
  ].join("\n"),
  options: {},
} satisfies CommandLine<Record<never, never>>;

/** More than any password may have. */
const MAX_PASSWORD_BYTES = 4_096;

await runProgram(COMMAND_LINE, async () => {
  const password = Deno.stdin.isTerminal() ? await askTwice() : await readLine();
  if (password === "") throw new Failure("A password cannot be empty");
  print(await PasswordHash.make(password));
  return 0;
});

async function askTwice(): Promise<string> {
  const password = await askSecret("Password");
  if (password === undefined) throw new Failure("There is no password");
  if (password === "" || await askSecret("Once more") === password) return password;
  throw new Failure("The two are not the same: try again");
}

async function readLine(): Promise<string> {
  const lines = boundedLines(Deno.stdin.readable, MAX_PASSWORD_BYTES).getReader();
  const { value = "" } = await lines.read();
  return value;
}
