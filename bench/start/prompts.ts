import { join } from "@std/path";
import { ChatServer } from "../../server/chat_server.ts";
import type { Figure } from "../transfer/compare.ts";
import { median } from "../transfer/compare.ts";
import { isInstalled } from "../transfer/commands.ts";
import {
  finishSection,
  fixed,
  heading,
  oneLine,
  say,
  type SectionResult,
  table,
} from "../transfer/report.ts";
import { inTerminal, type TerminalProgram } from "./in_terminal.ts";

/** How often programs are started. */
export interface Sizes {
  readonly rounds: number;
}

/** What the section is given. */
export interface Bench {
  readonly sizes: Sizes;
  /** A folder of the bench's own. */
  readonly folder: string;
  /** The project's folder. */
  readonly project: string;
}

/** Who is started; each of `what` is one thing that it shows. */
interface Contender extends TerminalProgram {
  readonly name: string;
  readonly what: readonly string[];
}

/** The longest that a start may take, in milliseconds. */
const LIMIT_MS = 400;
const PROMPT = /(^|[\r\n])> /;
const QUESTION = "client.ts, its first question";
const CONNECTED = "client.ts, until it is connected";
const PROMPTED = "client.ts, its prompt, connected";

/** How long programs take from their start to their first prompt, in turns. */
export async function prompts({ sizes: { rounds }, folder, project }: Bench): Promise<
  SectionResult
> {
  await using server = ChatServer.listen({ port: 0, limits: { requestBurst: 0, byteBurst: 0 } });
  const contenders = await makeContenders(folder, project, server.address.port);
  const figures = await takeTurns(contenders, rounds);
  heading(`Start to first prompt, in a terminal, ${rounds} rounds in turns`);
  const own = median(figures[0]!.seconds);
  table(
    [":", "median ms", "min ms", "× the first row"],
    figures.map(({ contender, seconds, failure }) =>
      seconds.length === 0 ? [contender, "–", "–", oneLine(failure ?? "")] : [
        contender,
        milliseconds(median(seconds)),
        milliseconds(Math.min(...seconds)),
        fixed(median(seconds) / own),
      ]
    ),
  );
  say("\nEach time has that of the terminal itself in it, which is the last row.");
  const of = (name: string) =>
    1_000 * median(figures.find(({ contender }) => contender === name)?.seconds ?? []);
  const result = {
    section: "prompts",
    rounds,
    figures,
    claims: [QUESTION, PROMPTED].map((claim) => {
      const bound = { floor: LIMIT_MS, isLimit: true };
      return { claim, measured: of(claim), unit: "ms" as const, ...bound };
    }),
  };
  finishSection(result, "start");
  return result;
}

async function makeContenders(
  folder: string,
  project: string,
  port: number,
): Promise<Contender[]> {
  // One client has never been anywhere and asks, the other one is told.
  const [fresh, config] = [join(folder, "fresh"), join(folder, "config")];
  const [empty, prompt] = [join(folder, "empty.ts"), join(folder, "prompt.ts")];
  await Deno.writeTextFile(empty, "");
  await Deno.writeTextFile(
    prompt,
    'import { createInterface } from "node:readline";\nimport process from "node:process";\n' +
      'createInterface({ input: process.stdin, output: process.stdout, prompt: "> " }).prompt();\n',
  );
  const deno = [Deno.execPath(), "run", "-q"];
  const client = (config: string) => [
    ...[...deno, "-P=client", `--allow-read=${config}`, `--allow-write=${config}`],
    ...["client.ts", "--config", config],
  ];
  const address = ["--host", "127.0.0.1", "--port", `${port}`, "--name", "bench"];
  const found: Contender[] = [
    {
      name: "client.ts, asking",
      what: [QUESTION],
      command: client(fresh),
      cwd: project,
      shows: [/Server address/],
    },
    {
      name: "client.ts, told everything",
      what: [CONNECTED, PROMPTED],
      command: [...client(config), ...address],
      cwd: project,
      shows: [/You are in lobby/, PROMPT],
    },
    {
      name: "Deno",
      what: ["an empty Deno program, until its end"],
      command: [...deno, empty],
      cwd: folder,
      shows: [],
    },
    {
      name: "readline",
      what: ["a Deno program with node:readline, its prompt"],
      command: [...deno, prompt],
      cwd: folder,
      shows: [PROMPT],
    },
  ];
  const home = join(folder, "irssi");
  if (await isInstalled("irssi")) {
    found.push({
      name: "irssi",
      what: ["irssi, its prompt, not connected"],
      command: ["irssi", `--home=${home}`],
      cwd: folder,
      env: { HOME: folder },
      shows: [/\[\(status\)\]/],
    });
  } else say("irssi is not installed: it is left out (apt install irssi)");
  const echo = ["printf", "> "];
  found.push({
    name: "terminal",
    what: ["the terminal alone"],
    command: echo,
    cwd: folder,
    shows: [],
  });
  return found;
}

/** Starts each once for each round, and once before, which is not counted: it makes keys, and warms caches. */
async function takeTurns(contenders: readonly Contender[], rounds: number): Promise<Figure[]> {
  const figures = contenders.map(({ what }) =>
    what.map((contender) => ({ contender, promises: "", seconds: [] as number[], failure: "" }))
  );
  for (let round = -1; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const own = figures[at]!;
      if (own[0]!.failure !== "") continue;
      try {
        const seconds = await inTerminal(contender);
        if (round >= 0) own.forEach((figure, index) => figure.seconds.push(seconds[index]!));
      } catch (error) {
        for (const figure of own) figure.failure = error instanceof Error ? error.message : "";
      }
    }
  }
  return figures.flat();
}

function milliseconds(seconds: number): string {
  return (1_000 * seconds).toFixed(0);
}
