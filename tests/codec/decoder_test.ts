import { assert, assertEquals, assertLess, assertStrictEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { FrameDecoder } from "../../codec/decoder.ts";
import { encodeFrame, encodeFrameHeader } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { OutgoingFrame } from "../../codec/streams.ts";
import { cuts, decodeAll, frames, join, split, type Whole } from "./frames.ts";

function encodeAll(sent: readonly OutgoingFrame[]): Uint8Array<ArrayBuffer> {
  return join(sent.map(({ kind, payload }) => encodeFrame(kind, payload)));
}

function wholes(sent: readonly OutgoingFrame[]): Whole[] {
  return sent.map(({ kind, payload }) => ({ kind, payload: [...payload] }));
}

Deno.test("FrameDecoder gives the same frames for every chunking (I1)", () => {
  fc.assert(
    fc.property(frames(), cuts(), (sent, lengths) => {
      const chunks = split(encodeAll(sent), lengths);
      assertEquals(decodeAll(new FrameDecoder(), chunks), wholes(sent));
    }),
    { numRuns: 500 },
  );
});

Deno.test("FrameDecoder gives the same frames byte by byte, and for empty chunks between (I1)", () => {
  fc.assert(fc.property(frames(), (sent) => {
    const chunks = split(encodeAll(sent), [1]).flatMap((byte) => [byte, new Uint8Array(0)]);
    assertEquals(decodeAll(new FrameDecoder(), chunks), wholes(sent));
  }));
});

Deno.test("FrameDecoder fails alike for every chunking of any bytes (I1, I4)", () => {
  // Headers that are nearly right, so that every way to fail is met.
  const header = fc.tuple(
    fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 71),
    fc.constantFrom(0, 0, 0, 1, 16, 17),
    fc.constantFrom(0, 0, 1),
    fc.nat({ max: 20 }),
    fc.constantFrom(0, 1, 1, 1, 2, 2, 2, 3),
  ).map((bytes) => new Uint8Array(bytes));
  const noise = fc.array(fc.oneof(header, fc.uint8Array({ maxLength: 20 })), { maxLength: 20 });
  const outcome = (chunks: readonly Uint8Array<ArrayBuffer>[]) => {
    const decoder = new FrameDecoder();
    try {
      return decodeAll(decoder, chunks).length;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return error.message;
    }
  };
  fc.assert(
    fc.property(noise, cuts(), (pieces, lengths) => {
      const bytes = join(pieces);
      assertEquals(outcome(split(bytes, lengths)), outcome([bytes]));
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("FrameDecoder buffers at most twice what came of the unfinished frame (I2)", () => {
  const payloads = fc.uint8Array({ minLength: 1, maxLength: 20_000, size: "max" });
  fc.assert(
    fc.property(payloads, cuts(), (payload, lengths) => {
      const decoder = new FrameDecoder();
      const bytes = encodeFrame("json", payload);
      let arrived = 0;
      for (const chunk of split(bytes, lengths)) {
        decoder.push(chunk);
        while (decoder.next() !== undefined);
        arrived += chunk.length;
        assert(
          decoder.bufferedBytes <= Math.max(256, 2 * arrived),
          `${decoder.bufferedBytes} bytes are held for ${arrived}`,
        );
      }
      assertEquals(decoder.bufferedBytes, 0);
    }),
    { numRuns: 50 },
  );
});

Deno.test("FrameDecoder holds next to nothing for a peer that announces 1 MiB and sends one byte (I2)", () => {
  const decoder = new FrameDecoder();
  decoder.push(join([encodeFrameHeader("data", 1_048_576), new Uint8Array([7])]));
  while (decoder.next() !== undefined);
  assertEquals(decoder.bufferedBytes, 0);

  const thousand = Array.from({ length: 1_000 }, () => new FrameDecoder());
  const { external: before } = Deno.memoryUsage();
  for (const decoder of thousand) {
    decoder.push(join([encodeFrameHeader("json", 65_536), new Uint8Array([0x7b])]));
    while (decoder.next() !== undefined);
    assert(decoder.bufferedBytes <= 256, `${decoder.bufferedBytes} bytes for one`);
  }
  assertLess(Deno.memoryUsage().external - before, 1_000 * 4_096);
  assertEquals(thousand.length, 1_000);
});

Deno.test("FrameDecoder lets go of the caller's chunk when it needs more (I2)", () => {
  const decoder = new FrameDecoder();
  const chunk = encodeFrame("json", new Uint8Array(100));
  decoder.push(chunk);
  while (decoder.next() !== undefined);
  assertEquals([decoder.bufferedBytes, decoder.atBoundary], [0, true]);
});

Deno.test("FrameDecoder keeps empty frames (I3)", () => {
  const sent: OutgoingFrame[] = [
    { kind: "data", payload: new Uint8Array(0) },
    { kind: "json", payload: new Uint8Array(0) },
    { kind: "data", payload: new Uint8Array(0) },
  ];
  for (const lengths of [[15], [5], [1], [4, 2]]) {
    assertEquals(decodeAll(new FrameDecoder(), split(encodeAll(sent), lengths)), wholes(sent));
  }
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame("data", new Uint8Array(0)));
  const frame = decoder.next();
  assert(frame?.kind === "data");
  assertEquals([frame.payload.length, frame.first, frame.last], [0, true, true]);
});

Deno.test("FrameDecoder throws the same error for ever after the first (I4)", () => {
  const decoder = new FrameDecoder();
  decoder.push(new Uint8Array([9]));
  const error = assertThrows(() => decoder.next(), ProtocolError);
  for (
    const call of [
      () => decoder.next(),
      () => decoder.push(encodeFrame("json", new Uint8Array(2))),
      () => decoder.end(),
    ]
  ) assertStrictEquals(assertThrows(call, ProtocolError), error);
  assertEquals(decoder.bufferedBytes, 0);
});

Deno.test("FrameDecoder gives the frames before an error first (I4)", () => {
  const decoder = new FrameDecoder();
  decoder.push(join([encodeFrame("json", new Uint8Array(2)), new Uint8Array([9])]));
  assertEquals(decoder.next()?.kind, "json");
  assertEquals(assertThrows(() => decoder.next(), ProtocolError).code, "bad_frame");
});

Deno.test("FrameDecoder hands data on as views, as it arrives (I5)", () => {
  const decoder = new FrameDecoder();
  const first = join([encodeFrameHeader("data", 1_000), new Uint8Array(10)]);
  decoder.push(first);
  const part = decoder.next();
  assert(part?.kind === "data");
  assertStrictEquals(part.payload.buffer, first.buffer);
  assertEquals([part.payload.byteOffset, part.payload.length], [5, 10]);
  assertEquals([part.first, part.last], [true, false]);
  assertEquals(decoder.next(), undefined);
  const rest = new Uint8Array(990);
  decoder.push(rest);
  const last = decoder.next();
  assert(last?.kind === "data");
  assertStrictEquals(last.payload.buffer, rest.buffer);
  assertEquals([last.payload.length, last.first, last.last], [990, false, true]);
});

Deno.test("FrameDecoder hands on json that lies in one chunk as a view (I5)", () => {
  const decoder = new FrameDecoder();
  const chunk = encodeFrame("json", new Uint8Array(50));
  decoder.push(chunk);
  assertStrictEquals(decoder.next()?.payload.buffer, chunk.buffer);
});

Deno.test("FrameDecoder gives json that was gathered a buffer that no later frame touches", () => {
  const decoder = new FrameDecoder();
  const payloads: Uint8Array[] = [];
  for (const text of ["first", "second"]) {
    for (const chunk of split(encodeFrame("json", new TextEncoder().encode(text)), [3])) {
      decoder.push(chunk);
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
        payloads.push(frame.payload);
      }
    }
  }
  assertEquals(payloads.map((bytes) => new TextDecoder().decode(bytes)), ["first", "second"]);
});

Deno.test("FrameDecoder takes payloads up to its limits and none over", () => {
  for (const [kind, limit] of [["json", 65_536], ["data", 1_048_576]] as const) {
    const decoder = new FrameDecoder();
    decoder.push(encodeFrameHeader(kind, limit));
    assertEquals(decoder.next(), undefined);
  }
  const small = { maxJsonPayloadBytes: 10, maxDataPayloadBytes: 20 };
  for (const [kind, limit] of [["json", 10], ["data", 20]] as const) {
    const decoder = new FrameDecoder(small);
    decoder.push(encodeFrame(kind, new Uint8Array(limit)));
    assertEquals(decoder.next()?.payload.length, limit);
    decoder.push(encodeFrameHeader(kind, limit + 1));
    const error = assertThrows(() => decoder.next(), ProtocolError, String(limit));
    assertEquals(error.code, "frame_too_large");
  }
});

Deno.test("FrameDecoder refuses limits that no length can have", () => {
  for (const limit of [0, -1, 1.5, NaN, 2 ** 24]) {
    assertThrows(() => new FrameDecoder({ maxJsonPayloadBytes: limit }), RangeError);
    assertThrows(() => new FrameDecoder({ maxDataPayloadBytes: limit }), RangeError);
  }
});

Deno.test("FrameDecoder refuses a chunk while it holds another", () => {
  const decoder = new FrameDecoder();
  decoder.push(encodeFrame("json", new Uint8Array(2)));
  assertThrows(() => decoder.push(new Uint8Array(1)), TypeError, "next()");
});

Deno.test("FrameDecoder knows whether it is between two frames", () => {
  const decoder = new FrameDecoder();
  assertEquals(decoder.atBoundary, true);
  const states: boolean[] = [];
  for (const chunk of split(encodeFrame("data", new Uint8Array(2)), [1])) {
    decoder.push(chunk);
    while (decoder.next() !== undefined);
    states.push(decoder.atBoundary);
  }
  assertEquals(states, [false, false, false, false, false, false, true]);

  decoder.push(
    join([encodeFrame("json", new Uint8Array(2)), encodeFrame("json", new Uint8Array(2))]),
  );
  decoder.next();
  assertEquals(decoder.atBoundary, false);
  assertEquals(assertThrows(() => decoder.end(), ProtocolError).code, "truncated_frame");
});
