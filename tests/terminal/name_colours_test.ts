import { assert, assertEquals, assertNotEquals } from "@std/assert";
import {
  ALARM_COLOURS,
  type Ground,
  NAME_COLOURS,
  nameColour,
} from "../../terminal/name_colours.ts";
import { contrast, distance, hue, rgbOf, rgbOfHex } from "../support/colours.ts";

const GROUNDS = [
  { ground: "dark", backgrounds: ["#000000", "#1e1e1e"], min: 4.5 },
  { ground: "light", backgrounds: ["#ffffff", "#fdf6e3"], min: 4.5 },
  { ground: "auto", backgrounds: ["#1e1e1e", "#ffffff"], min: 3 },
] as const satisfies readonly {
  readonly ground: Ground;
  readonly backgrounds: readonly string[];
  readonly min: number;
}[];

for (const { ground, backgrounds, min } of GROUNDS) {
  const colours = NAME_COLOURS[ground];

  Deno.test(`names on ${ground} have enough contrast with every usual background`, () => {
    for (const colour of [...colours, ALARM_COLOURS[ground]]) {
      for (const background of backgrounds) {
        const found = contrast(rgbOf(colour), rgbOfHex(background));
        assert(found >= min, `${colour} on ${background} has ${found.toFixed(2)}`);
      }
    }
  });

  Deno.test(`names on ${ground} have at least 12 colours that differ visibly`, () => {
    assert(colours.length >= 12);
    for (const [at, one] of colours.entries()) {
      for (const other of colours.slice(0, at)) {
        const found = distance(rgbOf(one), rgbOf(other));
        assert(found >= 0.1, `${one} and ${other} are ${found.toFixed(3)} apart`);
      }
    }
  });

  Deno.test(`no name on ${ground} can be chosen that looks like an alarm`, () => {
    const alarm = rgbOf(ALARM_COLOURS[ground]);
    for (const colour of colours) {
      const found = distance(rgbOf(colour), alarm);
      assert(found >= 0.1, `${colour} is ${found.toFixed(3)} from the alarm`);
      const turned = Math.abs(((hue(rgbOf(colour)) - hue(alarm) + 540) % 360) - 180);
      assert(turned >= 18, `${colour} is ${turned.toFixed(0)} degrees from the alarm`);
    }
  });

  Deno.test(`names on ${ground} spread over the colours`, () => {
    const kinds: readonly ((at: number) => string)[] = [
      (at) => `user${at}`,
      (at) => `guest-${at.toString(16).padStart(4, "0")}`,
      (at) => String.fromCharCode(0x4e00 + at),
      (at) => "x".repeat(at % 30) + at,
    ];
    for (const [kind, nameOf] of kinds.entries()) {
      const names = new Set(Array.from({ length: 2_000 }, (_, at) => nameOf(at)));
      const counts = new Map<number, number>();
      for (const name of names) {
        const colour = nameColour(name, ground);
        counts.set(colour, (counts.get(colour) ?? 0) + 1);
      }
      const mean = names.size / colours.length;
      assertEquals(counts.size, colours.length);
      for (const count of counts.values()) {
        assert(count > mean * 0.6 && count < mean * 1.5, `kind ${kind}: ${count} of ${mean}`);
      }
    }
  });
}

Deno.test("a name has its colour however it is capitalised or composed", () => {
  for (
    const [one, other] of [
      ["ann", "ANN"],
      ["Straße", "STRASSE"],
      ["ΣΊΣΥΦΟΣ", "σίσυφος"],
      ["é", "e\u0301"],
    ] as const
  ) assertEquals(nameColour(one, "dark"), nameColour(other, "dark"));
});

Deno.test("a name keeps its colour from one version to the next", () => {
  assertEquals(["ann", "bob", "漢字"].map((name) => nameColour(name, "auto")), [129, 163, 163]);
  assertNotEquals(nameColour("ann", "dark"), nameColour("bob", "dark"));
});
