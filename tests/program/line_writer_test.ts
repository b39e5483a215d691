import { assertEquals, assertThrows } from "@std/assert";
import { type LineStream, LineWriter } from "../../program/line_writer.ts";
import { turn } from "../support/fake_clock.ts";

function writer(): { readonly lines: LineWriter; readonly written: [LineStream | "-", string][] } {
  const written: [LineStream | "-", string][] = [];
  return { lines: new LineWriter((to, text) => written.push([to, text])), written };
}

Deno.test("LineWriter writes each line at once, unless it is to gather", () => {
  const { lines, written } = writer();
  lines.add("stdout", "a");
  lines.add("stdout", "b");
  assertEquals(written, [["stdout", "a\n"], ["stdout", "b\n"]]);
});

Deno.test("LineWriter writes a turn's lines together, in order (I1)", async () => {
  const { lines, written } = writer();
  lines.gather(() => {});
  for (const line of ["a", "b"]) lines.add("stdout", line);
  for (const line of ["c", "d"]) lines.add("stderr", line);
  lines.add("stdout", "e");
  assertEquals(written, []);
  await turn();
  assertEquals(written, [["stdout", "a\nb\n"], ["stderr", "c\nd\n"], ["stdout", "e\n"]]);
  lines.add("stdout", "f");
  lines.flush();
  assertEquals(written.at(-1), ["stdout", "f\n"]);
  await turn();
  assertEquals(written.length, 4);
});

Deno.test("LineWriter does not let lines grow without bound", () => {
  const { lines, written } = writer();
  lines.gather(() => {});
  for (let count = 0; count < 100; count++) lines.add("stdout", "x".repeat(1_000));
  assertEquals(written.length, 1);
  lines.flush();
});

Deno.test("LineWriter writes in a footer's place, when the footer is drawn (I2)", async () => {
  const { lines, written } = writer();
  lines.gather(() => {});
  lines.add("stdout", "before");
  lines.standBelow({ erase: () => written.push(["-", "erase"]) });
  lines.add("stdout", "a");
  lines.add("stderr", "b");
  await turn();
  assertEquals(written, []);
  lines.flush();
  const drawn: typeof written = [
    ["-", "erase"],
    ["stdout", "before\na\n"],
    ["stderr", "b\n"],
  ];
  assertEquals(written, drawn);
  lines.flush();
  assertEquals(written, drawn, "a footer with nothing above it to write stays");
  lines.add("stdout", "last");
  lines.leave();
  assertEquals(written.slice(3), [["-", "erase"], ["stdout", "last\n"]]);
});

Deno.test("LineWriter tells once that nobody reads standard output, and drops the rest", () => {
  const tried: string[] = [];
  const lines = new LineWriter((to, text) => {
    tried.push(to + text);
    throw new Deno.errors.BrokenPipe();
  });
  assertThrows(() => lines.add("stdout", "a"), Deno.errors.BrokenPipe);
  let told = 0;
  lines.gather(() => told++);
  lines.add("stderr", "b");
  lines.flush();
  assertEquals(told, 0);
  for (const line of ["c", "d"]) {
    lines.add("stdout", line);
    lines.flush();
  }
  assertEquals(told, 1);
  assertEquals(tried, ["stdouta\n", "stderrb\n", "stdoutc\n"]);
});
