import { join } from "@std/path/join";
import { systemClock } from "../../clock/clock.ts";
import { splitWords } from "../../terminal/commands/words.ts";
import { Failure } from "../failure.ts";
import { requirePermissions } from "../permissions.ts";

/** More than any text may have that can be sent. */
const MAX_BYTES = 1_048_576;

/** After so long an editor that was asked to end is ended. */
const END_WITHIN_MS = 1_000;
/** What a program that was killed has left is removed when nobody edits it any more. */
const LEFTOVER_AFTER_MS = 86_400_000;
/** The folder of one edit. */
const FOLDER_NAME = /^message-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;
/** What ends the program. */
const ENDING: readonly Deno.Signal[] = Deno.build.os === "windows" ? [] : ["SIGTERM", "SIGHUP"];
/** What is for who has the terminal: a key typed there is sent to everybody. */
const FOR_THE_EDITOR: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT"]
  : ["SIGINT", "SIGQUIT"];

/**
 * Has a person change a text in the editor that `VISUAL` or `EDITOR` names. The terminal is the editor's meanwhile.
 *
 * - I1 The text is in a folder of its own that only its owner may read, with what the editor puts beside it (swap files,
 *   backups), and no longer than it is edited: also where the program is asked to end. What a killed program has left
 *   is removed a day later.
 *
 * Whoever makes one disposes of it before the program ends.
 */
export class ExternalEditor implements AsyncDisposable {
  readonly #folder: string;
  #isEnded = false;
  #child: Deno.ChildProcess | undefined;
  #editing: Promise<unknown> = Promise.resolve();

  /** @param folder Where the text is for so long; it may be read and written. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Has a text changed. One at a time.
   *
   * @param text The text.
   * @returns What it is now, without the last line's end; undefined where the editor said that it failed, or was ended.
   * @throws {Failure} There is no editor, it cannot be run, or what it wrote is no text.
   */
  edit(text: string): Promise<string | undefined> {
    const edited = this.#edit(text);
    this.#editing = edited.catch(() => {});
    return edited;
  }

  /** Ends the editor, if there is one, and waits until the text is off the disk. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#editing;
  }

  async #edit(text: string): Promise<string | undefined> {
    const [program, ...args] = await findEditor();
    const folder = join(this.#folder, `message-${crypto.randomUUID()}`);
    const path = join(folder, "message.txt");
    using _ending = onSignals(ENDING, () => this.#end());
    using _ignored = onSignals(FOR_THE_EDITOR, () => {});
    try {
      await Deno.mkdir(folder, { mode: 0o700 });
      await removeLeftovers(this.#folder, folder);
      // Editors end the last line, too.
      const lines = text === "" ? "" : `${text}\n`;
      await Deno.writeTextFile(path, lines, { createNew: true, mode: 0o600 });
      if (this.#isEnded) return undefined;
      const child = this.#child = run(program, [...args, path]);
      const { success } = await child.status;
      return success && !this.#isEnded ? await readBack(path) : undefined;
    } finally {
      this.#child = undefined;
      await removeQuietly(folder);
    }
  }

  #end(): void {
    const child = this.#child;
    const isEnded = this.#isEnded;
    this.#isEnded = true;
    if (isEnded || child === undefined) return;
    kill(child, "SIGTERM");
    const killing = systemClock.after(END_WITHIN_MS, () => kill(child, "SIGKILL"));
    void child.status.then(() => killing[Symbol.dispose]());
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

function onSignals(signals: readonly Deno.Signal[], callback: () => void): Disposable {
  for (const signal of signals) Deno.addSignalListener(signal, callback);
  return {
    [Symbol.dispose]() {
      for (const signal of signals) Deno.removeSignalListener(signal, callback);
    },
  };
}

/**
 * Removes folders of edits that a program has left that was killed. None is a link, or somebody else's.
 *
 * @param folder Where they are.
 * @param own One that was just made.
 */
async function removeLeftovers(folder: string, own: string): Promise<void> {
  const { uid } = await Deno.lstat(own);
  for await (const { name } of Deno.readDir(folder)) {
    if (!FOLDER_NAME.test(name)) continue;
    const path = join(folder, name);
    const found = await Deno.lstat(path);
    const isOld = Date.now() - (found.mtime?.getTime() ?? Date.now()) > LEFTOVER_AFTER_MS;
    if (isOld && found.isDirectory && found.uid === uid) await removeQuietly(path);
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

function run(program: string, args: readonly string[]): Deno.ChildProcess {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    });
    return command.spawn();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new Failure(
      `Cannot open the editor ${JSON.stringify(program)}: there is no such program`,
      { cause },
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

async function removeQuietly(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
