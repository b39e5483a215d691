// How fast our chat server is beside the servers that people use, and what memory it needs. A server has
// one core for itself, the load program the other one; servers take turns, each run on a new folder,
// ratios are of medians. Tables for people, with what was promised and whether it is met; after each
// section one line of JSON. Linux only, two cores at least, and nothing else running.
//
// deno-lint-ignore-file no-console -- a program for people
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, resolve } from "@std/path";
import type { Bench, Sizes } from "./chat/bench.ts";
import { fanOut } from "./chat/fanout.ts";
import { idle } from "./chat/idle.ts";
import { ingest } from "./chat/ingest.ts";
import { paced } from "./chat/paced.ts";
import { scale } from "./chat/scale.ts";
import { findServers } from "./chat/servers.ts";
import { Commands, isInstalled } from "./transfer/commands.ts";
import { fileSystemOf } from "./transfer/file_system.ts";
import { type SectionResult, verdict } from "./transfer/report.ts";

const USAGE = `How fast the chat server is, beside nats-server, mosquitto and ngircd.

  deno task bench:chat [--only fanout,ingest,paced,idle,scale] [options]

  --only NAMES       the sections to run                       (all)
  --disk DIR         a folder on a real disk                   (the system's temp folder)
  --rounds N         rounds of each section but idle           (5)
  --deliveries N     fanout, scale: deliveries of a round      (20000000)
  --members N        idle: members who say nothing             (10000)
  --json FILE        write what was found as JSON, too
  --plot FILE        scale: where the plot goes                (docs/chat-scaling.svg; --quick: nowhere)
  --nats-server CMD  another nats-server                       (nats-server)
  --quick            small sizes and one round: shows that it works, not how fast`;

const SECTIONS: Readonly<Record<string, (bench: Bench) => Promise<SectionResult>>> = {
  fanout: fanOut,
  ingest,
  paced,
  idle,
  scale,
};

const FULL: Sizes = {
  rounds: 5,
  deliveries: 20_000_000,
  storedEach: 3_000,
  storedAlone: 5_000,
  pacedSeconds: 10,
  idleMembers: 10_000,
  rush: 5_000,
  calmSeconds: 60,
};
const QUICK: Sizes = {
  rounds: 1,
  deliveries: 1_000_000,
  storedEach: 300,
  storedAlone: 500,
  pacedSeconds: 2,
  idleMembers: 1_000,
  rush: 500,
  calmSeconds: 5,
};

const OPTIONS = {
  rounds: "rounds",
  deliveries: "deliveries",
  members: "idleMembers",
} as const satisfies Record<string, keyof Sizes>;
const WORDS = ["only", "disk", "json", "plot", "nats-server"] as const;

class UsageError extends Error {}

interface Plan {
  readonly sizes: Sizes;
  readonly sections: readonly string[];
  readonly words: Readonly<Record<string, string | undefined>>;
  readonly plotFile: string;
}

function plan(args: readonly string[]): Plan {
  const given = parseArgs(args, {
    string: [...WORDS, ...Object.keys(OPTIONS)],
    boolean: ["quick", "help"],
    unknown: (arg) => {
      throw new UsageError(`There is no ${arg}`);
    },
  });
  if (given["help"] === true) {
    console.log(USAGE);
    Deno.exit(0);
  }
  const sizes: Record<keyof Sizes, number> = { ...(given["quick"] === true ? QUICK : FULL) };
  for (const [option, size] of Object.entries(OPTIONS)) {
    const value = given[option];
    if (value === undefined) continue;
    sizes[size] = Number(value);
    if (!Number.isSafeInteger(sizes[size]) || sizes[size] < 1) {
      throw new UsageError(`--${option} is "${value}": say a whole number from 1 on`);
    }
  }
  const words = Object.fromEntries(
    WORDS.map((name) => [name, typeof given[name] === "string" ? given[name] : undefined]),
  );
  const known = Object.keys(SECTIONS);
  const sections = words["only"]?.split(",") ?? known;
  const unknown = sections.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no section "${unknown}": there are ${known.join(", ")}`);
  }
  // What was measured in passing must not take the place of what was measured well.
  const plotted = given["quick"] === true ? "/dev/null" : PLOT_FILE;
  return { sizes, sections, words, plotFile: words["plot"] ?? plotted };
}

const PLOT_FILE = fromFileUrl(new URL("../docs/chat-scaling.svg", import.meta.url));

async function main({ sizes, sections, words, plotFile }: Plan): Promise<number> {
  if (!await isInstalled("taskset") || navigator.hardwareConcurrency < 2) {
    throw new UsageError("It takes taskset and two cores: one for the server, one for the load");
  }
  await using stack = new AsyncDisposableStack();
  const parent = words["disk"] === undefined ? {} : { dir: resolve(words["disk"]) };
  const disk = await Deno.realPath(Deno.makeTempDirSync({ ...parent, prefix: "parley-bench-" }));
  Deno.chmodSync(disk, 0o755);
  stack.defer(() => Deno.removeSync(disk, { recursive: true }));
  // The servers end before their folders go.
  const commands = stack.use(new Commands());
  let interrupted: Promise<void> | undefined;
  const stop = () => interrupted ??= stack.disposeAsync().finally(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);

  const diskSystem = await fileSystemOf(disk);
  if (!diskSystem.isDisk) {
    console.log(`${disk} is on ${diskSystem.type}, which is memory: name a disk, --disk DIR`);
  }
  const { servers, missing } = await findServers(commands, words["nats-server"]);
  for (const name of missing) console.log(`${name} is not installed: left out`);
  const bench: Bench = { commands, sizes, servers, disk, diskSystem, plotFile };

  const results: SectionResult[] = [];
  let failed = 0;
  for (const name of sections) {
    try {
      results.push(await SECTIONS[name]!(bench));
    } catch (error) {
      // What it met with is our own end.
      if (interrupted !== undefined) break;
      // The other sections' figures are worth having.
      failed++;
      console.log(`\nThe section "${name}" failed:`, error);
    }
  }
  if (interrupted !== undefined) await interrupted;
  if (words["json"] !== undefined) {
    const text = JSON.stringify(
      { bench: "chat", deno: Deno.version.deno, sizes, results },
      null,
      2,
    );
    await Deno.writeTextFile(words["json"], `${text}\n`);
  }
  const verdicts = results.flatMap(({ claims }) => claims).map(verdict);
  const missed = (what: RegExp) => verdicts.filter((text) => what.test(text)).length;
  console.log(
    `\n${verdicts.length} promises: ${missed(/(floor|limit) MISSED/)} floors or limits missed, ${
      missed(/goal MISSED/)
    } goals missed, ${missed(/not measured/)} not measured`,
  );
  return failed === 0 ? 0 : 1;
}

try {
  Deno.exit(await main(plan(Deno.args)));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  Deno.exit(2);
}
