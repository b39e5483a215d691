import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { EventLog } from "../../../log/event_log.ts";
import { DataFolder } from "../../../server/data_folder.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { TempFolder } from "../../support/temp.ts";

/** What a folder's files hold. */
function contentOf(temp: TempFolder): string {
  const latin = new TextDecoder("latin1");
  return temp.names().filter((name) => /\.db/.test(name))
    .map((name) => latin.decode(Deno.readFileSync(temp.file(name)))).join("\n");
}

/** A word that nothing else is like. */
function word(number: number): string {
  return `zq${(number * 7_919 + 104_729).toString(36)}x${number}zq`;
}

let notices = 0;

function redact(log: EventLog, seq: number) {
  const notice = { sender: "op", id: `n${++notices}`, at: 5, body: `{"text":"","removes":${seq}}` };
  const body = '{"text":"","removed":{"by":"op","at":1700000000000}}';
  return log.redact({ stream: "lobby", seq, body, notice });
}

async function say(log: EventLog, texts: readonly string[]): Promise<void> {
  const at = 1_700_000_000_000;
  const entries = texts.map((text, number) => ({
    ...{ stream: "lobby", sender: "ann", id: `m${number}`, at: at + number },
    body: JSON.stringify({ text }),
  }));
  for (let from = 0; from < entries.length; from += 50) {
    await log.append(entries.slice(from, from + 50));
  }
}

async function bodies(log: EventLog): Promise<string[]> {
  const page = await log.read("lobby", { after: 0, limit: 10_000, maxBytes: Infinity });
  return page.events.map(({ body }) => body);
}

/** Asks until what was asked is so: each question is a turn of whoever works on it. */
async function until(isSo: () => boolean, ask: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert(tries < 2_000, "it does not come to be so");
    await ask();
  }
}

Deno.test("nothing of what was taken out is left in the database, whatever its length, when that is acknowledged", async () => {
  await using temp = new TempFolder();
  await using folder = await DataFolder.open(temp.path, { clock: new FakeClock() });
  const { log } = folder;
  const lengths = [0, 1, 40, 57, 58, 120, 900, 4_000, 4_100, 9_000, 16_000];
  const texts = Array.from({ length: 330 }, (_, at) => {
    const filling = "- ".repeat(lengths[at % lengths.length]! / 2);
    return word(at) + filling + word(at);
  });
  await say(log, texts);
  assert(contentOf(temp).includes(word(0)));
  const before = await bodies(log);
  // Every third one, from the end on, then from the beginning.
  const gone = texts.map((_, at) => at).filter((at) => at % 3 === 0);
  for (const at of [...gone.toReversed().slice(0, 50), ...gone.slice(0, -50)]) {
    await redact(log, at + 1);
  }
  const content = contentOf(temp);
  assertEquals(gone.filter((at) => content.includes(word(at))), []);
  const after = (await bodies(log)).slice(0, texts.length);
  assertEquals(after.filter((_, at) => at % 3 !== 0), before.filter((_, at) => at % 3 !== 0));
  assert(after.every((body, at) => at % 3 !== 0 || JSON.parse(body).removed.by === "op"));
});

Deno.test("the words of what was taken out go from the index's file when nobody speaks", async () => {
  await using temp = new TempFolder();
  const clock = new FakeClock();
  await using folder = await DataFolder.open(temp.path, { clock });
  const { log } = folder;
  // No other word begins like it: the index keeps of a word what the one before does not have.
  const rare = "quixotry";
  const texts = Array.from({ length: 40 }, (_, at) => `hello ${at === 7 ? rare : word(at)} world`);
  const isInIndex = () =>
    ["search.db", "search.db-wal"].filter((name) => temp.names().includes(name))
      .some((name) =>
        new TextDecoder("latin1").decode(Deno.readFileSync(temp.file(name))).includes(rare)
      );
  await say(log, texts);
  const search = (query: string) =>
    log.search({ query, streams: new Map([["lobby", 0]]), limit: 100, maxBytes: Infinity });
  assertEquals((await search(rare)).events.length, 1);
  assert(isInIndex());
  await redact(log, 8);
  assertEquals((await search(rare)).events, []);
  assertEquals((await search("hello")).events.length, 39);
  clock.advance(2_000);
  await until(() => !isInIndex(), () => search("hello"));
  assertEquals((await search(word(8))).events.length, 1);
});

Deno.test("what was taken out while the index was closed goes from it as well", async () => {
  await using temp = new TempFolder();
  const clock = new FakeClock();
  const search = (log: EventLog, query: string) =>
    log.search({ query, streams: new Map([["lobby", 0]]), limit: 100, maxBytes: Infinity });
  {
    await using folder = await DataFolder.open(temp.path, { clock });
    await say(folder.log, ["green tea", "green grass"]);
    assertEquals((await search(folder.log, "green")).events.length, 2);
  }
  {
    await using folder = await DataFolder.open(temp.path, { clock });
    await redact(folder.log, 1);
  }
  await using folder = await DataFolder.open(temp.path, { clock });
  assertEquals((await search(folder.log, "green")).events.length, 1);
  const index = new DatabaseSync(temp.file("search.db"), { readOnly: true });
  const seqs = index.prepare("SELECT place & 4294967295 AS seq FROM places ORDER BY place").all();
  index.close();
  assertEquals(seqs.map(({ seq }) => seq), [2, 3]);
});

Deno.test("where somebody reads what was there before, it goes from the WAL when he has read", async () => {
  await using temp = new TempFolder();
  await using folder = await DataFolder.open(temp.path);
  await say(folder.log, [word(1), word(2)]);
  const reader = new DatabaseSync(temp.file("parley.db"), { readOnly: true });
  reader.exec("BEGIN");
  assertEquals(reader.prepare("SELECT count(*) AS count FROM events").get()!.count, 2);
  await redact(folder.log, 1);
  // He has the database as it was: it cannot be taken from him.
  assert(contentOf(temp).includes(word(1)));
  reader.exec("COMMIT");
  reader.close();
  // The writer tries again each second, by the machine's own clock.
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = setInterval(() => {
    if (!contentOf(temp).includes(word(1))) resolve();
  }, 20);
  await promise;
  clearInterval(look);
  assert(contentOf(temp).includes(word(2)));
});

Deno.test("what a crash left in the WAL goes when the folder is opened again", async () => {
  await using temp = new TempFolder();
  await using copy = new TempFolder();
  {
    await using folder = await DataFolder.open(temp.path, { clock: new FakeClock() });
    await say(folder.log, [word(1), word(2)]);
    const reader = new DatabaseSync(temp.file("parley.db"), { readOnly: true });
    reader.exec("BEGIN");
    assertEquals(reader.prepare("SELECT count(*) AS count FROM events").get()!.count, 2);
    await redact(folder.log, 1);
    // As it is on disk in the moment between the commit and the wiping.
    for (const name of ["parley.db", "parley.db-wal"]) {
      await Deno.copyFile(temp.file(name), copy.file(name));
    }
    reader.close();
  }
  assert(contentOf(copy).includes(word(1)));
  await using folder = await DataFolder.open(copy.path, { clock: new FakeClock() });
  assert(!contentOf(copy).includes(word(1)));
  assertEquals((await bodies(folder.log)).map((body) => JSON.parse(body).text), ["", word(2), ""]);
});

Deno.test("retention takes what stood in the place of a body along", async () => {
  await using temp = new TempFolder();
  {
    await using folder = await DataFolder.open(temp.path, {
      clock: new FakeClock(),
      keep: { maxCount: 10 },
    });
    await say(folder.log, Array.from({ length: 10 }, (_, at) => word(at)));
    await redact(folder.log, 5);
    await say(folder.log, Array.from({ length: 40 }, (_, at) => word(at)));
  }
  const database = new DatabaseSync(temp.file("parley.db"), { readOnly: true });
  const { count } = database.prepare("SELECT count(*) AS count FROM redactions").get() as {
    count: number;
  };
  database.close();
  assertEquals(count, 0);
});
