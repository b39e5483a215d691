import { assertEquals } from "@std/assert";
import { KeyInput } from "../../../terminal/editor/key_input.ts";
import type { Tty } from "../../../terminal/editor/tty.ts";
import { FakeClock } from "../../support/fake_clock.ts";

/** An input that has been started, and what came of what was typed. */
function open() {
  const clock = new FakeClock();
  const names: string[] = [];
  let taker: ((bytes: Uint8Array | null) => void) | undefined;
  const tty: Pick<Tty, "listen"> = {
    listen(wanted) {
      taker = wanted;
      return { [Symbol.dispose]: () => taker = undefined };
    },
  };
  const input = new KeyInput(tty as Tty, clock, (key) => {
    if (key === null) names.push("end");
    else if (key.kind === "text") names.push(key.text);
    else if (key.kind === "paste") names.push(`paste:${key.text}`);
    else if (key.kind === "key") names.push(`${key.alt ? "alt+" : ""}${key.name}`);
  });
  input.start();
  clock.advance(0);
  return {
    clock,
    input,
    names,
    type: (text: string) => taker?.(new TextEncoder().encode(text)),
    end: () => taker?.(null),
  };
}

Deno.test("KeyInput takes an escape for the key when nothing follows it for a moment", () => {
  const { clock, names, type } = open();
  type("\x1b");
  clock.advance(99);
  assertEquals(names, []);
  clock.advance(1);
  assertEquals(names, ["escape"]);
  type("\x1b");
  clock.advance(99);
  type("[");
  clock.advance(99);
  type("A");
  clock.advance(1_000);
  assertEquals(names, ["escape", "up"]);
  assertEquals(clock.pending, 0);
});

Deno.test("KeyInput leaves what is typed to others while it is stopped, and takes nothing from before up again", () => {
  const { clock, input, names, type } = open();
  type("a\x1b");
  input.stop();
  assertEquals(clock.pending, 0);
  type("b");
  input.start();
  clock.advance(0);
  type("c");
  assertEquals(names, ["a", "c"]);
});

Deno.test("KeyInput tells of the input's end", () => {
  const { names, end } = open();
  end();
  assertEquals(names, ["end"]);
});

Deno.test("KeyInput takes a paste for ended after two silent seconds, so that keys are keys again", () => {
  const { clock, names, type } = open();
  type("\x1b[200~one\r");
  clock.advance(1_999);
  type("two");
  clock.advance(1_999);
  assertEquals(names, []);
  clock.advance(1);
  assertEquals(names, ["paste:one\ntwo"]);
  type("x\x03");
  assertEquals(names.slice(1), ["x", "c"]);
  assertEquals(clock.pending, 0);
});

Deno.test("KeyInput lets Ctrl-C out of a paste at once", () => {
  const { clock, names, type } = open();
  type("\x1b[200~one");
  type("\x03");
  assertEquals([names, clock.pending], [["paste:one", "c"], 0]);
});

Deno.test("KeyInput forgets a paste under way when others get the terminal", () => {
  const { clock, input, names, type } = open();
  type("\x1b[200~one");
  input.stop();
  input.start();
  clock.advance(0);
  type("x");
  assertEquals([names, clock.pending], [["x"], 0]);
});
