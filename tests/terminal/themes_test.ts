import { assertEquals } from "@std/assert";
import { COLOURS, MONO } from "../../terminal/style.ts";
import { backgroundOf, parseBackground, styleOf } from "../../terminal/themes.ts";

Deno.test("auto is as the background where that is known, and else for both", () => {
  assertEquals(styleOf("auto", "dark"), styleOf("dark"));
  assertEquals(styleOf("auto", "light"), styleOf("light"));
  assertEquals(styleOf("auto"), COLOURS);
  // What somebody chose stands, whatever the terminal says.
  assertEquals(styleOf("dark", "light"), styleOf("dark"));
  assertEquals(styleOf("mono", "light"), MONO);
});

Deno.test("parseBackground tells dark from light by what a terminal answers", () => {
  for (
    const [answer, background] of [
      ["rgb:1e1e/1e1e/1e1e", "dark"],
      ["rgb:0000/0000/0000", "dark"],
      ["rgb:ffff/ffff/ffff", "light"],
      ["rgb:fdfd/f6f6/e3e3", "light"],
      ["rgb:00/2b/36", "dark"],
      ["rgb:f/f/f", "light"],
      ["rgba:1e1e/1e1e/1e1e/ffff", "dark"],
      ["RGB:FFFF/FFFF/0000", "light"],
      ["rgb:0000/0000/ffff", "dark"],
      ["", undefined],
      ["rgb:", undefined],
      ["rgb:1e1e/1e1e", undefined],
      ["rgb:1e1e1/0/0", undefined],
      ["rgb:1e1e/1e1e/1e1e\x1b[2J", undefined],
      ["#1e1e1e", undefined],
    ] as const
  ) assertEquals(parseBackground(answer), background, answer);
});

Deno.test("backgroundOf reads COLORFGBG", () => {
  for (
    const [variable, background] of [
      ["15;0", "dark"],
      ["0;15", "light"],
      ["0;default;15", "light"],
      ["15;default;0", "dark"],
      ["12;8", "dark"],
      ["0;7", "light"],
      ["15;default", undefined],
      ["15;16", undefined],
      ["15", undefined],
      ["", undefined],
      [undefined, undefined],
    ] as const
  ) assertEquals(backgroundOf(variable), background, variable);
});
