// How fast our chat server is beside the servers that people use, and what memory it needs. A server has
// one core for itself, the load program the other one; servers take turns, each run on a new folder,
// ratios are of medians. Tables for people, with what was promised and whether it is met; after each
// section one line of JSON. Linux only, two cores at least, and nothing else running.
//
// deno-lint-ignore-file no-console -- a program for people
import { fromFileUrl } from "@std/path";
import type { Bench, Sizes } from "./chat/bench.ts";
import { fanOut } from "./chat/fanout.ts";
import { idle } from "./chat/idle.ts";
import { ingest } from "./chat/ingest.ts";
import { paced } from "./chat/paced.ts";
import { scale } from "./chat/scale.ts";
import { findServers } from "./chat/servers.ts";
import { runBench, UsageError } from "./program.ts";
import { isInstalled } from "./transfer/commands.ts";
import { fileSystemOf } from "./transfer/file_system.ts";

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

const PLOT_FILE = fromFileUrl(new URL("../docs/chat-scaling.svg", import.meta.url));

await runBench<Sizes, Bench>({
  name: "chat",
  usage: USAGE,
  sections: { fanout: fanOut, ingest, paced, idle, scale },
  full: FULL,
  quick: QUICK,
  numbers: { rounds: "rounds", deliveries: "deliveries", members: "idleMembers" },
  words: ["disk", "plot", "nats-server"],
  async prepare({ sizes, words, isQuick }, { commands, folder }) {
    if (!await isInstalled("taskset") || navigator.hardwareConcurrency < 2) {
      throw new UsageError("It takes taskset and two cores: one for the server, one for the load");
    }
    const disk = await folder(words["disk"]);
    // Some servers give up their rights, and write there nevertheless.
    Deno.chmodSync(disk, 0o755);
    const diskSystem = await fileSystemOf(disk);
    if (!diskSystem.isDisk) {
      console.log(`${disk} is on ${diskSystem.type}, which is memory: name a disk, --disk DIR`);
    }
    const { servers, missing } = await findServers(commands, words["nats-server"]);
    for (const name of missing) console.log(`${name} is not installed: left out`);
    // What was measured in passing must not take the place of what was measured well.
    const plotFile = words["plot"] ?? (isQuick ? "/dev/null" : PLOT_FILE);
    return { commands, sizes, servers, disk, diskSystem, plotFile };
  },
});
