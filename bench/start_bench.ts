// How long the terminal client takes from its start to its first prompt, beside irssi and Deno itself, in turns. Ratios are
// of medians. A table for people, then one line of JSON. Linux only, and nothing else running.
import { fromFileUrl } from "@std/path";
import { runBench, UsageError } from "./program.ts";
import { type Bench, prompts, type Sizes } from "./start/prompts.ts";
import { isInstalled } from "./transfer/commands.ts";

const USAGE = `How long client.ts takes from its start to its first prompt.

  deno task bench:start [options]

  --rounds N         starts of each program that count                          (15)
  --json FILE        write what was found as JSON, too
  --quick            three starts: shows that it works, not how fast`;

await runBench<Sizes, Bench>({
  name: "start",
  usage: USAGE,
  sections: { prompts },
  full: { rounds: 15 },
  quick: { rounds: 3 },
  numbers: { rounds: "rounds" },
  words: [],
  async prepare({ sizes }, { folder }) {
    if (!await isInstalled("script")) {
      throw new UsageError(
        "It takes script, which gives programs a terminal (apt install bsdutils)",
      );
    }
    const project = fromFileUrl(new URL("../", import.meta.url));
    return { sizes, folder: await folder(undefined), project };
  },
});
