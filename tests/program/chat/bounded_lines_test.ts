import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { boundedLines } from "../../../program/chat/bounded_lines.ts";

async function linesOf(chunks: readonly Uint8Array<ArrayBuffer>[], maxLineBytes: number) {
  return await Array.fromAsync(boundedLines(ReadableStream.from(chunks), maxLineBytes));
}

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("boundedLines gives the lines of every chunking", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: "grapheme" }).map((line) => line.replaceAll(/[\r\n]/g, ""))),
      fc.array(fc.nat(100)),
      async (lines, cuts) => {
        const all = bytes(lines.map((line) => line + "\n").join(""));
        const places = [...new Set(cuts)].filter((at) => at < all.length).sort((a, b) => a - b);
        const chunks = [0, ...places].map((at, index) => all.slice(at, places[index]));
        assertEquals(await linesOf(chunks, 1_000), lines);
      },
    ),
  );
});

Deno.test("boundedLines takes both line ends, and a last line without one", async () => {
  assertEquals(await linesOf([bytes("a\r\n\nb\nc")], 10), ["a", "", "b", "c"]);
});

Deno.test("boundedLines keeps the beginning of a line that is too long, and the next lines", async () => {
  assertEquals(await linesOf([bytes("12345"), bytes("6789\nab\n12"), bytes("3456")], 4), [
    "1234",
    "ab",
    "1234",
  ]);
});

Deno.test("boundedLines holds no more of an endless line than its bound", async () => {
  let pulled = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (++pulled > 1_000) controller.close();
      else controller.enqueue(new Uint8Array(65_536).fill(0x78));
    },
  });
  const [line, ...others] = await Array.fromAsync(boundedLines(endless, 100));
  assertEquals([line?.length, others.length], [100, 0]);
  assert(pulled > 1_000);
});
