import { assert, assertEquals } from "@std/assert";
import { COLOURS, MONO, PLAIN, type Style } from "../../terminal/style.ts";
import { backgroundOf, parseBackground, styleOf, THEMES } from "../../terminal/themes.ts";
import { contrast, rgbOf, rgbOfHex } from "../support/colours.ts";

const STYLES: readonly Style[] = [
  PLAIN,
  ...THEMES.flatMap((theme) => [
    styleOf(theme),
    styleOf(theme, "dark"),
    styleOf(theme, "light"),
  ]),
];

Deno.test("a style changes nothing of a text, and ends what it begins", () => {
  // deno-lint-ignore no-control-regex -- what makes texts stand out
  const SGR = /\x1b\[([\d;]+)m/g;
  const ends: Readonly<Record<string, string>> = { "1": "22", "2": "22", "7": "27" };
  for (const style of STYLES) {
    const { name, ...others } = style;
    for (const make of [(text: string) => name(text, "ann"), ...Object.values(others)]) {
      assertEquals(make("text").replaceAll(SGR, ""), "text");
      const open: string[] = [];
      for (const [, code = ""] of make("text").matchAll(SGR)) {
        if (code === open.at(-1)) open.pop();
        else open.push(ends[code] ?? "39");
      }
      assertEquals(open, []);
    }
  }
});

Deno.test("mono has no colours, and plain nothing at all", () => {
  // deno-lint-ignore no-control-regex
  const colour = /\x1b\[[^m]*(3[0-9]|4[0-9]|9[0-7]|10[0-7])[^m]*m/;
  for (const [what, make] of Object.entries(MONO)) assert(!colour.test(make("x", "ann")), what);
  for (const make of Object.values(PLAIN)) assertEquals(make("x", "ann"), "x");
});

Deno.test("a mention, an alarm and a private message stand out, each in its own way", () => {
  for (const style of STYLES.slice(1)) {
    const { mention, alarm } = style;
    assert(new Set(["x", mention("x"), alarm("x"), style.name("x", "ann")]).size >= 3);
    assert(style.private("x") !== "x");
  }
});

Deno.test("private messages have enough contrast with every usual background", () => {
  const colourOf = (style: Style) => rgbOf(Number(/38;5;(\d+)m/.exec(style.private("x"))?.[1]));
  for (
    const [style, backgrounds, min] of [
      [styleOf("dark"), ["#000000", "#1e1e1e"], 4.5],
      [styleOf("light"), ["#ffffff", "#fdf6e3"], 4.5],
      [styleOf("auto"), ["#1e1e1e", "#ffffff"], 3],
    ] as const
  ) {
    for (const background of backgrounds) {
      assert(contrast(colourOf(style), rgbOfHex(background)) >= min, background);
    }
  }
});

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
