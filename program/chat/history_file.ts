import { join } from "@std/path/join";
import { writePrivateFile } from "../../client/private_file.ts";
import { findCommand } from "../../terminal/commands/commands.ts";
import type { KeptLines } from "../../terminal/editor/input_history.ts";
import { Failure } from "../failure.ts";
import { whileLocked } from "./config_lock.ts";

/** The most lines that are kept, and the most bytes that they may take in the file. */
const MAX_ENTRIES = 1_000;
const MAX_FILE_BYTES = 262_144;
/** What a file that is full is shortened to. */
const SHORTENED = { entries: 900, bytes: 196_608 };
/** A longer line, a pasted block, is not kept for the next run: it would push out all others. */
const MAX_ENTRY_BYTES = 16_384;

/** What is not to be found again: what begins with a blank, and a passphrase where a room's name should end. */
const UNKEPT = /^\s|^\/secret\s+\S+\s+\S/i;
/** A command's name; what begins with `//` is a text. */
const COMMAND = /^\/(?!\/)\S*/;

/** The end of the file, from the beginning of a line on; and how long the whole file is. */
interface FileEnd {
  readonly text: string;
  readonly bytes: number;
}

/** What an {@link HistoryFile} needs. */
export interface HistoryFileOptions {
  /** The config folder, which may be read and written; undefined: lines are there for the run only. */
  readonly folder: string | undefined;
  /** Whether lines are kept for the next run. */
  readonly isKept: boolean;
  /** Tells somebody, once, that lines cannot be kept. */
  readonly tell: (text: string) => void;
}

/**
 * The lines that somebody has typed, for this run and the next: in the file `history` of the config folder, each a line of
 * JSON, the newest last.
 *
 * - I1 The file has mode 0600, at most 1,000 lines and 256 KiB, and is shortened under a lock. What is no regular file (a
 *   link, a pipe) is never opened.
 * - I2 Clients that run at once lose nothing of each other's.
 * - I3 A line that begins with a blank is never there, nor anything while it is not kept; nor a command that there is not,
 *   which may be a mistyped one with a secret in it.
 * - I4 What a crash has left of a line hurts no other one.
 */
export class HistoryFile implements KeptLines, AsyncDisposable {
  /** The lines, the newest last; of this run and, where they are kept, of earlier ones. */
  readonly entries: string[] = [];
  readonly #path: string | undefined;
  readonly #folder: string | undefined;
  readonly #tell: (text: string) => void;
  #isKept: boolean;
  /** Whether the file was there: where it is gone since, another client was told to keep nothing. */
  #isThere = false;
  #writing: Promise<void> = Promise.resolve();

  private constructor({ folder, isKept, tell }: HistoryFileOptions) {
    this.#folder = folder;
    this.#path = folder === undefined ? undefined : join(folder, "history");
    this.#isKept = isKept && folder !== undefined;
    this.#tell = tell;
  }

  /**
   * Reads what earlier runs have kept.
   *
   * @param options Where it is, and whether it is wanted.
   */
  static async open(options: HistoryFileOptions): Promise<HistoryFile> {
    const history = new HistoryFile(options);
    if (history.#isKept) {
      history.#do(async (path) => void history.entries.push(...await history.#read(path)));
      await history.#writing;
    }
    return history;
  }

  /**
   * Takes a line in, unless it is the same as the one before, or begins with a blank.
   *
   * @param line What was typed.
   */
  add(line: string): void {
    if (line === "" || UNKEPT.test(line) || line === this.entries.at(-1)) return;
    this.entries.push(line);
    if (this.entries.length > MAX_ENTRIES) this.entries.shift();
    if (this.#isKept && !isUnknownCommand(line)) this.#do((path) => this.#append(path, line));
  }

  /**
   * Keeps lines for the next run from now on, or no more: then the file is removed.
   *
   * @param isKept Which.
   */
  async keep(isKept: boolean): Promise<void> {
    if (isKept && !this.#isKept) this.#isThere = false;
    this.#isKept = isKept && this.#path !== undefined;
    if (!isKept) this.#do(remove);
    await this.#writing;
  }

  /** Waits until what was typed is kept. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** One after the other, and none beside another client's. */
  #do(work: (path: string) => Promise<void>): void {
    const [path, folder] = [this.#path, this.#folder];
    if (path === undefined || folder === undefined) return;
    this.#writing = this.#writing.then(() => whileLocked(folder, () => work(path))).catch(
      (error) => {
        if (!this.#isKept) return;
        this.#isKept = false;
        const reason = error instanceof Error ? error.message : String(error);
        this.#tell(`What you type is not kept for the next run: ${reason}`);
      },
    );
  }

  async #append(path: string, line: string): Promise<void> {
    const entry = JSON.stringify(line) + "\n";
    const length = new TextEncoder().encode(entry).length;
    if (length > MAX_ENTRY_BYTES) return;
    const found = await readEnd(path);
    if (found === undefined && this.#isThere) {
      // Another client was told to keep nothing, and has removed it.
      this.#isKept = false;
      return;
    }
    this.#isThere = true;
    const { text, bytes } = found ?? { text: "", bytes: 0 };
    const isFull = bytes + length >= MAX_FILE_BYTES;
    // What is left of a line that a crash has cut off is closed first.
    const begin = text === "" || text.endsWith("\n") ? "" : "\n";
    if (isFull || linesOf(text).length >= MAX_ENTRIES) {
      await writeEntries(path, [...shortened(entriesOf(text)), line]);
    } else await append(path, begin + entry);
  }

  /** The lines of the file. */
  async #read(path: string): Promise<string[]> {
    const found = await readEnd(path);
    this.#isThere = found !== undefined;
    return entriesOf(found?.text ?? "").slice(-MAX_ENTRIES);
  }
}

function isUnknownCommand(line: string): boolean {
  const [name] = COMMAND.exec(line) ?? [];
  return name !== undefined && findCommand(name) === undefined;
}

/**
 * Sees to it that a file is one, and its owner's only.
 *
 * @returns Whether it is there.
 * @throws {Failure} It is something else: following a link would write elsewhere, opening a pipe would wait for ever.
 */
async function makePrivate(path: string): Promise<boolean> {
  try {
    const { isFile, mode } = await Deno.lstat(path);
    if (!isFile) {
      throw new Failure(`${path} is no regular file. Move it away, or choose another --config`);
    }
    if (mode !== null && (mode & 0o077) !== 0) await Deno.chmod(path, 0o600);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function append(path: string, text: string): Promise<void> {
  using file = await Deno.open(path, { append: true, create: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

async function writeEntries(path: string, entries: readonly string[]): Promise<void> {
  await writePrivateFile(path, entries.map((entry) => JSON.stringify(entry) + "\n").join(""));
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** What the lines say; those that were not written here, or only in part, say nothing. */
function entriesOf(text: string): string[] {
  return linesOf(text).flatMap((line) => {
    try {
      const entry: unknown = JSON.parse(line);
      return typeof entry === "string" && entry !== "" ? [entry] : [];
    } catch {
      return [];
    }
  });
}

/** The newest of them, so many that there is room for some more. */
function shortened(entries: readonly string[]): string[] {
  const kept: string[] = [];
  let bytes = 0;
  for (const entry of entries.toReversed()) {
    bytes += new TextEncoder().encode(JSON.stringify(entry)).length + 1;
    if (kept.length === SHORTENED.entries || bytes > SHORTENED.bytes) break;
    kept.unshift(entry);
  }
  return kept;
}

/** The end of the file, however long it is; undefined where there is none. */
async function readEnd(path: string): Promise<FileEnd | undefined> {
  if (!await makePrivate(path)) return undefined;
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const skipped = Math.max(0, size - MAX_FILE_BYTES);
  await file.seek(skipped, Deno.SeekMode.Start);
  const bytes = await new Response(file.readable).bytes();
  const text = new TextDecoder().decode(bytes);
  // What it begins with then is only the end of a line.
  return skipped === 0
    ? { text, bytes: size }
    : { text: text.slice(text.indexOf("\n") + 1), bytes: size };
}
