import { assert, assertEquals } from "@std/assert";
import xterm from "@xterm/headless";
import { type LineTools, ProgressBar } from "../../terminal/progress_bar.ts";

/** A screen that a bar is drawn on, and the bar's next drawings to wait for. */
class Screen implements AsyncDisposable {
  readonly terminal = new xterm.Terminal({ cols: 40, rows: 8, allowProposedApi: true });
  readonly writes: string[] = [];
  line: (tools: LineTools) => string = () => "a line";
  onDraw: () => void = () => {};
  #asked = 0;
  #waiting: (() => void) | undefined;
  readonly bar = new ProgressBar({
    write: (text) => this.write(text),
    columns: () => this.terminal.cols,
    line: (tools) => {
      this.#asked++;
      this.#waiting?.();
      return this.line(tools);
    },
    onDraw: () => this.onDraw(),
  });

  write(text: string): void {
    this.writes.push(text);
    this.terminal.write(text);
  }

  /** Waits until the line was asked for so many times more. */
  async draws(count: number): Promise<void> {
    const until = this.#asked + count;
    while (this.#asked < until) await new Promise<void>((resolve) => this.#waiting = resolve);
  }

  async cursor(): Promise<{ readonly row: number; readonly column: number }> {
    await this.rows();
    const { cursorX: column, cursorY: row } = this.terminal.buffer.active;
    return { row, column };
  }

  async rows(): Promise<string[]> {
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    const { active } = this.terminal.buffer;
    const rows = Array.from(
      { length: active.length },
      (_, row) => active.getLine(row)!.translateToString(true),
    );
    return rows.slice(0, rows.findLastIndex((row) => row !== "") + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.bar[Symbol.dispose]();
    // It writes later.
    await this.rows();
    this.terminal.dispose();
  }
}

Deno.test("ProgressBar draws a bar of the asked width, and takes it away in the end", async () => {
  await using screen = new Screen();
  screen.line = ({ bar, width }) => `${width} ${bar(0.25, 8)}`;
  screen.bar.start();
  assertEquals(await screen.rows(), ["39 ██░░░░░░"]);
  screen.bar.stop();
  assertEquals(await screen.rows(), []);
  screen.bar.start();
  assertEquals(await screen.rows(), ["39 ██░░░░░░"], "it can begin again");
});

Deno.test("ProgressBar does not write what has not changed (I1)", async () => {
  await using screen = new Screen();
  screen.bar.start();
  await screen.draws(2);
  assertEquals(screen.writes.length, 1);
  screen.line = () => "another";
  await screen.draws(2);
  assertEquals(screen.writes.length, 2);
  assertEquals(await screen.rows(), ["another"]);
});

Deno.test("ProgressBar makes room for lines, and is below them afterwards", async () => {
  await using screen = new Screen();
  screen.write("first\r\n");
  screen.bar.start();
  let waiting = ["second\r\n", "third\r\n"];
  screen.onDraw = () => {
    if (waiting.length > 0) screen.bar.erase();
    for (const line of waiting) screen.write(line);
    waiting = [];
  };
  await screen.draws(2);
  assertEquals(await screen.rows(), ["first", "second", "third", "a line"]);
  screen.bar.stop();
  assertEquals(await screen.rows(), ["first", "second", "third"]);
});

Deno.test("ProgressBar leaves nothing on a terminal that became narrower (I2)", async () => {
  await using screen = new Screen();
  screen.write("before\r\n");
  screen.line = ({ width }) => "#".repeat(width);
  screen.bar.start();
  assertEquals(await screen.rows(), ["before", "#".repeat(39)]);
  assertEquals(await screen.cursor(), { row: 1, column: 0 }, "where all of it can be erased from");
  screen.terminal.resize(15, 8);
  await screen.draws(2);
  assertEquals(await screen.rows(), ["before", "#".repeat(14)]);
  // Other terminals cut the line into rows then: below its beginning all is cleared.
  assertEquals(screen.writes.filter((text) => text.includes("\x1b[J")), ["\r\x1b[J"]);
  screen.bar.stop();
  assertEquals(await screen.cursor(), { row: 1, column: 0 });
});

Deno.test("ProgressBar changes no mode of the terminal, and does not move to where it was once (I3)", async () => {
  await using screen = new Screen();
  screen.bar.start();
  screen.bar.stop();
  // deno-lint-ignore no-control-regex -- finding them is what it is for
  const sequences = screen.writes.join("").match(/\x1b(?:\[[0-9;?]*[a-zA-Z]|.)/g) ?? [];
  const allowed = new Set(["\x1b[1G", "\x1b[0K", "\x1b[J"]);
  assert(sequences.every((found) => allowed.has(found)), JSON.stringify(sequences));
  assert(sequences.length > 0);
});
