import { assertEquals, assertLess, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Database } from "../../sqlite/database.ts";
import { DatabaseError } from "../../sqlite/database_error.ts";
import { TempFolder } from "../support/temp.ts";
import { type NoteJob, notesOptions } from "./notes.ts";

const all = [{ from: 0, busyMs: 0 }];

function keep(database: Database, note: NoteJob, weight?: number): Promise<[number, number]> {
  return database.write("notes", [note], weight) as Promise<[number, number]>;
}

Deno.test("Database stores what comes while a commit runs in the next one (I2)", async () => {
  await using temp = new TempFolder();
  await using database = await Database.open(notesOptions(temp.file("notes.db")));
  const first = keep(database, "1");
  // Its batch leaves at the end of this turn; the others come after it.
  await undefined;
  const others = Array.from({ length: 50 }, (_, at) => keep(database, `${at + 2}`));
  assertEquals(await first, [1, 1]);
  assertEquals(await Promise.all(others), others.map((_, at) => [2, at + 2] as [number, number]));
});

Deno.test("Database stores so much in one transaction, and the rest in the next ones", async () => {
  await using temp = new TempFolder();
  await using database = await Database.open(notesOptions(temp.file("notes.db")));
  const weights = [400, 600, 1, 5_000, 999, 1, 1];
  const kept = await Promise.all(weights.map((weight, at) => keep(database, `${at}`, weight)));
  assertEquals(kept.map(([transaction]) => transaction), [1, 1, 2, 3, 4, 4, 5]);
  assertEquals(await database.read("notes", all), weights.map((_, at) => `${at}`));
});

Deno.test("Database reads what write has answered, and what was asked before a close (I3)", async () => {
  await using temp = new TempFolder();
  const database = await Database.open(notesOptions(temp.file("notes.db")));
  for (let at = 1; at <= 20; at++) {
    await keep(database, `${at}`);
    assertEquals((await database.read("notes", [{ from: at, busyMs: 0 }]) as string[]).length, 1);
  }
  const begun = [
    keep(database, "21"),
    database.read("notes", all),
    database.readSlowly("notes", all),
  ];
  await Promise.all([database.close(), database.close()]);
  assertEquals((await Promise.all(begun)).length, 3);
  await assertRejects(() => keep(database, "22"), Error, "closed");
  await assertRejects(() => database.read("notes", all), Error, "closed");
  // What it leaves is one file: the WAL was moved into it.
  assertEquals(temp.names(), ["notes.db"]);
});

Deno.test("Database does not let the fault of one job, or of one query, be another's (I4)", async () => {
  await using temp = new TempFolder();
  const stored: number[] = [];
  const failed: string[] = [];
  await using database = await Database.open({
    ...notesOptions(temp.file("notes.db")),
    onStored: (weight) => stored.push(weight),
    onFailed: ({ message }) => failed.push(message),
  });
  const settled = await Promise.allSettled(
    ["a", "", "b", ""].map((note) => keep(database, note, 2)),
  );
  assertEquals(settled.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "fulfilled",
    "rejected",
  ]);
  assertEquals([stored, failed], [[4], ["Cannot keep an empty note"]]);
  const queries = [all, [{ from: -1, busyMs: 0 }], all].map((query) =>
    database.read("notes", query)
  );
  const answers = await Promise.allSettled(queries);
  assertEquals(answers.map(({ status }) => status), ["fulfilled", "rejected", "fulfilled"]);
  assertEquals(await database.read("notes", all), ["a", "b"]);
});

Deno.test("Database does not let a long query hold up the short ones, nor the event loop", async () => {
  await using temp = new TempFolder();
  await using database = await Database.open(notesOptions(temp.file("notes.db")));
  await keep(database, "1");
  let isLongDone = false;
  const long = database.readSlowly("notes", [{ from: 0, busyMs: 300 }]).then(() =>
    isLongDone = true
  );
  for (let at = 0; at < 5; at++) await database.read("notes", all);
  await keep(database, "2");
  assertEquals(isLongDone, false);
  await long;
});

Deno.test("Database gives a database of an older version what it lacks, and keeps what is there", async () => {
  await using temp = new TempFolder();
  const options = notesOptions(temp.file("notes.db"));
  {
    await using database = await Database.open(options);
    await keep(database, "old");
  }
  const added = "ALTER TABLE notes ADD COLUMN author TEXT NOT NULL DEFAULT 'nobody'";
  {
    await using database = await Database.open({
      ...options,
      migrations: [...options.migrations, added],
    });
    await keep(database, "new");
    assertEquals(await database.read("notes", all), ["old", "new"]);
  }
  using file = new DatabaseSync(temp.file("notes.db"));
  assertEquals({ ...file.prepare("SELECT author FROM notes").get() }, { author: "nobody" });
  assertEquals({ ...file.prepare("PRAGMA user_version").get() }, { user_version: 2 });
});

Deno.test("Database changes nothing where a migration fails in its midst", async () => {
  await using temp = new TempFolder();
  const options = notesOptions(temp.file("notes.db"));
  {
    await using database = await Database.open(options);
    await keep(database, "old");
  }
  const failing = "DELETE FROM notes; ALTER TABLE absent ADD COLUMN nothing TEXT";
  const opening = () => Database.open({ ...options, migrations: [...options.migrations, failing] });
  const error = await assertRejects(opening, DatabaseError, "absent");
  assertEquals(error.fault, "unusable");
  await using database = await Database.open(options);
  assertEquals(await database.read("notes", all), ["old"]);
});

Deno.test("Database says that its folder is not there", async () => {
  await using temp = new TempFolder();
  const error = await assertRejects(
    () => Database.open(notesOptions(temp.file("nowhere/notes.db"))),
    DatabaseError,
  );
  assertEquals(error.fault, "unusable");
});

Deno.test("Database lets its file grow to so many bytes", async () => {
  await using temp = new TempFolder();
  await using database = await Database.open({
    ...notesOptions(temp.file("notes.db")),
    maxBytes: 64 * 1024,
  });
  await assertRejects(() => keep(database, "x".repeat(100_000)), Error, "full");
  await keep(database, "x".repeat(10_000));
  assertLess((await Deno.stat(temp.file("notes.db"))).size, 65 * 1024);
});

Deno.test("Database says that it is broken when a worker has ended, and answers everything with that", async () => {
  await using temp = new TempFolder();
  const path = temp.file("notes.db");
  {
    await using database = await Database.open(notesOptions(path));
    await keep(database, "1");
    await keep(database, "die");
    assertEquals((await database.broken).message.includes("a fault of the worker's"), true);
    await assertRejects(() => keep(database, "3"), Error, "has ended");
  }
  await using again = await Database.open(notesOptions(path));
  assertEquals(await again.read("notes", all), ["1", "die"]);
});
