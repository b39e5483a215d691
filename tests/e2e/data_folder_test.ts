import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { ChatClient } from "../../client/chat_client.ts";
import { onFolder, startOnDisk } from "../support/disk_server.ts";
import { Program } from "../support/process.ts";
import { Speaker } from "../support/speaker.ts";
import { TempFolder } from "../support/temp.ts";

/** Starts server.ts on a folder that it cannot use: the one line that it says. */
async function refusal(data: string): Promise<string> {
  const { args, deno } = onFolder(data);
  await using server = Program.start("server.ts", args, { deno });
  const { code, stdout, stderr } = await server.finish();
  assertEquals([code, stdout, stderr.length], [1, [], 1], server.transcript);
  return stderr[0]!;
}

/** A data folder that a server has used and left. */
async function used(temp: TempFolder): Promise<string> {
  const data = temp.file("data");
  await using server = await startOnDisk(data);
  using ann = new Speaker("ann", { rooms: ["lobby"], others: [] });
  await ann.connect(server.port);
  for (let at = 0; at < 500; at++) await ann.say();
  await ann.settled();
  server.program.kill("SIGTERM");
  assertEquals((await server.program.finish()).code, 0);
  return data;
}

Deno.test("server.ts refuses a folder that another server has, which is not disturbed, and takes it when that is killed", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  using ann = new Speaker("ann", { rooms: ["lobby"], others: [] });
  {
    await using first = await startOnDisk(data);
    await ann.connect(first.port);
    const line = await refusal(data);
    assertMatch(
      line,
      /^server\.ts: Cannot use .*data: another server keeps its log there\. Stop it/,
    );
    await ann.say();
    await ann.settled();
  }
  await using second = await startOnDisk(data);
  await ann.connect(second.port);
  assertEquals((await ann.history("lobby")).length, 1);
});

Deno.test("server.ts --retain keeps so many messages of each room, and all of them without it", async () => {
  await using temp = new TempFolder();
  for (const [args, kept] of [[["--retain", "count=5"], 5], [[], 12]] as const) {
    await using server = await startOnDisk(temp.file(`keeps ${kept}`), { args: [...args] });
    using ann = new Speaker("ann", { rooms: ["lobby"], others: [] });
    await ann.connect(server.port);
    for (let at = 0; at < 12; at++) await ann.say();
    await ann.settled();
    const seqs = (await ann.history("lobby")).map(({ seq }) => seq);
    assertEquals(seqs, Array.from({ length: 12 }, (_, at) => at + 1).slice(-kept));
  }
});

Deno.test("server.ts leaves a damaged database alone and says what to do", async () => {
  await using temp = new TempFolder();
  const data = await used(temp);
  const bytes = Deno.readFileSync(`${data}/parley.db`).fill(0xa5, 20_000, 60_000);
  Deno.writeFileSync(`${data}/parley.db`, bytes);
  assertMatch(await refusal(data), /parley\.db: it is damaged .*put a backup in its place/);
  assertEquals(Deno.readFileSync(`${data}/parley.db`), bytes);
});

Deno.test("server.ts leaves the database of a newer version alone and says what to do", async () => {
  await using temp = new TempFolder();
  const data = await used(temp);
  const database = new DatabaseSync(`${data}/parley.db`);
  database.exec("PRAGMA user_version = 99");
  database.close();
  const bytes = Deno.readFileSync(`${data}/parley.db`);
  assertMatch(await refusal(data), /its version is 99.*Run the version of Parley that wrote it/);
  assertEquals(Deno.readFileSync(`${data}/parley.db`), bytes);
});

Deno.test("server.ts ends with 1 when a worker of its database does, and what it had acknowledged is there then", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  const { args } = onFolder(data);
  await using broken = Program.start("tests/support/server_that_breaks.ts", args);
  const [, port] = await broken.line(/^chat listening on 127\.0\.0\.1:(\d+)$/);
  {
    await using ann = await ChatClient.connect({ port: Number(port), name: "ann", room: "lobby" });
    await ann.send("lobby", "kept");
    broken.kill("SIGUSR1");
    assertEquals((await broken.status).code, 1);
  }
  assertStringIncludes(broken.lines.stderr.join("\n"), "cannot be used any more");
  await using server = await startOnDisk(data);
  await using bob = await ChatClient.connect({ port: server.port, name: "bob", room: "lobby" });
  const { messages } = await bob.history("lobby");
  assertEquals(messages.map(({ text }) => text), ["kept"]);
});
