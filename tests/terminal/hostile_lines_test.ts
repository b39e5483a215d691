import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Lines } from "../../terminal/lines.ts";
import { COLOURS, MONO, PLAIN } from "../../terminal/style.ts";
import { CONTROL_SEQUENCES, HOSTILE_TEXTS, hostileText } from "../support/hostile_texts.ts";
import { WatchedScreen } from "../support/watched_screen.ts";

const COLUMNS = 100;
const at = new Date(2026, 10, 21, 12, 4).getTime();
// deno-lint-ignore no-control-regex -- what styles begin and end with
const STYLES = /\x1b\[[\d;]*m/g;

/** Everything that a peer's word can be in, with that word in it. */
function linesWith(word: string, lines: Lines): string[] {
  const message = { room: "lobby", sender: "ann", text: "x", id: "1", seq: 7, at };
  const file = { id: "f", name: word, size: 6, type: "text/plain", sha256: "0".repeat(64) };
  const whispered = { from: "bob", to: "me", text: "x", id: "1", seq: 7, at };
  return [
    lines.message({ ...message, text: word }),
    lines.message({ ...message, text: word }, { isHere: true }),
    lines.message({ ...message, sender: word }, { isHere: true }),
    lines.message({ ...message, room: word }),
    lines.message({ ...message, files: [file] }),
    lines.message({ ...message, removed: { by: word, at } }),
    lines.message({ ...message, removes: 7, sender: word, room: word }),
    lines.message({ ...message, secrecy: { kind: "closed", reason: word } }),
    lines.private({ ...whispered, text: word }),
    lines.private({ ...whispered, from: word, to: word }),
    lines.private({ ...whispered, from: "me", to: word }),
    lines.notice(word),
    lines.alarm(word),
    lines.divider(word),
    ...lines.pending(word, { room: "lobby", isHere: true }, COLUMNS),
    ...lines.pending("x", { to: word }, COLUMNS),
  ];
}

const withoutBlanks = (text: string) => text.replaceAll(/\p{Zs}/gu, "");

/** Writes it, and looks whether the screen holds that and nothing was done to the terminal. */
async function assertHarmless(screen: WatchedScreen, written: readonly string[], what: string) {
  screen.reset();
  const { modes } = screen;
  const text = written.join("\n");
  await screen.write(`${text}\n> `);
  assertEquals(screen.acts, [], what);
  assertEquals(screen.modes, modes, what);
  // What the cells hold is what was meant, line by line.
  const meant = [...text.replaceAll(STYLES, "").split("\n"), "> "];
  assertEquals(screen.lines.map(withoutBlanks), meant.map(withoutBlanks), what);
  // The cursor is behind the prompt, and what is typed there looks like nothing special.
  const { row, column } = screen.cursor;
  assertEquals([column, screen.cell(row, 0)], [2, { text: ">", isPlain: true }], what);
}

Deno.test("WatchedScreen sees what control sequences do that nothing holds back", async () => {
  using screen = new WatchedScreen(COLUMNS);
  const unseen: string[] = [];
  for (const { what, text } of CONTROL_SEQUENCES) {
    screen.reset();
    await screen.write(`${text}\x1b\\`);
    const isSeen = screen.acts.some((act) => act !== "ESC \\");
    if (!isSeen) unseen.push(what);
  }
  // These put text, strings that xterm throws away, or the cursor elsewhere: the comparison of the cells sees that.
  const others =
    /^(CSI: blinks|CSI: hides what|OSC: |APC|SOS|PM|C1: |C0: |a (lone|sequence|string))/;
  assertEquals(unseen.filter((what) => !others.test(what)), []);
});

Deno.test("no line of the catalogue touches the terminal, in whatever it stands", async () => {
  using screen = new WatchedScreen(COLUMNS);
  for (const style of [PLAIN, MONO, COLOURS]) {
    const columns = () => COLUMNS;
    for (
      const lines of [
        new Lines({ name: "me", style, times: true, columns }),
        new Lines({ name: "me", style, times: true }),
        new Lines({ name: "me", style, times: false }),
      ]
    ) {
      for (const { what, text } of HOSTILE_TEXTS) {
        await assertHarmless(screen, linesWith(text, lines), what);
      }
    }
  }
});

Deno.test("no text touches the terminal, whatever it is", async () => {
  using screen = new WatchedScreen(COLUMNS);
  const lines = new Lines({ name: "me", style: COLOURS, times: true, columns: () => COLUMNS });
  await fc.assert(
    fc.asyncProperty(hostileText(), async (text) => {
      await assertHarmless(screen, linesWith(text, lines), JSON.stringify(text));
    }),
    { numRuns: 150 },
  );
});

Deno.test("what a peer wrote looks like nothing but text", async () => {
  using screen = new WatchedScreen(COLUMNS);
  const lines = new Lines({ name: "me", style: PLAIN, times: true });
  for (const { what, text } of HOSTILE_TEXTS) {
    screen.reset();
    await screen.write(lines.message({ room: "r", sender: "ann", text, id: "1", seq: 7, at }));
    const { row } = screen.cursor;
    for (let y = 0; y <= row; y++) {
      for (let x = 0; x < COLUMNS; x++) assert(screen.cell(y, x).isPlain, what);
    }
  }
});
