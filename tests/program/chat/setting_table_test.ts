import { assert, assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_SETTINGS, settingLines, SETTINGS } from "../../../program/chat/setting_table.ts";

Deno.test("Every setting may be what it is by default", () => {
  for (const { name, values, default: value } of SETTINGS) {
    assert((values as readonly string[]).includes(value), name);
  }
});

Deno.test("settingLines tells all settings, or one", () => {
  const lines = settingLines({ ...DEFAULT_SETTINGS, bell: "all" });
  assertEquals(lines.length, SETTINGS.length);
  assertEquals(settingLines({ ...DEFAULT_SETTINGS, times: "off" }, "Times"), [
    "times is off (on|off): whether lines begin with the time",
  ]);
  assertThrows(() => settingLines(DEFAULT_SETTINGS, "tmies"), TypeError, "did you mean times?");
});
