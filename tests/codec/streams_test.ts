import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import * as fc from "fast-check";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { FrameDecoderStream, FrameEncoderStream } from "../../codec/streams.ts";
import { cuts, frames, Gatherer, join, split } from "./frames.ts";

Deno.test("FrameEncoderStream and FrameDecoderStream give back every frame, for every chunking", async () => {
  await fc.assert(
    fc.asyncProperty(frames(), cuts(), async (sent, lengths) => {
      const encoded = ReadableStream.from(sent).pipeThrough(new FrameEncoderStream());
      const chunks = split(join(await Array.fromAsync(encoded)), lengths);
      const decoded = ReadableStream.from(chunks).pipeThrough(new FrameDecoderStream());
      const gatherer = new Gatherer();
      for await (const frame of decoded) gatherer.add(frame);
      assertEquals(
        gatherer.frames,
        sent.map(({ kind, payload }) => ({ kind, payload: [...payload] })),
      );
    }),
    { numRuns: 50 },
  );
});

Deno.test("FrameEncoderStream hands data on as it is", async () => {
  const payload = new Uint8Array(10);
  const sent = ReadableStream.from([{ kind: "data" as const, payload }]);
  const chunks = await Array.fromAsync(sent.pipeThrough(new FrameEncoderStream()));
  assertEquals(chunks.map(({ length }) => length), [5, 10]);
  assertStrictEquals(chunks[1], payload);
});

Deno.test("FrameEncoderStream refuses a payload over the limit", async () => {
  const sent = ReadableStream.from([{ kind: "json" as const, payload: new Uint8Array(65_537) }]);
  await assertRejects(
    () => Array.fromAsync(sent.pipeThrough(new FrameEncoderStream())),
    RangeError,
    "65536",
  );
});

for (
  const [says, bytes, options, code] of [
    ["the input ends inside a frame", [0, 0, 0, 9, 2, 1], {}, "truncated_frame"],
    ["the input is no frame", [71, 69, 84], {}, "bad_frame"],
    [
      "a frame is over its own limit",
      [0, 0, 0, 9, 2],
      { maxDataPayloadBytes: 8 },
      "frame_too_large",
    ],
  ] as const
) {
  Deno.test(`FrameDecoderStream errors when ${says}, after the frames before`, async () => {
    const good = encodeFrame("json", new Uint8Array(2));
    const chunks = ReadableStream.from([good, new Uint8Array(bytes)]);
    const reader = chunks.pipeThrough(new FrameDecoderStream(options)).getReader();
    assertEquals((await reader.read()).value?.kind, "json");
    const error = await assertRejects(async () => {
      while (!(await reader.read()).done);
    }, ProtocolError);
    assertEquals(error.code, code);
  });
}
