import { assert, assertEquals } from "@std/assert";
import { killHard, startOnDisk } from "../support/disk_server.ts";
import { checkKept, Speaker } from "../support/speaker.ts";
import type { Program } from "../support/process.ts";
import { NEEDS, testNeeding } from "../support/needing.ts";
import { FailingDisk, FullDisk, type TroubledDisk } from "../support/troubled_disk.ts";
import { Wire } from "../support/wire.ts";

const ROOMS = ["lobby", "kitchen"];
const NAMES = ["ann", "bob", "cid"];
const IN_FLIGHT = 20;
/** How often each of them is to hear no before the disk is well again. */
const REFUSALS = 100;

async function proveTrouble(disk: TroubledDisk): Promise<void> {
  await using _disk = disk;
  await using server = await startOnDisk(disk.path, { wrap: disk.wrap });
  const { port, program } = server;
  using stack = new DisposableStack();
  const speakers = speakersOf(stack);
  for (const speaker of speakers) await speaker.connect(port);
  const zoe = stack.use(new Speaker("zoe", { rooms: ROOMS, others: [] }));
  await zoe.connect(port);
  await zoe.say();
  await zoe.settled();

  let healed = false;
  const speaking = await speakIntoTrouble(disk, program, speakers, () => healed);

  // Who is known connects, joins, reads; who is new hears why not; nobody's session ends of it.
  await zoe.connect(port);
  assert((await zoe.history("lobby")).length > 0);
  await zoe.wire.send("seen", { stream: "lobby", seq: 1, ref: "s" });
  const { code: seenCode, ref } = await zoe.wire.next("error");
  assertEquals([seenCode, ref], ["storage_failed", "s"]);
  // What was said last is not in the index yet, which is on the same disk.
  await zoe.wire.send("search", { query: "ann", ref: "f" });
  const found = await answerOf(zoe.wire, "f");
  assert(found === "search" || found === "storage_failed", found);
  await zoe.wire.send("join", { room: "attic" });
  assertEquals((await zoe.wire.next("joined")).seq, 0);
  const yan = stack.use(await Wire.dial({ host: "127.0.0.1", port }));
  await yan.send("connect", { protocol: 1, name: "yan" });
  assertEquals((await yan.next("error")).code, "storage_failed");

  await disk.end();
  // On the connection that heard no.
  await yan.send("connect", { protocol: 1, name: "yan" });
  assertEquals((await yan.next("connect_ack")).resumed, false);
  healed = true;
  await zoe.say();
  await speaking.ended;
  for (const speaker of [...speakers, zoe]) {
    await speaker.settled();
    for (const { id, code } of speaker.refusals) {
      assertEquals(code, "storage_failed");
      assert(!speaker.acked.get(id)!.duplicate, `${id} was refused, and stored all the same`);
    }
  }
  await zoe.wire.send("search", { query: "ann", ref: "g" });
  assertEquals(await answerOf(zoe.wire, "g"), "search");
  await checkAll([...speakers, zoe]);
}

/** Kills the server while its disk says no, and starts another one when it does not any more. */
async function proveKilledInTrouble(disk: TroubledDisk): Promise<void> {
  await using _disk = disk;
  using stack = new DisposableStack();
  const speakers = speakersOf(stack);
  {
    await using server = await startOnDisk(disk.path, { wrap: disk.wrap });
    for (const speaker of speakers) await speaker.connect(server.port);
    const speaking = await speakIntoTrouble(disk, server.program, speakers, () => false);
    await killHard(server);
    await speaking.ended;
    await disk.end();
  }
  await using server = await startOnDisk(disk.path);
  for (const speaker of speakers) await speaker.connect(server.port);
  await checkAll(speakers);
  for (const speaker of speakers) {
    await speaker.repeat();
    await speaker.settled();
  }
  await checkAll(speakers);
}

function speakersOf(stack: DisposableStack): Speaker[] {
  return NAMES.map((name) =>
    stack.use(
      new Speaker(name, { rooms: ROOMS, others: NAMES.filter((other) => other !== name) }),
    )
  );
}

/** Has all of them speak, and the trouble come in the middle of it; they have heard of it then. */
async function speakIntoTrouble(
  disk: TroubledDisk,
  program: Program,
  speakers: readonly Speaker[],
  isOver: () => boolean,
): Promise<{ readonly ended: Promise<unknown> }> {
  const enough = Promise.withResolvers<void>();
  const heardEnough = () => speakers.every(({ refusals }) => refusals.length >= REFUSALS);
  const ended = Promise.all(speakers.map((speaker) =>
    speaker.speak(IN_FLIGHT, () => {
      if (heardEnough()) enough.resolve();
      return isOver();
    })
  ));
  await Promise.race([ended, Promise.all([disk.begin(program), enough.promise])]);
  assert(heardEnough(), "a connection ended");
  return { ended };
}

async function checkAll(speakers: readonly Speaker[]): Promise<void> {
  for (const room of ROOMS) checkKept(room, await speakers[0]!.history(room), speakers);
  for (const speaker of speakers) {
    checkKept(speaker.inbox, await speaker.history(speaker.inbox), speakers);
  }
}

/** The type of an answer by its `ref`, or its code where it is an error. */
async function answerOf(wire: Wire, ref: string): Promise<string | undefined> {
  for (;;) {
    const message = await wire.receive();
    if (message === undefined) return undefined;
    const { ref: found, code } = message.payload as { ref?: string; code?: string };
    if (found === ref) return code ?? message.type;
  }
}

const HOLDS = "senders hear it, reading goes on, nothing acknowledged is lost, and it recovers";

testNeeding(NEEDS.mount, `A disk that fills up: ${HOLDS}`, () => proveTrouble(new FullDisk()));

for (
  const [name, faults] of [
    ["turns read-only", ["pwrite64:error=EROFS", "ftruncate:error=EROFS"]],
    ["loses what it should sync", ["fdatasync:error=EIO", "fsync:error=EIO"]],
  ] as const
) {
  testNeeding(
    NEEDS.strace,
    `A disk that ${name}: ${HOLDS}`,
    () => proveTrouble(new FailingDisk(faults)),
  );
  testNeeding(
    NEEDS.strace,
    `A server that is killed while its disk ${name} loses nothing that was acknowledged`,
    () => proveKilledInTrouble(new FailingDisk(faults)),
  );
}
