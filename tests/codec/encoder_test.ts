import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import {
  encodeFrame,
  encodeFrameHeader,
  encodeJsonFrameInto,
  maxJsonFrameBytes,
} from "../../codec/encoder.ts";

Deno.test("encodeFrame begins every frame with a 0, whatever its length", () => {
  for (const length of [0, 1, 255, 256, 65_535, 65_536, 1_048_576]) {
    const frame = encodeFrame("data", new Uint8Array(length));
    assertEquals(frame.length, 5 + length);
    assertEquals(frame[0], 0);
    assertEquals(new DataView(frame.buffer).getUint32(0), length);
    assertEquals(frame.subarray(0, 5), encodeFrameHeader("data", length));
  }
});

Deno.test("encodeFrame copies the payload", () => {
  const payload = new Uint8Array([1]);
  const frame = encodeFrame("data", payload);
  payload[0] = 2;
  assertEquals(frame[5], 1);
});

Deno.test("encodeFrame refuses a payload over its kind's limit", () => {
  assertEquals(encodeFrame("json", new Uint8Array(65_536)).length, 65_541);
  assertThrows(() => encodeFrame("json", new Uint8Array(65_537)), RangeError, "65536");
  assertThrows(() => encodeFrame("data", new Uint8Array(1_048_577)), RangeError, "1048576");
  assertThrows(() => encodeFrameHeader("json", 65_537), RangeError, "65536");
});

Deno.test("encodeJsonFrameInto writes what encodeFrame would, for any text", () => {
  const texts = fc.string({ unit: "binary", maxLength: 500 });
  fc.assert(fc.property(texts, (text) => {
    const into = new Uint8Array(maxJsonFrameBytes(text.length));
    const length = encodeJsonFrameInto(text, into);
    const expected = encodeFrame("json", new TextEncoder().encode(text));
    assertEquals(into.subarray(0, length), expected);
  }));
});

Deno.test("encodeJsonFrameInto needs no more than maxJsonFrameBytes, and says when it got less", () => {
  const text = "漢".repeat(100);
  assertEquals(encodeJsonFrameInto(text, new Uint8Array(maxJsonFrameBytes(100))), 305);
  assertThrows(() => encodeJsonFrameInto(text, new Uint8Array(304)), RangeError, "305");
  assertThrows(
    () => encodeJsonFrameInto("x".repeat(65_537), new Uint8Array(70_000)),
    RangeError,
    "65536",
  );
});
