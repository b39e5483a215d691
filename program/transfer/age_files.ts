import { resolve } from "@std/path/resolve";
import { type AgeIdentity, isRecipient, openAgeIdentity } from "../../sealed/age_identity.ts";
import { Failure, UsageError } from "../failure.ts";
import { type Need, requirePermissions } from "../permissions.ts";

/** A file of keys that is longer is none. */
const MAX_FILE_BYTES = 65_536;
/** As many as a header that is read may name. */
const MAX_RECIPIENTS = 600;

/** A program, as its permissions are asked for. */
type Program = Parameters<typeof requirePermissions>[0];

/**
 * Whom files are encrypted to.
 *
 * @param given A recipient (`age1…`), or a file with one a line, as age's `-R` takes it; `#` begins a comment.
 * @param program Who asks for the permission to read it.
 * @returns The recipients, one at least.
 * @throws {UsageError} It is neither; {@link Failure} the file cannot be read.
 */
export async function readRecipients(given: string, program: Program): Promise<string[]> {
  if (isRecipient(given)) return [given];
  if (given.startsWith("age1")) {
    throw new UsageError(
      `--encrypt cannot be ${JSON.stringify(given)}: it is no age recipient of the kind X25519`,
    );
  }
  const lines = await readLines(given, program, "see whom to encrypt to");
  const recipients = lines.map(({ text, number }) => {
    if (isRecipient(text)) return text;
    throw new Failure(
      `Cannot use ${given}: line ${number} is no age recipient of the kind X25519, age1…`,
    );
  });
  if (recipients.length >= 1 && recipients.length <= MAX_RECIPIENTS) return recipients;
  throw new Failure(
    `Cannot use ${given}: it has ${recipients.length} recipients, 1 to ${MAX_RECIPIENTS} are allowed`,
  );
}

/**
 * What files are decrypted with.
 *
 * @param path A file of age identities, as age's `-i` takes it: `AGE-SECRET-KEY-1…` a line.
 * @param program Who asks for the permission to read it.
 * @returns The identities, one at least.
 * @throws {Failure} It cannot be read, or has none. What is in it is not told.
 */
export async function readIdentities(path: string, program: Program): Promise<AgeIdentity[]> {
  const identities: AgeIdentity[] = [];
  for (const { text, number } of await readLines(path, program, "decrypt with it")) {
    try {
      identities.push(await openAgeIdentity(text));
    } catch {
      throw new Failure(
        `Cannot use ${path}: line ${number} is no age identity of the kind X25519, AGE-SECRET-KEY-1…`,
      );
    }
  }
  if (identities.length === 0) throw new Failure(`Cannot use ${path}: there is no identity in it`);
  return identities;
}

async function readLines(
  given: string,
  program: Program,
  reason: string,
): Promise<{ readonly text: string; readonly number: number }[]> {
  const path = resolve(given);
  const need: Need = { permission: { name: "read", path }, reason };
  await requirePermissions(program, [need]);
  return (await readSmall(path, given)).split("\n")
    .map((line, at) => ({ text: line.trim(), number: at + 1 }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
}

async function readSmall(path: string, given: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_FILE_BYTES) {
      throw new Failure(`it has ${size} bytes, ${MAX_FILE_BYTES} are allowed`);
    }
    return await Deno.readTextFile(path);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : error instanceof Failure
      ? error.message
      : "it cannot be read";
    throw new Failure(`Cannot read ${given}: ${why}`);
  }
}
