// How fast the codec is, beside the plain copy of the same bytes: a table for people, then one line of
// JSON. Each figure is the median of several rounds; the cases take turns, so that a noisy machine
// treats them alike.
// deno-lint-ignore-file no-console -- a program for people
import { FrameDecoder } from "../codec/decoder.ts";
import { encodeFrame, encodeFrameHeader, encodeJsonFrameInto } from "../codec/encoder.ts";

const ROUNDS = 15;
/** What one round of one case carries. */
const ROUND_BYTES = 64 * 2 ** 20;
/** What a busy connection's read brings. */
const CHUNK_BYTES = 65_536;

const text = JSON.stringify({
  type: "message",
  payload: { room: "lobby", text: "x".repeat(100), id: "01JZ0000000000000000000000" },
});
const textBytes = new TextEncoder().encode(text);
const data = new Uint8Array(2 ** 20).map((_, at) => at);

/** One chunk's worth of a stream, as often as a round needs it. */
interface Case {
  readonly name: string;
  /** How many frames and bytes one call carries. */
  readonly frames: number;
  readonly bytes: number;
  run(): void;
}

/** The bytes of a stream of frames, cut as reads cut it. */
function chunksOf(frame: Uint8Array<ArrayBuffer>, frames: number): Uint8Array<ArrayBuffer>[] {
  const stream = new Uint8Array(frame.length * frames);
  for (let at = 0; at < stream.length; at += frame.length) stream.set(frame, at);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    chunks.push(stream.slice(at, at + CHUNK_BYTES));
  }
  return chunks;
}

/** Decoding a stream, and copying its chunks, which is the least that anybody could do with them. */
function decodeCases(kind: string, frame: Uint8Array<ArrayBuffer>, frames: number): Case[] {
  const chunks = chunksOf(frame, frames);
  const bytes = frame.length * frames;
  const target = new Uint8Array(CHUNK_BYTES);
  const decoder = new FrameDecoder();
  return [{
    name: `decode ${kind}`,
    frames,
    bytes,
    run() {
      for (const chunk of chunks) {
        decoder.push(chunk);
        while (decoder.next() !== undefined);
      }
    },
  }, {
    name: `copy the chunks of ${kind}`,
    frames,
    bytes,
    run() {
      for (const chunk of chunks) target.set(chunk);
    },
  }];
}

const into = new Uint8Array(CHUNK_BYTES);
const perBuffer = Math.floor(CHUNK_BYTES / (3 * textBytes.length + 5));
const copyTarget = new Uint8Array(2 ** 20 + 5);
const jsonFrame = encodeFrame("json", textBytes);

const cases: readonly Case[] = [
  ...decodeCases(`json frames of ${textBytes.length} bytes`, jsonFrame, 5_000),
  ...decodeCases("data frames of 1 MiB", encodeFrame("data", data), 8),
  {
    name: `encode json frames of ${textBytes.length} bytes`,
    frames: perBuffer,
    bytes: perBuffer * jsonFrame.length,
    run() {
      let at = 0;
      for (let frame = 0; frame < perBuffer; frame++) {
        at += encodeJsonFrameInto(text, into.subarray(at));
      }
    },
  },
  {
    name: "copy the same frames, encoded before",
    frames: perBuffer,
    bytes: perBuffer * jsonFrame.length,
    run() {
      let at = 0;
      for (let frame = 0; frame < perBuffer; frame++, at += jsonFrame.length) {
        into.set(jsonFrame, at);
      }
    },
  },
  {
    name: "encode data frames of 1 MiB: the header alone, as the writer does",
    frames: 1,
    bytes: data.length + 5,
    run: () => void encodeFrameHeader("data", data.length),
  },
  {
    name: "encode data frames of 1 MiB: into a new buffer",
    frames: 1,
    bytes: data.length + 5,
    run: () => void encodeFrame("data", data),
  },
  {
    name: "copy 1 MiB",
    frames: 1,
    bytes: data.length + 5,
    run: () => copyTarget.set(data, 5),
  },
];

/** Seconds for one round of a case. */
function time({ bytes, run }: Case): number {
  const calls = Math.ceil(ROUND_BYTES / bytes);
  const start = performance.now();
  for (let call = 0; call < calls; call++) run();
  return (performance.now() - start) / 1_000 / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const seconds = cases.map(() => [] as number[]);
for (let round = -2; round < ROUNDS; round++) {
  for (const [index, one] of cases.entries()) {
    const took = time(one);
    // The first rounds are for the compiler.
    if (round >= 0) seconds[index]!.push(took);
  }
}

const results = cases.map(({ name, frames, bytes }, index) => {
  const each = median(seconds[index]!);
  return { name, framesPerSecond: frames / each, gigabytesPerSecond: bytes / each / 1e9 };
});
const width = Math.max(...cases.map(({ name }) => name.length));
console.log(`${"".padEnd(width)}  ${"frames/s".padStart(13)}  ${"GB/s".padStart(8)}`);
for (const { name, framesPerSecond, gigabytesPerSecond } of results) {
  // Where nothing is copied, bytes a second say nothing.
  const speed = gigabytesPerSecond < 1_000 ? gigabytesPerSecond.toFixed(2) : "-";
  const frames = Math.round(framesPerSecond).toLocaleString("en");
  console.log(`${name.padEnd(width)}  ${frames.padStart(13)}  ${speed.padStart(8)}`);
}
console.log(JSON.stringify({ bench: "codec", deno: Deno.version.deno, results }));
