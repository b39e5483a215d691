import { assert, assertEquals } from "@std/assert";
import { killHard, startOnDisk } from "../support/disk_server.ts";
import { checkKept, type Heard, Speaker } from "../support/speaker.ts";
import { TempFolder } from "../support/temp.ts";

const KILLS = 20;
const IN_FLIGHT = 30;
const ROOMS = ["lobby", "kitchen", "garden"];
const NAMES = ["ann", "bob", "cid", "dora", "eve"];

/** Reads all streams, and checks each against what was acknowledged. */
async function audit(speakers: readonly Speaker[]): Promise<Map<string, readonly Heard[]>> {
  const streams = new Map<string, readonly Heard[]>();
  for (const room of ROOMS) streams.set(room, await speakers[0]!.history(room));
  await Promise.all(speakers.map(async (speaker) => {
    streams.set(speaker.inbox, await speaker.history(speaker.inbox));
  }));
  for (const [stream, heard] of streams) checkKept(stream, heard, speakers);
  return streams;
}

Deno.test("What was acknowledged survives kill -9 under load, twenty times: once, with the same seq", async () => {
  await using temp = new TempFolder();
  let acks = 0;
  let goal = Promise.withResolvers<void>();
  let untilKill = 0;
  const speakers = NAMES.map((name) =>
    new Speaker(name, { rooms: ROOMS, others: NAMES.filter((other) => other !== name) }, () => {
      acks++;
      if (--untilKill === 0) goal.resolve();
    })
  );
  using stack = new DisposableStack();
  for (const speaker of speakers) stack.use(speaker);
  let unheard = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    await using server = await startOnDisk(temp.path);
    for (const speaker of speakers) await speaker.connect(server.port);
    const streams = await audit(speakers);
    const kept = new Set([...streams.values()].flatMap((heard) => heard.map(({ id }) => id)));
    const repeated = speakers.flatMap(({ open }) => [...open.keys()]);
    for (const speaker of speakers) await speaker.repeat();
    for (const speaker of speakers) await speaker.settled();
    // Stored and not acknowledged before the kill, or first now: the acknowledgement tells which.
    for (const id of repeated) {
      const ack = speakers.map(({ acked }) => acked.get(id)).find((ack) => ack !== undefined)!;
      assertEquals(ack.duplicate, kept.has(id), id);
      if (ack.duplicate) unheard++;
    }
    goal = Promise.withResolvers();
    untilKill = 1 + Math.floor(Math.random() * 400);
    const speaking = speakers.map((speaker) => speaker.speak(IN_FLIGHT));
    await goal.promise;
    await killHard(server);
    await Promise.all(speaking);
  }
  await using server = await startOnDisk(temp.path);
  for (const speaker of speakers) await speaker.connect(server.port);
  await audit(speakers);
  for (const speaker of speakers) await speaker.repeat();
  for (const speaker of speakers) await speaker.settled();
  const streams = await audit(speakers);
  for (const room of ROOMS) {
    assertEquals(await speakers[0]!.sinceStart(room), streams.get(room), `${room} by since`);
  }
  // Everything has its acknowledgement now: so it is all of it that is there, and nothing else.
  const said = speakers.reduce((sum, { acked }) => sum + acked.size, 0);
  const privates = speakers.flatMap(({ acked }) => [...acked.values()])
    .filter(({ stream }) => stream.startsWith("@")).length;
  const there = [...streams.values()].reduce((sum, heard) => sum + heard.length, 0);
  assertEquals([acks, there], [said, said + privates]);
  assert(unheard > 0, "no kill fell between a commit and its acknowledgements");
});
