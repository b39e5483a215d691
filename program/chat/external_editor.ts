import { join } from "@std/path/join";
import { splitWords } from "../../terminal/commands/words.ts";
import { Failure } from "../failure.ts";
import { requirePermissions } from "../permissions.ts";

/** More than any text may have that can be sent. */
const MAX_BYTES = 1_048_576;

/**
 * Has a person change a text in the editor that `VISUAL` or `EDITOR` names. The terminal is the editor's meanwhile.
 *
 * @param text The text.
 * @param folder Where its file is for so long, readable to nobody else; it may be written.
 * @returns What it is now, without the last line's end; undefined where the editor said that it failed.
 * @throws {Failure} There is no editor, it cannot be run, or what it wrote is no text.
 */
export async function editElsewhere(text: string, folder: string): Promise<string | undefined> {
  const [program, ...args] = await findEditor();
  const path = join(folder, `message-${crypto.randomUUID()}.txt`);
  try {
    // Editors end the last line, too.
    await Deno.writeTextFile(path, text === "" ? "" : `${text}\n`, {
      createNew: true,
      mode: 0o600,
    });
    const { success } = await run(program, [...args, path]);
    return success ? await readBack(path) : undefined;
  } finally {
    await removeQuietly(path);
  }
}

/** The editor and its first arguments, permitted to be run. */
async function findEditor(): Promise<readonly [string, ...string[]]> {
  const found = await valueOf("VISUAL") || await valueOf("EDITOR");
  if (!found) {
    throw new Failure("Cannot open an editor: EDITOR names none. Set it, as in EDITOR=nano");
  }
  const [program, ...args] = (splitWords(found) ?? []).map(({ text }) => text);
  if (!program) {
    throw new Failure(
      `Cannot open an editor: EDITOR is ${JSON.stringify(found)}, which is no command`,
    );
  }
  await requirePermissions({ set: "client", file: "client.ts" }, [{
    permission: { name: "run", command: program },
    reason: "edit what you write",
  }]);
  return [program, ...args];
}

async function valueOf(variable: string): Promise<string> {
  await requirePermissions({ set: "client", file: "client.ts" }, [{
    permission: { name: "env", variable },
    reason: "find your editor",
    isOptional: true,
  }]);
  const { state } = await Deno.permissions.query({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) ?? "" : "";
}

async function run(program: string, args: readonly string[]): Promise<Deno.CommandStatus> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    return await command.spawn().status;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Failure(
      `Cannot open the editor ${JSON.stringify(program)}: there is no such program`,
      {
        cause,
      },
    );
  }
}

async function readBack(path: string): Promise<string> {
  const { size } = await Deno.stat(path);
  if (size > MAX_BYTES) {
    throw new Failure(
      `Cannot take the text back: it has ${size} bytes, and ${MAX_BYTES} are allowed`,
    );
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
    return text.replaceAll("\r\n", "\n").replace(/\n+$/, "");
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new Failure("Cannot take the text back: it is no UTF-8", { cause });
  }
}

async function removeQuietly(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
