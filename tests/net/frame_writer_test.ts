import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import { FrameDecoder } from "../../codec/decoder.ts";
import { encodeFrame } from "../../codec/encoder.ts";
import type { Connection } from "../../net/connection.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { memoryPair } from "../../net/memory.ts";
import { pattern, readToEnd } from "../contracts/connection.ts";
import { turn } from "../support/fake_clock.ts";

/** What a writer sent, as words: `json {"a":1}`, `data 3`. */
function framesOf(bytes: Uint8Array): string[] {
  const decoder = new FrameDecoder();
  decoder.push(new Uint8Array(bytes));
  const frames: string[] = [];
  for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
    frames.push(
      frame.kind === "json"
        ? `json ${new TextDecoder().decode(frame.payload)}`
        : `data ${frame.payload.length}`,
    );
  }
  decoder.end();
  return frames;
}

/** A writer on one end, and what every write was given. */
function writerWith(capacityBytes = 1_000_000) {
  const [near, far] = memoryPair({ capacityBytes });
  const writes: Uint8Array<ArrayBuffer>[] = [];
  const watched: Connection = {
    ...near,
    write(bytes) {
      writes.push(bytes);
      return near.write(bytes);
    },
  };
  return { near, far, writes, writer: new FrameWriter(watched) };
}

Deno.test("FrameWriter gathers what one turn sends into one write", async () => {
  const { far, near, writes, writer } = writerWith();
  for (let n = 0; n < 100; n++) writer.send({ n });
  await writer.finish();
  assertEquals(writes.length, 1);
  assertEquals(
    framesOf(await readToEnd(far)),
    Array.from({ length: 100 }, (_, n) => `json {"n":${n}}`),
  );
  near.close();
});

Deno.test("FrameWriter sends messages and data in the order of the calls (I1)", async () => {
  const { far, near, writer } = writerWith(50);
  const reading = readToEnd(far);
  writer.send({ n: 1 });
  const first = writer.data(pattern(1_000));
  writer.send({ n: 2 });
  const empty = writer.data(new Uint8Array(0));
  const second = writer.data(pattern(2_000));
  writer.send({ n: 3 });
  await Promise.all([first, empty, second]);
  await writer.finish();
  assertEquals(framesOf(await reading), [
    'json {"n":1}',
    "data 1000",
    'json {"n":2}',
    "data 0",
    "data 2000",
    'json {"n":3}',
  ]);
  near.close();
});

Deno.test("FrameWriter puts nothing into the midst of a data frame (I1)", async () => {
  const { far, near, writer } = writerWith(10);
  const reading = readToEnd(far);
  const data = writer.data(pattern(1_000));
  for (let n = 0; n < 20; n++) {
    await turn();
    writer.send({ n });
  }
  await data;
  await writer.finish();
  const frames = framesOf(await reading);
  assertEquals(frames[0], "data 1000");
  assertEquals(frames.length, 21);
  near.close();
});

Deno.test("FrameWriter writes data without a copy, after its header and what was queued", async () => {
  const { far, near, writes, writer } = writerWith();
  const payload = pattern(500);
  writer.send({ n: 1 });
  await writer.data(payload);
  assertEquals(writes.length, 2);
  assertStrictEquals(writes[1]!.buffer, payload.buffer);
  near.close();
  far.close();
});

Deno.test("FrameWriter writes what is queued in any microtask of a write's end (I3)", async () => {
  for (let late = 0; late < 30; late++) {
    const { far, near, writer } = writerWith();
    writer.send({ first: true });
    for (let step = 0; step < late; step++) await undefined;
    writer.send({ late });
    await turn();
    assertEquals(writer.queuedBytes, 0, `${late} microtasks later`);
    await writer.finish();
    assertEquals(framesOf(await readToEnd(far)), ['json {"first":true}', `json {"late":${late}}`]);
    near.close();
  }
});

Deno.test("FrameWriter says how much is queued", async () => {
  const { far, near, writer } = writerWith(10);
  assertEquals(writer.queuedBytes, 0);
  writer.send({});
  assertEquals(writer.queuedBytes, encodeFrame("json", new Uint8Array(2)).length);
  await turn();
  writer.send({ text: "x".repeat(89) });
  const data = writer.data(new Uint8Array(100));
  assertEquals(writer.queuedBytes, 5 + 100 + 5 + 100);
  // The message and the header have been given to a write, which the peer holds up.
  await turn();
  assertEquals(writer.queuedBytes, 100);
  const reading = readToEnd(far);
  await data;
  assertEquals(writer.queuedBytes, 0);
  await writer.finish();
  await reading;
  near.close();
});

Deno.test("FrameWriter fails every later call with the first error (I2)", async () => {
  const { far, near, writes, writer } = writerWith(10);
  writer.send({ n: 1 });
  const data = writer.data(pattern(1_000));
  const flushing = writer.flush();
  await turn();
  far.close();
  const error = await assertRejects(() => data, Error);
  const tried = writes.length;
  for (
    const call of [
      () => flushing,
      () => writer.flush(),
      () => writer.data(pattern(1)),
      () => writer.finish(),
    ]
  ) assertStrictEquals(await assertRejects(call, Error), error);
  writer.send({ n: 2 });
  await turn();
  assertEquals([writer.queuedBytes, writes.length], [0, tried]);
  near.close();
});

Deno.test("FrameWriter refuses what no frame can hold, and goes on", async () => {
  const { far, near, writer } = writerWith();
  writer.send({ n: 1 });
  assertThrows(() => writer.send({ text: "x".repeat(65_536) }), RangeError, "65536");
  await assertRejects(() => writer.data(new Uint8Array(1_048_577)), RangeError, "1048576");
  writer.send({ n: 2 });
  await writer.finish();
  assertEquals(framesOf(await readToEnd(far)), ['json {"n":1}', 'json {"n":2}']);
  near.close();
});

Deno.test("FrameWriter and FrameReader carry a megabyte through a narrow pipe", async () => {
  const [near, far] = memoryPair({ capacityBytes: 1_000 });
  const writer = new FrameWriter(near);
  const sent = pattern(1_048_576);
  const writing = writer.data(sent).then(() => writer.finish());
  const reader = new FrameReader(far, { readAhead: true });
  let at = 0;
  while (await reader.more()) {
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      assert(frame.payload.every((byte, index) => byte === sent[at + index]));
      at += frame.payload.length;
    }
  }
  await writing;
  assertEquals(at, sent.length);
  near.close();
  far.close();
});
