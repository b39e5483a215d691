// How fast files go from one program to another on this machine, beside the programs that people use,
// and what memory ours need. Every figure is of whole commands, program start included; the contenders
// take turns, ratios are of medians, and each row says what it promises. Tables for people, with what
// was promised and whether it is met; after each section one line of JSON. Linux only.
//
// deno-lint-ignore-file no-console -- a program for people
import { parseArgs } from "@std/cli/parse-args";
import { join, resolve } from "@std/path";
import type { Bench, Sizes } from "./transfer/bench.ts";
import { bigFile } from "./transfer/big_file.ts";
import { Commands } from "./transfer/commands.ts";
import { fileSystemOf } from "./transfer/file_system.ts";
import { memory } from "./transfer/memory.ts";
import { findPeers } from "./transfer/peers.ts";
import { type SectionResult, verdict } from "./transfer/report.ts";
import { slowLink } from "./transfer/slow_link.ts";
import { smallFiles, smallFilesToDisk } from "./transfer/small_files.ts";

const USAGE = `How fast files are transferred, beside nc, socat, rsync and scp.

  deno task bench:transfer [--only big,small,disk,memory,slow] [options]

  --only NAMES         the sections to run             (all)
  --dir DIR            the folder to work in: a tmpfs for figures that are compared
                                                       (the system's temp folder)
  --disk DIR           a folder on a real disk         (the system's temp folder)
  --rounds N           rounds that count; at most 3 on the slow link           (5)
  --size MIB           big: the file                                        (1024)
  --files N            small, disk: files of 4 KiB                         (10000)
  --memory-size MIB    memory: the larger file, sparse                     (10240)
  --memory-files N     memory: the larger number of files                 (200000)
  --link-size MB       slow: the file                                        (400)
  --link-files N       slow: files of 20 KiB                                (1000)
  --quick              small sizes and one round: shows that it works, not how fast`;

const SECTIONS: Readonly<Record<string, (bench: Bench) => Promise<SectionResult>>> = {
  big: bigFile,
  small: smallFiles,
  disk: smallFilesToDisk,
  memory,
  slow: slowLink,
};

const FULL: Sizes = {
  rounds: 5,
  bigMiB: 1_024,
  smallFiles: 10_000,
  memoryMiB: 10_240,
  memoryFiles: 200_000,
  linkMegabytes: 400,
  linkFiles: 1_000,
};
const QUICK: Sizes = {
  rounds: 1,
  bigMiB: 50,
  smallFiles: 500,
  memoryMiB: 300,
  memoryFiles: 3_000,
  linkMegabytes: 20,
  linkFiles: 50,
};

const OPTIONS = {
  rounds: "rounds",
  size: "bigMiB",
  files: "smallFiles",
  "memory-size": "memoryMiB",
  "memory-files": "memoryFiles",
  "link-size": "linkMegabytes",
  "link-files": "linkFiles",
} as const satisfies Record<string, keyof Sizes>;

class UsageError extends Error {}

interface Plan {
  readonly sizes: Sizes;
  readonly sections: readonly string[];
  /** The parents of the folders to work in. */
  readonly dir: string | undefined;
  readonly disk: string | undefined;
}

function plan(args: readonly string[]): Plan {
  const given = parseArgs(args, {
    string: ["only", "dir", "disk", ...Object.keys(OPTIONS)],
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
  const known = Object.keys(SECTIONS);
  const text = (name: string) => typeof given[name] === "string" ? given[name] : undefined;
  const sections = text("only")?.split(",") ?? known;
  const unknown = sections.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no section "${unknown}": there are ${known.join(", ")}`);
  }
  return { sizes, sections, dir: text("dir"), disk: text("disk") };
}

/** A folder that is removed at the end. */
async function workFolder(stack: AsyncDisposableStack, parent: string | undefined) {
  const dir = parent === undefined ? {} : { dir: resolve(parent) };
  const folder = await Deno.realPath(await Deno.makeTempDir({ ...dir, prefix: "parley-bench-" }));
  // At once, so that a section that is interrupted makes no file in it meanwhile.
  stack.defer(() => Deno.removeSync(folder, { recursive: true }));
  return folder;
}

async function main({ sizes, sections, dir, disk: diskDir }: Plan): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const work = await workFolder(stack, dir);
  const disk = await workFolder(stack, diskDir);
  // The commands end before their folders go.
  const commands = stack.use(new Commands());
  let interrupted: Promise<void> | undefined;
  const stop = () => interrupted ??= stack.disposeAsync().finally(() => Deno.exit(130));
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);

  const scratch = join(work, "scratch");
  Deno.mkdirSync(scratch);
  const surroundings = { commands, scratch, roots: [work, disk] };
  const peers = await findPeers(surroundings);
  const [workSystem, diskSystem] = [await fileSystemOf(work), await fileSystemOf(disk)];
  const bench: Bench = { ...surroundings, sizes, peers, work, workSystem, disk, diskSystem };
  for (const name of peers.missing) console.log(`${name} is not installed: left out`);
  if (workSystem.isDisk) {
    console.log(
      `${work} is on ${workSystem.type}: for figures that are compared name a tmpfs, --dir DIR`,
    );
  }
  if (!diskSystem.isDisk) {
    console.log(`${disk} is on ${diskSystem.type}, which is memory: name a disk, --disk DIR`);
  }

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
