import { assertEquals, assertRejects } from "@std/assert";
import { SettingsDesk } from "../../../program/chat/settings_desk.ts";
import { Settings } from "../../../program/chat/settings.ts";
import { TempFolder } from "../../support/temp.ts";

/** A desk over a real config folder, and what it has told. */
async function openDesk(folder: string) {
  const told: string[] = [];
  const settings = await Settings.open({ folder, tell: (text) => told.push(text) });
  let changes = 0;
  const desk = new SettingsDesk({
    settings,
    place: () => ({ host: "chat.example", port: 12345, name: "ann", room: "ops", tls: true }),
    notice: (...texts) => told.push(...texts),
    onChange: () => changes++,
  });
  return { desk, settings, take: () => told.splice(0), changes: () => changes };
}

Deno.test("SettingsDesk lists, shows and changes settings, and the theme as one of them", async () => {
  await using temp = new TempFolder();
  const { desk, settings, take, changes } = await openDesk(temp.file("config"));
  await desk.do({ kind: "set" });
  assertEquals(take().map((line) => line.split(" ", 3).join(" ")), [
    "theme is auto",
    "times is on",
    "bell is off",
    "rooms is here",
    "joins is on",
    "history is on",
  ]);
  await desk.do({ kind: "set", name: "BELL" });
  assertEquals(take().length, 1);
  await desk.do({ kind: "set", name: "bell", value: "all" });
  await desk.do({ kind: "theme", name: "light" });
  assertEquals([settings.values.bell, settings.values.theme, changes()], ["all", "light", 2]);
  take();
  await desk.do({ kind: "theme" });
  assertEquals(take(), ["The theme is light; there are auto, dark, light, mono"]);
  await assertRejects(() => desk.do({ kind: "theme", name: "pink" }), TypeError, "it may be auto");
  await assertRejects(() => desk.do({ kind: "set", name: "bel" }), TypeError, "did you mean bell?");
  assertEquals(changes(), 2);
});

Deno.test("SettingsDesk keeps where one is as a bookmark, for the next run", async () => {
  await using temp = new TempFolder();
  const { desk, take } = await openDesk(temp.file("config"));
  await desk.do({ kind: "bookmark", name: "work" });
  assertEquals(take(), ["work leads here from now on: client.ts work"]);
  const { settings } = await openDesk(temp.file("config"));
  assertEquals(settings.bookmarks.get("work"), {
    ...{ host: "chat.example", port: 12345, name: "ann", room: "ops", tls: true },
  });
});
