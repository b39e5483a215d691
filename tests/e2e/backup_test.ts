import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { startOnDisk } from "../support/disk_server.ts";
import { Program } from "../support/process.ts";
import { type Acknowledged, checkKept, Speaker } from "../support/speaker.ts";
import { TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const ROOMS = ["lobby", "kitchen"];
const NAMES = ["ann", "bob", "cid"];
const IN_FLIGHT = 100;
const COPIES = 3;

/** Runs the program with no more than it says that it needs. */
function backup(temp: TempFolder, ...args: readonly string[]): Program {
  const folder = temp.path;
  return Program.start("backup.ts", args, {
    deno: ["-P=backup", `--allow-read=${folder}`, `--allow-write=${folder}`],
  });
}

async function copied(temp: TempFolder, data: string, target: string): Promise<number> {
  await using program = backup(temp, data, target);
  const { code, stdout, stderr } = await program.finish();
  assertEquals([code, stderr], [0, []], program.transcript);
  const line = /^copied (\d+) events? of (\d+) streams?, (\d+) bytes in \d+\.\d\d s to (.+)$/.exec(
    stdout[0]!,
  );
  assert(line !== null && stdout.length === 1, program.transcript);
  const [, events, streams, bytes, to] = line;
  assertEquals([Number(streams), to], [ROOMS.length + NAMES.length, target]);
  assertEquals(Number(bytes), Deno.statSync(`${target}/parley.db`).size);
  return Number(events);
}

Deno.test("backup.ts copies the log of a server at full speed: all that was acknowledged before is in the copy", async () => {
  await using temp = new TempFolder();
  await using server = await startOnDisk(temp.file("data"));
  using stack = new DisposableStack();
  let done = false;
  const acked = [Promise.withResolvers<void>()];
  let acks = 0;
  const speakers = NAMES.map((name) =>
    stack.use(
      new Speaker(name, { rooms: ROOMS, others: NAMES.filter((other) => other !== name) }, () => {
        if (++acks % 1_000 === 0) acked.at(-1)!.resolve();
      }),
    )
  );
  for (const speaker of speakers) await speaker.connect(server.port);
  const speaking = speakers.map((speaker) => speaker.speak(IN_FLIGHT, () => done));
  const before: Map<string, Acknowledged>[][] = [];
  const after: number[] = [];
  for (let copy = 0; copy < COPIES; copy++) {
    await acked.at(-1)!.promise;
    acked.push(Promise.withResolvers());
    before.push(speakers.map(({ acked }) => new Map(acked)));
    const began = acks;
    after.push(await copied(temp, temp.file("data"), temp.file(`copy${copy}`)));
    assert(acks > began, "nothing was said while it was copied");
  }
  done = true;
  await Promise.all(speaking);
  for (const speaker of speakers) await speaker.settled();
  const cursors = speakers.map(({ log }) => log);
  for (const [copy, known] of before.entries()) {
    await using restored = await startOnDisk(temp.file(`copy${copy}`));
    let events = 0;
    for (const speaker of speakers) {
      // Names and their tokens are in it; it is another log, so a cursor counts nothing.
      const ack = await speaker.connect(restored.port);
      assertEquals([ack.inbox.complete, ack.log === cursors[copy]], [false, false]);
      const heard = await speaker.history(speaker.inbox);
      events += heard.length;
      checkKept(speaker.inbox, heard, known.map((acked) => ({ acked })));
    }
    for (const room of ROOMS) {
      const heard = await speakers[0]!.history(room);
      events += heard.length;
      checkKept(room, heard, known.map((acked) => ({ acked })));
    }
    assertEquals(events, after[copy], "as many as it said");
  }
});

Deno.test("a server on a copy: who knows the lost log is told, and gets all, also what bears numbers that were used before", async () => {
  await using temp = new TempFolder();
  const say = async (wire: Wire, texts: readonly string[]) => {
    for (const text of texts) {
      await wire.send("message", { room: "lobby", text, id: text.replace(" ", "-") });
      await wire.next("ack");
    }
  };
  const connect = async (port: number, payload: object) => {
    const wire = await Wire.dial({ host: "127.0.0.1", port });
    await wire.send("connect", { protocol: 1, room: "lobby", ...payload });
    return wire;
  };
  let token: string;
  let log: string;
  {
    await using server = await startOnDisk(temp.file("data"));
    using ann = await connect(server.port, { name: "ann" });
    ({ token, log } = await ann.next("connect_ack"));
    await say(ann, ["1", "2"]);
    await using program = backup(temp, temp.file("data"), temp.file("copy"));
    assertEquals((await program.finish()).code, 0, program.transcript);
    await say(ann, ["lost 3", "lost 4"]);
  }
  await using server = await startOnDisk(temp.file("copy"));
  using bob = await connect(server.port, { name: "bob" });
  await bob.next("joined");
  await say(bob, ["new 3", "new 4", "new 5"]);
  using ann = await connect(server.port, { name: "ann", token, log, since: { lobby: 4 } });
  const ack = await ann.next("connect_ack");
  assert(ack.resumed);
  assertNotEquals(ack.log, log);
  const joined = await ann.next("joined");
  assertEquals([joined.seq, joined.missed, joined.complete], [5, 5, false]);
  const texts = [];
  for (let at = 0; at < 5; at++) texts.push((await ann.next("message")).text);
  assertEquals(texts, ["1", "2", "new 3", "new 4", "new 5"]);
  // What was lost is said again, as a client does that has no acknowledgement of it.
  await ann.send("message", { room: "lobby", text: "lost 3", id: "lost-3" });
  const { seq, duplicate } = await ann.next("ack");
  assertEquals([seq, duplicate], [6, undefined]);
});

Deno.test("backup.ts says in a sentence why it does not copy, and changes nothing", async () => {
  await using temp = new TempFolder();
  await (await startOnDisk(temp.file("data")))[Symbol.asyncDispose]();
  const refusal = async (code: number, ...args: readonly string[]) => {
    await using program = backup(temp, ...args);
    const { code: got, stdout, stderr } = await program.finish();
    assertEquals([got, stdout, stderr.length], [code, [], 1], program.transcript);
    return stderr[0]!;
  };
  const [data, target] = [temp.file("data"), temp.file("copy")];
  assertMatch(await refusal(2, data), /DATA TARGET is missing/);
  assertMatch(await refusal(2, data, target, "more"), /Two folders are needed/);
  assertMatch(
    await refusal(1, temp.file("none"), target),
    /Cannot back up .*none: there is no such/,
  );
  await temp.write("target", "");
  assertMatch(await refusal(1, data, temp.file("target")), /Cannot back up to .*target: /);
  assertMatch(await refusal(1, data, "/elsewhere"), /Not permitted: .*--allow-write=\/elsewhere/);
  {
    await using program = backup(temp, data, target);
    assertEquals((await program.finish()).code, 0, program.transcript);
  }
  assertMatch(await refusal(1, data, target), /there is a parley\.db in it already.*--force/);
  {
    await using program = backup(temp, data, target, "--force");
    assertEquals((await program.finish()).code, 0, program.transcript);
  }
  await using _server = await startOnDisk(target);
  assertMatch(await refusal(1, data, target, "--force"), /a server is using that folder/);
});
