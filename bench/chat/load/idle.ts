import type { IdleJob } from "../job.ts";
import { joinAll } from "./crowd.ts";
import { timed } from "./timed.ts";

/** Members join, and say nothing but that they are there. */
export async function idle(job: IdleJob) {
  let joinSeconds = NaN;
  const figures = await timed(job.pid, async () => {
    ({ joinSeconds } = await joinAll(job, (member) => `room-${member % job.rooms}`));
  });
  return { joinSeconds, count: job.members, ...figures };
}
