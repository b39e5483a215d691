import { assertEquals, assertThrows } from "@std/assert";
import { FrameDecoder } from "../../codec/decoder.ts";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import vectors from "../vectors/frames.json" with { type: "json" };
import { decodeAll, Gatherer, join, split, type Whole } from "./frames.ts";

/** A frame as the vectors have it. */
interface VectorFrame {
  readonly kind: string;
  readonly text?: string;
  readonly hex?: string;
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

function wholeOf({ kind, text, hex }: VectorFrame): Whole {
  const payload = text === undefined ? bytesOf(hex!) : new TextEncoder().encode(text);
  return { kind: kind === "json" ? "json" : "data", payload: [...payload] };
}

for (const { description, hex, frames } of vectors.good) {
  const expected = (frames as VectorFrame[]).map(wholeOf);

  Deno.test(`FrameDecoder meets the vector: ${description}`, () => {
    const bytes = bytesOf(hex);
    assertEquals(decodeAll(new FrameDecoder(), [bytes]), expected);
    assertEquals(decodeAll(new FrameDecoder(), split(bytes, [1])), expected);
  });

  Deno.test(`encodeFrame meets the vector: ${description}`, () => {
    const encoded = expected.map(({ kind, payload }) => encodeFrame(kind, new Uint8Array(payload)));
    assertEquals(join(encoded), bytesOf(hex));
  });
}

for (const { description, hex, frames, code } of vectors.bad) {
  Deno.test(`FrameDecoder fails with ${code} at the vector: ${description}`, () => {
    for (const lengths of [[1_000], [1], [2, 3]]) {
      const gatherer = new Gatherer();
      const decode = () => decodeAll(new FrameDecoder(), split(bytesOf(hex), lengths), gatherer);
      assertEquals(assertThrows(decode, ProtocolError).code, code);
      assertEquals(gatherer.frames, (frames as VectorFrame[]).map(wholeOf));
    }
  });
}
