import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { backUp, type BackUpOptions } from "../../server/back_up.ts";
import { DataFolder } from "../../server/data_folder.ts";
import { DatabaseError } from "../../sqlite/database_error.ts";
import { entry } from "../contracts/event_log.ts";
import { TempFolder } from "../support/temp.ts";

const everything = { after: 0, limit: 10_000, maxBytes: Infinity };

/** A data folder with some events in it, closed. */
async function filled(temp: TempFolder, count = 10): Promise<string> {
  const path = temp.file("data");
  await using folder = await DataFolder.open(path);
  await folder.log.append(Array.from({ length: count }, () => entry()));
  return path;
}

function namesIn(path: string): string[] {
  return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
}

/** Why a backup was refused. */
async function refusal(
  data: string,
  target: string,
  options?: BackUpOptions,
): Promise<DatabaseError> {
  return await assertRejects(() => backUp(data, target, options), DatabaseError);
}

Deno.test("backUp copies everything into one file that only this user can read", async () => {
  await using temp = new TempFolder();
  const [data, target] = [await filled(temp), temp.file("a/copy")];
  const { events, streams, bytes } = await backUp(data, target);
  assertEquals([events, streams, bytes], [10, 1, Deno.statSync(`${target}/parley.db`).size]);
  assertEquals(namesIn(target), ["parley.db", "parley.lock"]);
  assertEquals(Deno.statSync(target).mode! & 0o777, 0o700);
  assertEquals(Deno.statSync(`${target}/parley.db`).mode! & 0o777, 0o600);
  await using original = await DataFolder.open(data);
  await using copy = await DataFolder.open(target);
  assertEquals(
    await copy.log.read("lobby", everything),
    await original.log.read("lobby", everything),
  );
});

Deno.test("backUp copies while a server writes: what was acknowledged before is in it (I1)", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  await using folder = await DataFolder.open(data);
  const { log } = folder;
  let appended = 0;
  let done = false;
  const writing = (async () => {
    while (!done) appended = (await log.append([entry(), entry()])).at(-1)!.seq;
  })();
  try {
    for (let at = 0; at < 5; at++) {
      // Each on its own: the event loop of `backUp` is the one that appends here.
      await log.append([entry()]);
      const before = appended;
      const { events } = await backUp(data, temp.file(`copy${at}`));
      assert(events >= before);
      await using copy = await DataFolder.open(temp.file(`copy${at}`));
      const { last, countAfter } = await copy.log.state("lobby");
      assertEquals([last, countAfter], [events, events]);
    }
  } finally {
    done = true;
    await writing;
  }
});

Deno.test("backUp copies what a server left that was killed", async () => {
  await using temp = new TempFolder();
  const data = temp.file("data");
  Deno.mkdirSync(temp.file("killed"));
  {
    await using folder = await DataFolder.open(data);
    await folder.log.append([entry(), entry()]);
    // As a kill leaves it: everything is in the WAL.
    for (const name of ["parley.db", "parley.db-wal"]) {
      Deno.copyFileSync(`${data}/${name}`, temp.file(`killed/${name}`));
    }
  }
  assertEquals((await backUp(temp.file("killed"), temp.file("copy"))).events, 2);
});

Deno.test("backUp makes another log of the copy, in which positions count as before (I3)", async () => {
  await using temp = new TempFolder();
  const [data, target] = [await filled(temp), temp.file("copy")];
  const positionOf = async (folder: DataFolder) =>
    JSON.parse((await folder.registry.get("seen/ann/lobby"))!.value);
  let log: string;
  {
    await using folder = await DataFolder.open(data);
    ({ log } = await folder.log.state("lobby"));
    await folder.registry.put("seen/ann/lobby", JSON.stringify({ log, seq: 7 }), 0);
    // Whoever takes the log's id for a name keeps it.
    await folder.registry.put(`name/${log}`, JSON.stringify({ name: log }), 0);
  }
  await backUp(data, target);
  await using copy = await DataFolder.open(target);
  const state = await copy.log.state("lobby");
  assertNotEquals(state.log, log);
  assertMatch(state.log, /^[0-9a-f]{32}$/);
  assertEquals(await positionOf(copy), { log: state.log, seq: 7 });
  const name = (await copy.registry.get(`name/${log}`))!.value;
  assertEquals(JSON.parse(name), { name: log });
  await using original = await DataFolder.open(data);
  assertEquals([(await original.log.state("lobby")).log, await positionOf(original)], [
    log,
    { log, seq: 7 },
  ]);
});

Deno.test("backUp replaces nothing unless it is told to, and then all of it (I2)", async () => {
  await using temp = new TempFolder();
  const [data, target] = [await filled(temp), temp.file("target")];
  {
    await using old = await DataFolder.open(target);
    await old.log.append([entry({ stream: "old" })]);
    const busy = await refusal(data, target, { force: true });
    assertEquals([busy.fault, busy.message], [
      "in_use",
      `Cannot back up to ${target}: a server is using that folder`,
    ]);
    // As if that server were killed: its WAL stays, and belongs to no other database.
    Deno.copyFileSync(`${target}/parley.db-wal`, temp.file("wal"));
  }
  Deno.copyFileSync(temp.file("wal"), `${target}/parley.db-wal`);
  const before = Deno.readFileSync(`${target}/parley.db`);
  assertMatch((await refusal(data, target)).message, /in it already.*--force/);
  assertEquals(Deno.readFileSync(`${target}/parley.db`), before);
  await backUp(data, target, { force: true });
  await using copy = await DataFolder.open(target);
  assertEquals((await copy.log.state("old")).last, 0);
  assertEquals((await copy.log.state("lobby")).last, 10);
});

Deno.test("backUp leaves no half a copy, and takes away that of one that was killed (I2)", async () => {
  await using temp = new TempFolder();
  const [data, target] = [await filled(temp, 2_000), temp.file("target")];
  await Deno.mkdir(target);
  await temp.write("target/.parley.db.part", "half a copy");
  await temp.write("target/.parley.db.part-journal", "its journal");
  const bytes = Deno.readFileSync(`${data}/parley.db`);
  Deno.writeFileSync(`${data}/parley.db`, bytes.slice().fill(0xa5, 40_000, 80_000));
  const error = await refusal(data, target);
  assertEquals(error.fault, "damaged");
  assertMatch(error.message, /^Cannot back up .*data: its parley\.db is damaged/);
  assertEquals(namesIn(target), ["parley.lock"]);
  Deno.writeFileSync(`${data}/parley.db`, bytes);
  await backUp(data, target);
  assertEquals(namesIn(target), ["parley.db", "parley.lock"]);
});

Deno.test("backUp says why it cannot copy", async () => {
  await using temp = new TempFolder();
  const target = temp.file("copy");
  assertMatch((await refusal(temp.file("none"), target)).message, /there is no such folder/);
  Deno.mkdirSync(temp.file("empty"));
  assertMatch((await refusal(temp.file("empty"), target)).message, /there is no parley\.db in it/);
  await temp.write("empty/parley.db", "");
  assertMatch((await refusal(temp.file("empty"), target)).message, /its parley\.db is empty/);
  await temp.write("empty/parley.db", "this is a text about parleys\n".repeat(1_000));
  assertEquals((await refusal(temp.file("empty"), target)).fault, "damaged");
  const data = await filled(temp);
  assertMatch((await refusal(data, `${data}/.`)).message, /cannot be in the same folder/);
  await temp.write("file", "");
  assertEquals((await refusal(data, temp.file("file/copy"))).fault, "unusable");
  for (
    const [pragma, code] of [["user_version = 99", "newer"], ["application_id = 1", "foreign"]]
  ) {
    const database = new DatabaseSync(`${data}/parley.db`);
    database.exec(`PRAGMA ${pragma}`);
    database.close();
    assertEquals((await refusal(data, target)).fault, code);
  }
  assertEquals(temp.names().includes("copy"), false);
});

Deno.test("backUp copies shared files, by a second name or by their bytes, and the copy has them", async () => {
  await using temp = new TempFolder();
  const [data, target] = [temp.file("data"), temp.file("copy")];
  await using folder = await DataFolder.open(data);
  const files = folder.files!;
  const share = (text: string) => {
    const upload = files.begin("ann", { name: "a.txt", size: text.length });
    upload.write(new TextEncoder().encode(text));
    return upload.commit();
  };
  const [kept, removed] = [await share("kept"), await share("removed")];
  files.begin("ann", { name: "half", size: 10, isKept: true }).write(new Uint8Array(5));
  await files.remove("ann", removed.id);
  assertEquals((await backUp(data, target)).files, { count: 1, bytes: 4 });
  assertEquals(namesIn(`${target}/files`), [kept.id]);
  assertEquals(Deno.statSync(`${target}/files/${kept.id}`).mode! & 0o777, 0o600);
  // A part that an earlier backup has left, and that cannot be linked over.
  Deno.removeSync(`${target}/files/${kept.id}`);
  Deno.writeTextFileSync(`${target}/files/${kept.id}`, "k");
  await backUp(data, target, { force: true });
  await files.remove("ann", kept.id);
  {
    await using copy = await DataFolder.open(target);
    assertEquals(await copy.files!.find(kept.id), kept);
  }
  assertEquals(Deno.readTextFileSync(`${target}/files/${kept.id}`), "kept");
});
