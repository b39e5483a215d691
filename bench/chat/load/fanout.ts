import type { FanOutJob } from "../job.ts";
import { type Crowd, joinAll, WIRES } from "./crowd.ts";
import type { Member } from "./member.ts";
import { Progress } from "./progress.ts";
import { Sender } from "./sender.ts";
import { timed } from "./timed.ts";

/** The window goes out in so many writes. */
const WRITES_A_WINDOW = 20;

/** Some members of a room say things; every member counts what it gets. */
export async function fanOut(job: FanOutJob) {
  const crowd = await joinAll(job, () => "bench");
  const wire = WIRES[job.wire];
  const senders = crowd.members.slice(0, job.senders).map((member) => new Sender(wire, member));
  const receivers = wire.echoes ? job.members : job.members - 1;
  const burst = (messages: number) => sayAll(crowd, senders, messages, receivers, job.window);
  await burst(job.warmUp);
  const figures = await timed(job.pid, () => burst(job.messages));
  return { joinSeconds: crowd.joinSeconds, count: job.messages * receivers, ...figures };
}

/** Says so many things, and waits until everybody has got them all. */
async function sayAll(
  { members }: Crowd,
  senders: readonly Sender[],
  messages: number,
  receivers: number,
  window: number,
): Promise<void> {
  const progress = new Progress(messages * receivers);
  const batch = Math.max(1, Math.floor(window / WRITES_A_WINDOW));
  let sent = 0;
  let turn = 0;
  const pump = () => {
    while (sent < messages && sent - Math.floor(progress.count / receivers) + batch <= window) {
      let asked = 0;
      while (senders[turn]!.busy && asked++ < senders.length) turn = (turn + 1) % senders.length;
      const sender = senders[turn]!;
      if (sender.busy) return;
      turn = (turn + 1) % senders.length;
      const count = Math.min(batch, messages - sent);
      sent += count;
      sender.send(count).then(pump, reportError);
    }
  };
  const seen = members.map(({ tally }) => tally.messages);
  const onRead = ({ number, tally }: Member) => {
    const count = tally.messages - seen[number]!;
    if (count === 0) return;
    seen[number] = tally.messages;
    progress.add(count);
    pump();
  };
  for (const member of members) member.onRead = onRead;
  pump();
  await progress.reached;
}
