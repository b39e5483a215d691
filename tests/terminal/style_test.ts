import { assert, assertEquals } from "@std/assert";
import { colouredStyle, COLOURS, MONO, PLAIN, type Style } from "../../terminal/style.ts";
import { contrast, rgbOf, rgbOfHex } from "../support/colours.ts";

const GROUNDS = ["dark", "light", "auto"] as const;
const STYLES: readonly Style[] = [PLAIN, MONO, COLOURS, ...GROUNDS.map(colouredStyle)];

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
      [colouredStyle("dark"), ["#000000", "#1e1e1e"], 4.5],
      [colouredStyle("light"), ["#ffffff", "#fdf6e3"], 4.5],
      [colouredStyle("auto"), ["#1e1e1e", "#ffffff"], 3],
    ] as const
  ) {
    for (const background of backgrounds) {
      assert(contrast(colourOf(style), rgbOfHex(background)) >= min, background);
    }
  }
});
