import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { DataFolder } from "../../server/data_folder.ts";
import { DatabaseError } from "../../sqlite/database_error.ts";
import { entry } from "../contracts/event_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";

const everything = { after: 0, limit: 1_000, maxBytes: Infinity };

/** The bytes of every file in a folder that is not the lock, nor a shared one. */
function contents(temp: TempFolder): Map<string, string> {
  const names = temp.names().filter((name) => !["parley.lock", "files"].includes(name));
  return new Map(names.map((name) => [name, Deno.readFileSync(temp.file(name)).toBase64()]));
}

/** Opens a folder that cannot be used, and says how that was told. */
async function refusal(temp: TempFolder): Promise<DatabaseError> {
  const before = contents(temp);
  const error = await assertRejects(() => DataFolder.open(temp.path), DatabaseError);
  assertEquals(contents(temp), before, "something in the folder was changed");
  return error;
}

Deno.test("DataFolder keeps events, ids, names and the log's id over a restart", async () => {
  await using temp = new TempFolder();
  const [one, two] = [entry(), entry()];
  const state = await (async () => {
    await using folder = await DataFolder.open(temp.path);
    const [answer] = await folder.log.append([one]);
    assertEquals(answer!.stored, "disk");
    await folder.registry.put("name/ann", "token", 0);
    return await folder.log.state("lobby");
  })();
  await using folder = await DataFolder.open(temp.path);
  assertEquals(await folder.log.state("lobby"), state);
  const answers = await folder.log.append([one, two]);
  assertEquals(answers.map(({ duplicate, seq }) => [duplicate, seq]), [[true, 1], [false, 2]]);
  const { events } = await folder.log.read("lobby", everything);
  assertEquals(events, [{ ...one, seq: 1 }, { ...two, seq: 2 }]);
  assertEquals((await folder.registry.get("name/ann"))?.value, "token");
  const put = await folder.registry.put("name/bob", "token", 0);
  assertEquals(put, { ok: true, revision: 2 });
});

Deno.test("DataFolder finds after a restart what was said before it, indexed or not", async () => {
  await using temp = new TempFolder();
  const texts = ["red tea", "green tea", "coffee"];
  const search = { query: "tea", streams: new Map([["lobby", 0]]), limit: 10, maxBytes: Infinity };
  {
    await using folder = await DataFolder.open(temp.path);
    await folder.log.append([entry({ body: JSON.stringify({ text: texts[0] }) })]);
    assertEquals((await folder.log.search(search)).events.length, 1);
    await folder.log.append(
      texts.slice(1).map((text) => entry({ body: JSON.stringify({ text }) })),
    );
  }
  {
    await using folder = await DataFolder.open(temp.path);
    assertEquals((await folder.log.search(search)).events.length, 2);
  }
  // The index is made of the log: whatever becomes of it, it is made again.
  await Deno.writeTextFile(temp.file("search.db"), "no database at all".repeat(1_000));
  await using folder = await DataFolder.open(temp.path);
  assertEquals((await folder.log.search(search)).events.length, 2);
});

Deno.test("DataFolder lets one server have a folder, and the next one when that is gone", async () => {
  await using temp = new TempFolder();
  {
    await using _folder = await DataFolder.open(temp.path);
    const error = await refusal(temp);
    assertEquals(error.fault, "in_use");
    assertStringIncludes(error.message, temp.path);
  }
  await using _again = await DataFolder.open(temp.path);
});

Deno.test("DataFolder is readable by nobody else", async () => {
  await using temp = new TempFolder();
  const path = temp.file("data");
  await using folder = await DataFolder.open(path);
  await folder.log.append([entry()]);
  const streams = new Map([["lobby", 0]]);
  await folder.log.search({ query: "tea", streams, limit: 1, maxBytes: Infinity });
  assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
  for (const { name } of Deno.readDirSync(path)) {
    assertEquals(Deno.statSync(`${path}/${name}`).mode! & 0o077, 0, name);
  }
});

Deno.test("DataFolder leaves alone what is no database", async () => {
  await using temp = new TempFolder();
  await temp.write("parley.db", "this is a text about parleys\n".repeat(1_000));
  const error = await refusal(temp);
  assertEquals(error.fault, "damaged");
  assertMatch(error.message, /parley\.db: it is damaged .*put a backup in its place/);
});

Deno.test("DataFolder leaves alone a database of which a piece is missing or overwritten", async () => {
  for (const damage of ["cut", "overwritten"] as const) {
    await using temp = new TempFolder();
    {
      await using folder = await DataFolder.open(temp.path);
      await folder.log.append(Array.from({ length: 2_000 }, () => entry()));
    }
    const bytes = await Deno.readFile(temp.file("parley.db"));
    if (damage === "overwritten") bytes.fill(0xa5, 40_000, 80_000);
    await Deno.writeFile(
      temp.file("parley.db"),
      damage === "cut" ? bytes.subarray(0, bytes.length / 2) : bytes,
    );
    assertEquals((await refusal(temp)).fault, "damaged", damage);
  }
});

Deno.test("DataFolder leaves alone the database of a newer version", async () => {
  await using temp = new TempFolder();
  await (await DataFolder.open(temp.path)).close();
  const database = new DatabaseSync(temp.file("parley.db"));
  database.exec("PRAGMA user_version = 99");
  database.close();
  const error = await refusal(temp);
  assertEquals(error.fault, "newer");
  assertStringIncludes(error.message, "version is 99");
});

Deno.test("DataFolder leaves alone the database of another program", async () => {
  await using temp = new TempFolder();
  const database = new DatabaseSync(temp.file("parley.db"));
  database.exec("CREATE TABLE recipes (name TEXT)");
  database.close();
  assertEquals((await refusal(temp)).fault, "foreign");
});

Deno.test("DataFolder says why a folder cannot be used", async () => {
  await using temp = new TempFolder();
  await temp.write("file", "");
  const error = await assertRejects(() => DataFolder.open(temp.file("file/data")), DatabaseError);
  assertEquals(error.fault, "unusable");
  assertStringIncludes(error.message, "--memory");
  await Deno.mkdir(temp.file("folder/parley.db"), { recursive: true });
  const folder = await assertRejects(() => DataFolder.open(temp.file("folder")), DatabaseError);
  assertEquals(folder.fault, "unusable");
  assertMatch(folder.message, /^Cannot use .*parley\.db: /);
  const full = await assertRejects(
    () => DataFolder.open(temp.file("small"), { maxBytes: 8_192 }),
    DatabaseError,
  );
  assertEquals(full.fault, "unusable");
  assertMatch(full.message, /database or disk is full\. Look whether the disk is full/);
});

Deno.test("DataFolder takes what is older than it keeps, also of streams that nobody speaks in", async () => {
  await using temp = new TempFolder();
  const clock = new FakeClock();
  const day = 86_400_000;
  await using folder = await DataFolder.open(temp.path, { clock, keep: { maxAgeMs: 2 * day } });
  const { log } = folder;
  const streams = Array.from({ length: 450 }, (_, at) => `room${at}`);
  const old = streams.map((stream) => entry({ stream, at: clock.now() }));
  await log.append(old);
  clock.advance(day);
  const young = streams.slice(0, 10).map((stream) => entry({ stream, at: clock.now() }));
  await log.append(young);
  clock.advance(day + 1);
  // A sweep is a list of jobs, each asked for when the one before it is done: so is this.
  const sweep = async () => {
    for (let step = 0; step < 10; step++) await log.append([entry({ stream: "other" })]);
  };
  await sweep();
  clock.advance(60_000);
  await sweep();
  for (const [at, stream] of streams.entries()) {
    const { trimmedThrough, countAfter, last } = await log.state(stream);
    assertEquals([trimmedThrough, countAfter, last], at < 10 ? [1, 1, 2] : [1, 0, 1], stream);
  }
  // Its id was to be remembered for a day: nothing of it is left.
  assertEquals((await log.append([old[0]!]))[0]!.duplicate, false);
});

Deno.test("DataFolder keeps so many bytes of a stream, but the newest event however large", async () => {
  await using temp = new TempFolder();
  const body = (bytes: number) => JSON.stringify({ text: "é".repeat((bytes - 11) / 2) });
  {
    await using folder = await DataFolder.open(temp.path, { keep: { maxBytes: 1_000 } });
    for (let at = 0; at < 10; at++) await folder.log.append([entry({ body: body(251) })]);
    assertEquals((await folder.log.state("lobby")).countAfter, 3);
  }
  // What it keeps is counted again after a restart.
  await using folder = await DataFolder.open(temp.path, { keep: { maxBytes: 1_000 } });
  await folder.log.append([entry({ body: body(251) })]);
  assertEquals((await folder.log.state("lobby")).countAfter, 3);
  await folder.log.append([entry({ body: body(5_001) })]);
  assertEquals((await folder.log.state("lobby")).countAfter, 1);
});

Deno.test("DataFolder says no when it is full, reads on, and stores what fits", async () => {
  await using temp = new TempFolder();
  const failures: unknown[] = [];
  const stored: number[] = [];
  await using folder = await DataFolder.open(temp.path, {
    maxBytes: 400_000,
    observer: {
      failed: (error) => failures.push(error),
      committed: (entries) => stored.push(entries),
    },
  });
  const { log } = folder;
  const small = entry();
  await log.append([small]);
  const large = entry({ body: JSON.stringify({ text: "x".repeat(1_000_000) }) });
  // In one transaction with another one, which is stored all the same.
  const [refused, kept] = await Promise.allSettled([log.append([large]), log.append([entry()])]);
  assertEquals([refused.status, kept.status], ["rejected", "fulfilled"]);
  assertMatch(String((refused as PromiseRejectedResult).reason), /full/);
  assertEquals([failures.length, stored], [1, [1, 1]]);
  assertEquals((await log.read("lobby", everything)).events.map(({ seq }) => seq), [1, 2]);
});

Deno.test("DataFolder keeps files over a restart, or none where it is told so", async () => {
  await using temp = new TempFolder();
  const file = await (async () => {
    await using folder = await DataFolder.open(temp.path);
    const upload = folder.files!.begin("ann", { name: "a.txt", size: 1 });
    upload.write(new Uint8Array([65]));
    return await upload.commit();
  })();
  {
    await using folder = await DataFolder.open(temp.path, { files: false });
    assertEquals(folder.files, undefined);
  }
  await using folder = await DataFolder.open(temp.path);
  assertEquals(await folder.files!.find(file.id), file);
});

Deno.test("DataFolder says so where its files cannot be kept, and gives everything back", async () => {
  await using temp = new TempFolder();
  await temp.write("files", "something that is no folder");
  const error = await assertRejects(() => DataFolder.open(temp.path), DatabaseError);
  assertEquals(error.fault, "unusable");
  assertStringIncludes(error.message, `${temp.path}/files`);
  await using _folder = await DataFolder.open(temp.path, { files: false });
});
