import * as fc from "fast-check";
import type { FrameDecoder } from "../../codec/decoder.ts";
import type { Frame } from "../../codec/frame.ts";
import type { OutgoingFrame } from "../../codec/streams.ts";

/** What a frame is, apart from the parts that it came in: kind and payload, comparable. */
export interface Whole {
  readonly kind: "json" | "data";
  readonly payload: readonly number[];
}

/** Frames of both kinds, many of them empty or short. */
export function frames(): fc.Arbitrary<OutgoingFrame[]> {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.uint8Array({ maxLength: 600 }),
    fc.constant(new Uint8Array(0)),
  ).map((bytes) => new Uint8Array(bytes));
  return fc.array(fc.record({ kind: fc.constantFrom("json", "data"), payload }), { maxLength: 12 });
}

/** Lengths of chunks, used again and again. */
export function cuts(): fc.Arbitrary<number[]> {
  return fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 700 })), {
    minLength: 1,
    maxLength: 20,
  });
}

/** Cuts bytes into chunks of the lengths given, in turn; each chunk is a buffer of its own. */
export function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = lengths[turn % lengths.length]!;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

/** All bytes in one buffer. */
export function join(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

/** Puts the parts of data frames together. */
export class Gatherer {
  readonly frames: Whole[] = [];
  #open: number[] | undefined;

  add(frame: Frame): void {
    if (frame.kind === "json") {
      if (this.#open !== undefined) throw new Error("a json frame inside a data frame");
      this.frames.push({ kind: "json", payload: [...frame.payload] });
      return;
    }
    if (frame.first === (this.#open !== undefined)) throw new Error("a part that is out of place");
    this.#open ??= [];
    this.#open.push(...frame.payload);
    if (!frame.last) return;
    this.frames.push({ kind: "data", payload: this.#open });
    this.#open = undefined;
  }
}

/** Pushes chunks through a decoder and ends it; what came before an error is in `into`. */
export function decodeAll(
  decoder: FrameDecoder,
  chunks: readonly Uint8Array<ArrayBuffer>[],
  into: Gatherer = new Gatherer(),
): readonly Whole[] {
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) into.add(frame);
  }
  decoder.end();
  return into.frames;
}
