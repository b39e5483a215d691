// How fast the web port is: files over HTTP beside the native transfer, WebSockets beside TCP, and the
// page in a browser. Tables for people, with what was promised and whether it is met; after each section
// one line of JSON. Linux only, two cores at least, and nothing else running.
//
// deno-lint-ignore-file no-console -- a program for people
import { join } from "@std/path";
import { runBench } from "./program.ts";
import { fileSystemOf } from "./transfer/file_system.ts";
import type { Bench, Sizes } from "./web/bench.ts";
import { files } from "./web/files.ts";
import { page } from "./web/page.ts";
import { sockets } from "./web/sockets.ts";

const USAGE = `How fast the web port is: files, WebSockets, the page.

  deno task bench:web [--only files,sockets,page] [options]

  --only NAMES     the sections to run                                  (all)
  --dir DIR        the folder to work in: a tmpfs for figures that are compared
                                                (the system's temp folder)
  --rounds N       rounds that count                                    (5)
  --size MIB       files: the file                                   (1024)
  --sockets N      sockets: how many, in one room                    (1000)
  --messages N     sockets: what each of them gets                   (2000)
  --history N      page: messages of the room                       (10000)
  --json FILE      write what was found as JSON, too
  --quick          small sizes and one round: shows that it works, not how fast`;

const FULL: Sizes = { rounds: 5, fileMiB: 1_024, sockets: 1_000, messages: 2_000, history: 10_000 };
const QUICK: Sizes = { rounds: 1, fileMiB: 64, sockets: 100, messages: 500, history: 1_000 };

await runBench<Sizes, Bench>({
  name: "web",
  usage: USAGE,
  sections: { files, sockets, page },
  full: FULL,
  quick: QUICK,
  numbers: {
    rounds: "rounds",
    size: "fileMiB",
    sockets: "sockets",
    messages: "messages",
    history: "history",
  },
  words: ["dir"],
  async prepare({ sizes, words }, { commands, folder }) {
    const work = await folder(words["dir"]);
    const workSystem = await fileSystemOf(work);
    if (workSystem.isDisk) {
      console.log(
        `${work} is on ${workSystem.type}: for figures that are compared name a tmpfs, --dir DIR`,
      );
    }
    const scratch = join(work, "scratch");
    Deno.mkdirSync(scratch);
    return { commands, sizes, work, workSystem, scratch, roots: [work] };
  },
});
