import type { IngestJob } from "../job.ts";
import { type Crowd, joinAll, WIRES } from "./crowd.ts";
import { Latencies } from "./latencies.ts";
import { Progress } from "./progress.ts";
import { Sender } from "./sender.ts";
import { timed } from "./timed.ts";

/** Each member says things in its own room, so much at once as it may without acknowledgement. */
export async function ingest(job: IngestJob) {
  const crowd = await joinAll(job, (member) => `r.${member}`);
  await store(crowd, job, job.warmUp);
  let latencies: Latencies | undefined;
  const figures = await timed(job.pid, async () => {
    latencies = await store(crowd, job, job.messages);
  });
  const count = job.messages * job.members;
  return {
    joinSeconds: crowd.joinSeconds,
    count,
    latencyMs: latencies!.summary(),
    ...figures,
  };
}

/** Lets every member say so many things, and waits until all are acknowledged. */
async function store(
  { members }: Crowd,
  { wire, inFlight }: IngestJob,
  messages: number,
): Promise<Latencies> {
  const latencies = new Latencies(messages * members.length);
  const progress = new Progress(messages * members.length);
  for (const member of members) {
    const sender = senderOf(WIRES[wire], member);
    const end = sender.sent + messages;
    /** When each one in flight was sent: acknowledgements come in their order. */
    const sentAt = new Float64Array(inFlight);
    let acknowledged = sender.sent;
    const topUp = async () => {
      while (!sender.busy) {
        const count = Math.min(inFlight - (sender.sent - acknowledged), end - sender.sent);
        if (count <= 0) return;
        const now = performance.now();
        for (let nth = 0; nth < count; nth++) sentAt[(sender.sent + nth) % inFlight] = now;
        await sender.send(count);
      }
    };
    member.onRead = ({ tally }) => {
      const now = performance.now();
      const count = tally.acks - acknowledged;
      for (; acknowledged < tally.acks; acknowledged++) {
        latencies.add(now - sentAt[acknowledged % inFlight]!);
      }
      progress.add(count);
      topUp().catch(reportError);
    };
    topUp().catch(reportError);
  }
  await progress.reached;
  return latencies;
}

const senders = new Map<Crowd["members"][number], Sender>();

/** A member's one sender: its ids go on where they were. */
function senderOf(...[wire, member]: ConstructorParameters<typeof Sender>): Sender {
  let sender = senders.get(member);
  if (sender === undefined) senders.set(member, sender = new Sender(wire, member));
  return sender;
}
