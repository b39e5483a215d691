import {
  assert,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { encodeFrame } from "../../codec/encoder.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { Connection } from "../../net/connection.ts";
import { writeAll } from "../../net/connection.ts";
import { FrameReader, type FrameReaderOptions } from "../../net/frame_reader.ts";
import { memoryPair } from "../../net/memory.ts";
import { pattern } from "../contracts/connection.ts";
import { turn } from "../support/fake_clock.ts";

const MODES = [["", false], [" reading ahead", true]] as const;

/** A reader on one end, the other end, and the buffers of every read so far. */
function readerWith(options: FrameReaderOptions, capacityBytes = 1_000_000) {
  const [far, near] = memoryPair({ capacityBytes });
  const buffers: Uint8Array[] = [];
  const watched: Connection = {
    ...near,
    read(into) {
      buffers.push(into);
      return near.read(into);
    },
  };
  return { far, near, buffers, reader: new FrameReader(watched, options) };
}

/** The data bytes of every frame until the end of the input. */
async function collect(reader: FrameReader): Promise<{ bytes: number[]; frames: number }> {
  const bytes: number[] = [];
  let frames = 0;
  while (await reader.more()) {
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      bytes.push(...frame.payload);
      if (frame.kind === "json" || frame.last) frames++;
    }
  }
  return { bytes, frames };
}

for (const [mode, readAhead] of MODES) {
  Deno.test(`FrameReader${mode} reads the frames that were written`, async () => {
    const { far, reader } = readerWith({ readAhead, minBufferBytes: 16, maxBufferBytes: 64 });
    const payloads = [0, 1, 5, 16, 100, 3_000].map((length) => pattern(length));
    for (const payload of payloads) await writeAll(far, encodeFrame("data", payload));
    await writeAll(far, encodeFrame("json", pattern(500)));
    await far.closeWrite();
    assertEquals(await collect(reader), {
      bytes: [...payloads, pattern(500)].flatMap((payload) => [...payload]),
      frames: 7,
    });
    assertEquals(await reader.more(), false);
  });

  Deno.test(`FrameReader${mode} keeps views valid until the next more (I1)`, async () => {
    const { far, reader } = readerWith({ readAhead, minBufferBytes: 32, maxBufferBytes: 32 });
    const sent = pattern(1_000);
    await writeAll(far, encodeFrame("data", sent));
    await far.closeWrite();
    let at = 0;
    while (await reader.more()) {
      const views = [];
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        views.push(frame.payload);
      }
      // Whatever is read ahead meanwhile must not touch what the caller still works on.
      await turn();
      for (const view of views) {
        assertEquals(view, sent.subarray(at, at + view.length));
        at += view.length;
      }
    }
    assertEquals(at, sent.length);
  });

  Deno.test(`FrameReader${mode} alternates ${readAhead ? "two buffers" : "one buffer"} while it is busy`, async () => {
    const { far, reader, buffers } = readerWith({
      readAhead,
      minBufferBytes: 64,
      maxBufferBytes: 64,
    });
    await writeAll(far, encodeFrame("data", pattern(10_000)));
    await far.closeWrite();
    await collect(reader);
    assert(buffers.length > 100, `${buffers.length} reads`);
    assertEquals(new Set(buffers.map(({ buffer }) => buffer)).size, readAhead ? 2 : 1);
  });

  const idle = readAhead ? "keeps it when idle" : "has a small one when idle";
  Deno.test(`FrameReader${mode} grows its buffer while reads fill it, and ${idle}`, async () => {
    const options = { readAhead, minBufferBytes: 1_024, maxBufferBytes: 16_384 };
    const { far, near, reader, buffers } = readerWith(options);
    await writeAll(far, encodeFrame("data", new Uint8Array(100_000)));
    while (buffers.at(-1)?.length !== 16_384) {
      assertEquals(await reader.more(), true);
      while (reader.next() !== undefined);
    }
    assertEquals([...new Set(buffers.map(({ length }) => length))], [1_024, 4_096, 16_384]);
    // The rest of the burst, then little by little.
    const rest = (async () => {
      while (await reader.more()) while (reader.next() !== undefined);
    })();
    for (let round = 0; round < 4; round++) {
      await turn();
      await writeAll(far, encodeFrame("data", new Uint8Array(10)));
    }
    await turn();
    assertEquals(buffers.at(-1)?.length, readAhead ? 16_384 : 1_024);
    await far.closeWrite();
    await rest;
    near.close();
  });

  Deno.test(`FrameReader${mode} reads nothing that more did not ask for (I2)`, async () => {
    const { far, near, reader, buffers } = readerWith({
      readAhead,
      minBufferBytes: 8,
      maxBufferBytes: 8,
    });
    assertEquals(buffers.length, 0);
    await writeAll(far, encodeFrame("data", pattern(100)));
    await reader.more();
    while (reader.next() !== undefined);
    await turn();
    assertEquals(buffers.length, readAhead ? 2 : 1);
    near.close();
    far.close();
  });

  Deno.test(`FrameReader${mode} says that the input ended inside a frame`, async () => {
    const { far, reader } = readerWith({ readAhead });
    await writeAll(far, encodeFrame("data", pattern(100)).subarray(0, 50));
    await far.closeWrite();
    const error = await assertRejects(() => collect(reader), ProtocolError);
    assertEquals(error.code, "truncated_frame");
  });

  Deno.test(`FrameReader${mode} throws what the decoder throws, and takes its limits`, async () => {
    const { far, near, reader } = readerWith({ readAhead, maxDataPayloadBytes: 99 });
    await writeAll(far, encodeFrame("data", pattern(100)));
    await reader.more();
    assertEquals(assertThrows(() => reader.next(), ProtocolError).code, "frame_too_large");
    near.close();
    far.close();
  });

  Deno.test(`FrameReader${mode} fails when its connection fails, and leaves nothing unhandled`, async () => {
    const { far, near, reader } = readerWith({ readAhead });
    await writeAll(far, encodeFrame("data", pattern(10)));
    await reader.more();
    while (reader.next() !== undefined);
    near.close();
    await turn();
    await assertRejects(() => reader.more(), Error, "closed");
    far.close();
  });

  Deno.test(`FrameReader${mode} discards to the end of the input, frames or not, in one small buffer`, async () => {
    const { far, reader, buffers } = readerWith({
      readAhead,
      minBufferBytes: 64,
      maxBufferBytes: 64,
    }, 100);
    const writing = (async () => {
      await writeAll(far, encodeFrame("data", pattern(10)));
      await writeAll(far, new TextEncoder().encode("GET / HTTP/1.1\r\n".repeat(1_000)));
      await far.closeWrite();
    })();
    await reader.more();
    while (reader.next() !== undefined) if (!readAhead) break;
    await reader.discard().catch((error) => {
      throw new Error("discard must not look at what it reads", { cause: error });
    });
    await writing;
    assert(buffers.length > 100, `${buffers.length} reads`);
    assertLess(new Set(buffers.map(({ buffer }) => buffer)).size, 4);
    far.close();
  });
}

Deno.test("FrameReader gives two rounds different buffers only when it reads ahead", async () => {
  const { far, near, reader } = readerWith({
    readAhead: true,
    minBufferBytes: 16,
    maxBufferBytes: 16,
  });
  await writeAll(far, encodeFrame("data", pattern(40)));
  await reader.more();
  const first = reader.next()!.payload;
  while (reader.next() !== undefined);
  await reader.more();
  const second = reader.next()!.payload;
  assertNotEquals(first.buffer, second.buffer, "the second round overwrites the first");
  near.close();
  far.close();
});
