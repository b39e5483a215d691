import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeFrame } from "../../codec/encoder.ts";
import { writeAll } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { memoryPair } from "../../net/memory.ts";
import { withUnread } from "../../net/unread.ts";

Deno.test("withUnread gives the bytes first that were read too early, then what comes", async () => {
  const [far, near] = memoryPair();
  const connection = withUnread(near, new Uint8Array([1, 2, 3]));
  await writeAll(far, new Uint8Array([4, 5]));
  await far.closeWrite();
  const read: number[] = [];
  const into = new Uint8Array(2);
  for (let count = await connection.read(into); count !== null;) {
    read.push(...into.subarray(0, count));
    count = await connection.read(into);
  }
  assertEquals(read, [1, 2, 3, 4, 5]);
  assertStrictEquals(withUnread(near, new Uint8Array(0)), near);
  far.close();
  connection.close();
});

Deno.test("FrameReader hands a connection over between two frames, for every chunking, without a loss", async () => {
  await fc.assert(fc.asyncProperty(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 1, max: 40 }),
    async (firstBytes, restBytes, chunkBytes) => {
      const [far, near] = memoryPair();
      const rest = new Uint8Array(restBytes).map((_byte, at) => at);
      const first = encodeFrame("json", new Uint8Array(firstBytes).fill(32));
      const all = new Uint8Array([...first, ...rest]);
      const writing = (async () => {
        for (let at = 0; at < all.length; at += chunkBytes) {
          await writeAll(far, all.slice(at, at + chunkBytes));
        }
        await far.closeWrite();
      })();
      const reader = new FrameReader(near);
      let frame = undefined;
      while (frame === undefined && await reader.more()) frame = reader.next();
      assertEquals(frame?.payload.length, firstBytes);
      const connection = reader.handOver();
      const left: number[] = [];
      const into = new Uint8Array(16);
      for (let count = await connection.read(into); count !== null;) {
        left.push(...into.subarray(0, count));
        count = await connection.read(into);
      }
      assertEquals(left, [...rest]);
      await writing;
      far.close();
      connection.close();
    },
  ));
});

Deno.test("FrameReader hands nothing over in the middle of a frame, or of reading ahead", async () => {
  for (const readAhead of [false, true]) {
    const [far, near] = memoryPair();
    const frame = encodeFrame("data", new Uint8Array(100));
    await writeAll(far, readAhead ? frame : frame.slice(0, 50));
    const reader = new FrameReader(near, { readAhead });
    await reader.more();
    reader.next();
    assertThrows(() => reader.handOver(), TypeError);
    far.close();
    near.close();
  }
});
