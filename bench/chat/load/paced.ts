import type { PacedJob } from "../job.ts";
import { type Crowd, joinAll, WIRES } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { Progress } from "./progress.ts";
import { Sender } from "./sender.ts";
import { timed } from "./timed.ts";

const TICK_MS = 1;

/** One member of a room says so many things a second; every member tells how late it gets each. */
export async function paced(job: PacedJob) {
  const crowd = await joinAll(job, () => "bench");
  const sender = new Sender(WIRES[job.wire], crowd.members[0]!);
  await sayPaced(crowd, sender, job.perSecond, job.warmUpSeconds);
  let latencies: Latencies | undefined;
  const figures = await timed(job.pid, async () => {
    latencies = await sayPaced(crowd, sender, job.perSecond, job.seconds);
  });
  const count = job.perSecond * job.seconds * job.members;
  return { joinSeconds: crowd.joinSeconds, count, latencyMs: latencies!.summary(), ...figures };
}

async function sayPaced(
  { members }: Crowd,
  sender: Sender,
  perSecond: number,
  seconds: number,
): Promise<Latencies> {
  const messages = perSecond * seconds;
  const latencies = new Latencies(messages * members.length);
  const progress = new Progress(messages * members.length);
  const first = sender.sent;
  const sentAt = new Float64Array(messages);
  for (const member of members) {
    // One sender's messages come in order: the nth that comes is the nth that was sent.
    let next = member.tally.messages;
    const base = next;
    member.onRead = ({ tally }) => {
      const now = performance.now();
      const before = next;
      for (; next < tally.messages; next++) latencies.add(now - sentAt[next - base]!);
      progress.add(next - before);
    };
  }
  const startedAt = performance.now();
  const ticking = setInterval(() => {
    if (sender.busy) return;
    const now = performance.now();
    const sent = sender.sent - first;
    const due = Math.min(messages, Math.floor((now - startedAt) * perSecond / 1_000)) - sent;
    if (due <= 0) return;
    sentAt.fill(now, sent, sent + due);
    sender.send(due).catch(reportError);
  }, TICK_MS);
  await progress.reached.finally(() => clearInterval(ticking));
  return latencies;
}
