import { ProtocolError } from "../../codec/errors.ts";
import { askSecret } from "../../terminal/secret_prompt.ts";
import { messageOf } from "./chat_failures.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { requirePermissions } from "../permissions.ts";

const CLIENT = { set: "client", file: "client.ts" };

/** More than any password may have. */
const MAX_PASSWORD_BYTES = 4_096;

/**
 * Reads a server's password from a file: its first line.
 *
 * @param path The file.
 * @param program Which program's permissions it takes.
 * @returns The password.
 * @throws {Failure} It cannot be read, or is empty. What it holds is not told.
 */
export async function readPassword(path: string, program = CLIENT): Promise<string> {
  return await readSecret(path, "password", "read the server's password", program);
}

/**
 * Reads a secret room's passphrase from a file: its first line.
 *
 * @param path The file.
 * @throws {Failure} It cannot be read, or is empty. What it holds is not told.
 */
export async function readPassphrase(path: string): Promise<string> {
  return await readSecret(path, "passphrase", "read the secret room's passphrase", CLIENT);
}

async function readSecret(
  path: string,
  what: string,
  reason: string,
  program: typeof CLIENT,
): Promise<string> {
  await requirePermissions(program, [{ permission: { name: "read", path }, reason }]);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new Failure(`Cannot read the ${what} in ${path}: ${messageOf(error)}`);
  }
  const [secret = ""] = text.split(/\r?\n/);
  if (secret !== "" && secret.length <= MAX_PASSWORD_BYTES) return secret;
  throw new Failure(`Cannot use ${path}: its first line has to be the ${what}`);
}

/** Whether it is the server's password that is wanted, or another one. */
export function isAboutPassword(error: unknown): error is ProtocolError {
  return error instanceof ProtocolError &&
    (error.code === "password_needed" || error.code === "wrong_password");
}

/**
 * Asks a person for the server's password.
 *
 * @param error What the server said.
 * @returns The password; undefined where there is no answer.
 */
export async function askPassword(error: ProtocolError): Promise<string | undefined> {
  complain(messageOf(error));
  return await askSecret("Password of the server");
}
