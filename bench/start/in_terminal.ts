import { CommandFailed } from "../transfer/commands.ts";

/** How long a program may take, in milliseconds. */
const DEADLINE_MS = 30_000;
/** What ended in one run is gone before the next one begins. */
const PAUSE_MS = 150;
/** Control sequences: what is between them is text. */
// deno-lint-ignore no-control-regex -- finding them is what it is for
const CONTROL = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])/g;

/** A program in a terminal, and what it shows. */
export interface TerminalProgram {
  /** The command and its arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** What else is in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What is waited for, in whatever order it comes; nothing: the program's end. */
  readonly shows: readonly RegExp[];
}

/**
 * Starts a program in a terminal (a pty, by `script`) and ends it when it has shown everything.
 *
 * @returns How many seconds after its start it showed each; its end, where nothing is waited for.
 * @throws {CommandFailed} It ended, or half a minute passed, before.
 */
export async function inTerminal(
  { command, cwd, env = {}, shows }: TerminalProgram,
): Promise<readonly number[]> {
  const startedAt = performance.now();
  const process = new Deno.Command("script", {
    args: ["-qfec", `exec ${command.map(quoted).join(" ")}`, "/dev/null"],
    cwd,
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const kill = () => process.kill("SIGTERM");
  const late = setTimeout(kill, DEADLINE_MS);
  const seconds = new Map<RegExp, number>();
  let raw = "";
  try {
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      raw += text;
      const shown = raw.replaceAll(CONTROL, "");
      for (const what of shows) {
        if (!seconds.has(what) && what.test(shown)) seconds.set(what, secondsSince(startedAt));
      }
      if (shows.length > 0 && seconds.size === shows.length) break;
    }
    if (shows.length === 0) return [secondsSince(startedAt)];
    const missing = shows.find((what) => !seconds.has(what));
    if (missing === undefined) return shows.map((what) => seconds.get(what)!);
    throw new CommandFailed(`${command[0]} did not show ${missing}: ${raw}`);
  } finally {
    clearTimeout(late);
    if (shows.length > 0) kill();
    await process.stdin.close().catch(() => {});
    await process.status;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
