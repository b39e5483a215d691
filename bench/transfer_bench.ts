// How fast files go from one program to another on this machine, beside the programs that people use,
// and what memory ours need. Every figure is of whole commands, program start included; the contenders
// take turns, ratios are of medians, and each row says what it promises. Tables for people, with what
// was promised and whether it is met; after each section one line of JSON. Linux only.
//
// deno-lint-ignore-file no-console -- a program for people
import { join } from "@std/path";
import { runBench } from "./program.ts";
import type { Bench, Sizes } from "./transfer/bench.ts";
import { bigFile } from "./transfer/big_file.ts";
import { fileSystemOf } from "./transfer/file_system.ts";
import { memory } from "./transfer/memory.ts";
import { findPeers } from "./transfer/peers.ts";
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
  --json FILE          write what was found as JSON, too
  --quick              small sizes and one round: shows that it works, not how fast`;

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

await runBench<Sizes, Bench>({
  name: "transfer",
  usage: USAGE,
  sections: { big: bigFile, small: smallFiles, disk: smallFilesToDisk, memory, slow: slowLink },
  full: FULL,
  quick: QUICK,
  numbers: {
    rounds: "rounds",
    size: "bigMiB",
    files: "smallFiles",
    "memory-size": "memoryMiB",
    "memory-files": "memoryFiles",
    "link-size": "linkMegabytes",
    "link-files": "linkFiles",
  },
  words: ["dir", "disk"],
  async prepare({ sizes, words }, { commands, folder }) {
    const work = await folder(words["dir"]);
    const disk = await folder(words["disk"]);
    const scratch = join(work, "scratch");
    Deno.mkdirSync(scratch);
    const surroundings = { commands, scratch, roots: [work, disk] };
    const peers = await findPeers(surroundings);
    const [workSystem, diskSystem] = [await fileSystemOf(work), await fileSystemOf(disk)];
    for (const name of peers.missing) console.log(`${name} is not installed: left out`);
    if (workSystem.isDisk) {
      console.log(
        `${work} is on ${workSystem.type}: for figures that are compared name a tmpfs, --dir DIR`,
      );
    }
    if (!diskSystem.isDisk) {
      console.log(`${disk} is on ${diskSystem.type}, which is memory: name a disk, --disk DIR`);
    }
    return { ...surroundings, sizes, peers, work, workSystem, disk, diskSystem };
  },
});
