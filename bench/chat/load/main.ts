// The load program: does the job that its argument describes in JSON, and prints what it came to. It is
// a process of its own, so that it can have a core of its own.
import type { Job, JobResult } from "../job.ts";
import { fanOut } from "./fanout.ts";
import { idle } from "./idle.ts";
import { ingest } from "./ingest.ts";
import { paced } from "./paced.ts";

function run(job: Job): Promise<JobResult> {
  switch (job.kind) {
    case "fanout":
      return fanOut(job);
    case "ingest":
      return ingest(job);
    case "paced":
      return paced(job);
    case "idle":
      return idle(job);
    default:
      throw new TypeError(`There is no such job: ${JSON.stringify(job satisfies never)}`);
  }
}

const job: Job = JSON.parse(Deno.args[0] ?? "{}");
const result = await run(job);
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(result)}\n`));
// Who is idle stays: its connections keep the program.
if (job.kind !== "idle") Deno.exit(0);
