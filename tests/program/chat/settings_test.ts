import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ProtocolError } from "../../../codec/errors.ts";
import { Settings } from "../../../program/chat/settings.ts";
import { DEFAULT_SETTINGS } from "../../../program/chat/setting_table.ts";
import { TempFolder } from "../../support/temp.ts";

const WORK = { host: "chat.example", port: 12345, name: "ann", room: "lobby" };

/** Settings of a folder, and what they tell. */
async function open(folder: string | undefined): Promise<readonly [Settings, string[]]> {
  const told: string[] = [];
  return [await Settings.open({ folder, tell: (text) => told.push(text) }), told];
}

const read = async (folder: TempFolder) =>
  JSON.parse(await Deno.readTextFile(folder.file("config.json")));

Deno.test("Settings are what they are by default, and write nothing, until one is changed", async () => {
  await using folder = new TempFolder();
  const [settings, told] = await open(folder.path);
  assertEquals(settings.values, DEFAULT_SETTINGS);
  assertEquals([settings.ignored, settings.bookmarks.size, settings.last], [[], 0, undefined]);
  assertEquals([folder.names(), told], [[], []]);
});

Deno.test("Settings are there in the next run, in a file of their owner's", async () => {
  await using folder = new TempFolder();
  const [settings] = await open(folder.file("parley"));
  await settings.set("theme", "dark");
  await settings.set("BELL", "Mentions");
  assertEquals(await settings.ignore("Eve"), true);
  await settings.bookmark("work", { ...WORK, tls: true });
  await settings.remember(WORK);
  const [again, told] = await open(folder.file("parley"));
  assertEquals(again.values, { ...DEFAULT_SETTINGS, theme: "dark", bell: "mentions" });
  assertEquals(again.ignored, ["Eve"]);
  assertEquals(again.bookmarks, new Map([["work", { ...WORK, tls: true }]]));
  assertEquals([again.last, told], [WORK, []]);
  const { mode } = await Deno.stat(folder.file("parley/config.json"));
  assertEquals(mode! & 0o777, 0o600);
});

Deno.test("Settings take no value that is not allowed, and say which are", async () => {
  const [settings] = await open(undefined);
  for (
    const [name, value, message] of [
      ["theme", "neon", "theme cannot be neon: it may be auto, dark, light, mono"],
      ["bel", "off", "There is no setting bel: did you mean bell?"],
      ["colour", "off", "There is no setting colour: /set lists them"],
      ["__proto__", "off", "There is no setting __proto__: /set lists them"],
    ] as const
  ) await assertRejects(() => settings.set(name, value), TypeError, message);
  assertEquals(settings.values, DEFAULT_SETTINGS);
});

Deno.test("Settings ignore a person once, in any case, and show them again", async () => {
  await using folder = new TempFolder();
  const [settings] = await open(folder.path);
  assertEquals(await settings.ignore("Eve"), true);
  assertEquals(await settings.ignore("eve"), false);
  await settings.ignore("mallory");
  assertEquals(settings.ignored, ["Eve", "mallory"]);
  assertEquals(await settings.unignore("EVE"), true);
  assertEquals(await settings.unignore("eve"), false);
  assertEquals((await read(folder)).ignored, ["mallory"]);
  await assertRejects(() => settings.ignore("\x1b[2J"), ProtocolError);
});

Deno.test("Settings keep what the file has beside (I2)", async () => {
  await using folder = new TempFolder();
  const others = { colour: "green", settings: { theme: "light", later: 5 }, bookmarks: {} };
  await folder.write("config.json", JSON.stringify(others));
  const [settings] = await open(folder.path);
  await settings.set("joins", "off");
  await settings.bookmark("__proto__", WORK);
  assertEquals(settings.bookmarks.get("__proto__"), WORK);
  const { bookmarks, ...rest } = await read(folder);
  assertEquals(rest, { colour: "green", settings: { theme: "light", later: 5, joins: "off" } });
  assertEquals(Object.entries(bookmarks), [["__proto__", WORK]]);
});

Deno.test("Settings that several clients change at once lose nothing (I2)", async () => {
  await using folder = new TempFolder();
  const clients = await Promise.all(Array.from({ length: 8 }, () => open(folder.path)));
  await Promise.all(clients.flatMap(([settings], at) => [
    settings.bookmark(`b${at}`, { ...WORK, port: at + 1 }),
    settings.ignore(`eve${at}`),
    settings.set("theme", at % 2 === 0 ? "dark" : "light"),
  ]));
  const [settings, told] = await open(folder.path);
  assertEquals([...settings.bookmarks.keys()].sort(), clients.map((_, at) => `b${at}`));
  assertEquals([...settings.ignored].sort(), clients.map((_, at) => `eve${at}`));
  assertEquals(told, []);
});

Deno.test("A setting holds at once, whatever is being written (I1)", async () => {
  await using folder = new TempFolder();
  const [settings] = await open(folder.path);
  const isSet = () => assertEquals([settings.values.theme, settings.values.bell], ["dark", "all"]);
  const changes = ["light", "mono", "dark"].map((value) => settings.set("theme", value));
  changes.push(settings.set("bell", "all"));
  isSet();
  for (const change of changes) {
    await change;
    isSet();
  }
  assertEquals((await read(folder)).settings, { theme: "dark", bell: "all" });
});

for (
  const [what, content] of [
    ["no JSON", "{"],
    ["no object", "[]"],
    ["a part that is none", '{"bookmarks": 5}'],
    ["too long", JSON.stringify({ other: "x".repeat(1_048_577) })],
  ] as const
) {
  Deno.test(`Settings in a damaged file (${what}) are told with its path, and not written over (I3)`, async () => {
    await using folder = new TempFolder();
    const path = await folder.write("config.json", content);
    const [settings, told] = await open(folder.path);
    assertEquals(told.length, 1);
    assertStringIncludes(told[0]!, `Cannot read the settings in ${path}: `);
    await settings.set("theme", "mono");
    await settings.ignore("eve");
    assertEquals([settings.values.theme, settings.ignored], ["mono", ["eve"]]);
    assertEquals([await Deno.readTextFile(path), told.length], [content, 1]);
  });
}

Deno.test("Settings in a file that is damaged meanwhile are not written over either (I3)", async () => {
  await using folder = new TempFolder();
  const [settings, told] = await open(folder.path);
  await settings.set("theme", "dark");
  await folder.write("config.json", "{");
  await settings.set("bell", "all");
  assertEquals([settings.values.bell, told.length], ["all", 1]);
  assertEquals(await Deno.readTextFile(folder.file("config.json")), "{");
});

Deno.test("Settings without a folder hold for the run, and that is told once (I1)", async () => {
  const [settings, told] = await open(undefined);
  await settings.remember(WORK);
  assertEquals([settings.last, told], [WORK, []]);
  await settings.set("theme", "dark");
  await settings.set("bell", "all");
  assertEquals([settings.values.theme, settings.values.bell], ["dark", "all"]);
  assertEquals(told, ["What you set holds until this program ends: there is no config folder"]);
});

Deno.test("Settings in a folder that cannot be written hold for the run, and that is told once (I1)", async () => {
  await using folder = new TempFolder();
  // A file is no folder, whoever runs this.
  const [settings, told] = await open(await folder.write("file", ""));
  await settings.set("theme", "dark");
  await settings.set("bell", "all");
  assertEquals([settings.values.theme, settings.values.bell], ["dark", "all"]);
  assertEquals(told.length, 1);
  assertStringIncludes(told[0]!, "What you set holds until this program ends: ");
});

Deno.test("Values of the file that cannot be used do not hold, and are told", async () => {
  await using folder = new TempFolder();
  await folder.write(
    "config.json",
    JSON.stringify({
      settings: { theme: "neon", bell: "all" },
      ignored: ["eve", 5, "\x1b[2J"],
      bookmarks: {
        work: WORK,
        "../x": WORK,
        port: { ...WORK, port: 0 },
        host: { ...WORK, host: "a\nb" },
        name: { ...WORK, name: "\x1b" },
        tls: { ...WORK, tls: "yes" },
        none: null,
      },
      last: { ...WORK, room: "" },
    }),
  );
  const [settings, told] = await open(folder.path);
  assertEquals(settings.values, { ...DEFAULT_SETTINGS, bell: "all" });
  assertEquals(settings.ignored, ["eve"]);
  assertEquals([...settings.bookmarks.keys()], ["work"]);
  assertEquals(settings.last, undefined);
  assertEquals(told.length, 1);
  const names = [
    "the setting theme",
    ...["../x", "port", "host", "name", "tls", "none"].map((name) => `the bookmark ${name}`),
  ];
  assert(told[0]!.endsWith(names.join(", ")), told[0]);
});

Deno.test("Settings keep no bookmark that leads nowhere, or that nobody could type", async () => {
  const [settings] = await open(undefined);
  for (const name of ["", "../x", "-x", "a b", "x".repeat(33)]) {
    await assertRejects(() => settings.bookmark(name, WORK), TypeError, "Cannot keep the bookmark");
  }
  await assertRejects(() => settings.bookmark("work", { ...WORK, port: 0 }), TypeError);
});

Deno.test("Settings keep whom one has focused on, and that one is away; what is none of both does not hold", async () => {
  await using temp = new TempFolder();
  const [settings] = await open(temp.path);
  assertEquals([settings.focus, settings.away], [[], undefined]);
  await settings.focusOn(["bob", "Carl"]);
  await settings.stayAway({ text: "lunch" });
  const [next] = await open(temp.path);
  assertEquals([next.focus, next.away], [["bob", "Carl"], { text: "lunch" }]);
  await assertRejects(() => next.focusOn(["bob", "a b"]), ProtocolError);
  assertEquals(next.focus, ["bob", "Carl"]);
  await next.stayAway(undefined);
  await next.focusOn([]);
  assertEquals(await read(temp), { focus: [] });
  const hostile = { focus: ["a\x1b[2J", "bob", 7], away: { text: "\x1b[2J" } };
  await Deno.writeTextFile(temp.file("config.json"), JSON.stringify(hostile));
  const [last] = await open(temp.path);
  assertEquals([last.focus, last.away], [["bob"], {}]);
});
