import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { type Connection, writeAll } from "../../net/connection.ts";
import { turn } from "../support/fake_clock.ts";

/** What an adapter gives its contract suite. */
export interface ConnectionSubject {
  /** The adapter's name, for the tests' names. */
  readonly name: string;
  /** Two ends of one connection. */
  pair(): Promise<readonly [Connection, Connection]>;
  /** More than a connection holds when nobody reads, in bytes. */
  readonly tooManyBytes: number;
}

/** Bytes that show where they belong. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >>> 8)) & 0xff;
  return bytes;
}

/** Everything until the end of input, read into buffers of some size. */
export async function readToEnd(connection: Connection, bufferBytes = 65_536): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(bufferBytes);
    const count = await connection.read(into);
    if (count === null) break;
    assert(count >= 1 && count <= bufferBytes, `a read of ${count} bytes`);
    chunks.push(into.subarray(0, count));
  }
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

/** Whether something is still pending when everything else that could run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  promise.catch(() => {}).finally(() => pending = false);
  await turn();
  return pending;
}

/**
 * The contract of `Connection`: every adapter runs it.
 *
 * @param subject The adapter.
 */
export function testConnection(subject: ConnectionSubject): void {
  const test = (says: string, run: (a: Connection, b: Connection) => Promise<void>) =>
    Deno.test(`${subject.name} ${says}`, async () => {
      const [a, b] = await subject.pair();
      try {
        await run(a, b);
      } finally {
        a.close();
        b.close();
      }
    });

  Deno.test(`${subject.name} brings every byte in order, once, in any chunking (I1)`, async () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.integer({ min: 1, max: 3_000 }), async (writes, bufferBytes) => {
        const [a, b] = await subject.pair();
        try {
          const sent = pattern(writes.reduce((sum, size) => sum + size, 0));
          const read = readToEnd(b, bufferBytes);
          let at = 0;
          for (const size of writes) await writeAll(a, sent.subarray(at, at += size));
          await a.closeWrite();
          assertEquals(await read, sent);
        } finally {
          a.close();
          b.close();
        }
      }),
      { numRuns: 40 },
    );
  });

  test("carries both directions at once (I1)", async (a, b) => {
    const [there, back] = [pattern(300_000), pattern(200_000).reverse()];
    const send = async (from: Connection, bytes: Uint8Array<ArrayBuffer>) => {
      await writeAll(from, bytes);
      await from.closeWrite();
    };
    const [, , atB, atA] = await Promise.all([
      send(a, there),
      send(b, back),
      readToEnd(b),
      readToEnd(a),
    ]);
    assertEquals(atB, there);
    assertEquals(atA, back);
  });

  test("reads the end of input after everything before it, and again (I2)", async (a, b) => {
    await writeAll(a, pattern(5));
    await a.closeWrite();
    assertEquals(await readToEnd(b), pattern(5));
    assertEquals(await b.read(new Uint8Array(1)), null);
    assertEquals(await b.read(new Uint8Array(1)), null);
  });

  test("reads the end of input after the peer's close (I2)", async (a, b) => {
    await writeAll(a, pattern(5));
    a.close();
    assertEquals(await readToEnd(b), pattern(5));
  });

  test("leaves the other direction open when one half is closed (I3)", async (a, b) => {
    await a.closeWrite();
    assertEquals(await b.read(new Uint8Array(1)), null);
    const writing = writeAll(b, pattern(50_000)).then(() => b.closeWrite());
    assertEquals(await readToEnd(a), pattern(50_000));
    await writing;
  });

  test("writes nothing after closeWrite (I3)", async (a) => {
    await a.closeWrite();
    await assertRejects(() => a.write(pattern(1)), Error);
  });

  test("makes its own pending read fail when it is closed (I4)", async (a) => {
    const read = a.read(new Uint8Array(10));
    assert(await isPending(read));
    a.close();
    await assertRejects(() => read, Error);
    await assertRejects(() => a.read(new Uint8Array(10)), Error);
    await assertRejects(() => a.write(pattern(1)), Error);
  });

  test("waits with a write that the peer does not read, and fails it when it is closed (I4)", async (a) => {
    const write = writeAll(a, new Uint8Array(subject.tooManyBytes));
    assert(await isPending(write));
    a.close();
    await assertRejects(() => write, Error);
  });

  test("makes the peer's pending write fail when it is closed (I4)", async (a, b) => {
    const write = writeAll(a, new Uint8Array(subject.tooManyBytes));
    assert(await isPending(write));
    b.close();
    await assertRejects(() => write, Error);
  });

  test("ends the peer's pending read when it is closed (I4)", async (a, b) => {
    const read = b.read(new Uint8Array(10));
    assert(await isPending(read));
    a.close();
    assertEquals(await read, null);
  });

  test("is closed as often as one likes (I4)", async (a, b) => {
    a.close();
    a.close();
    await b.read(new Uint8Array(1));
    b.close();
    b.close();
  });

  test("goes on with a write when the peer reads on (backpressure)", async (a, b) => {
    const sent = pattern(subject.tooManyBytes);
    const write = writeAll(a, sent).then(() => a.closeWrite());
    assert(await isPending(write));
    const read = await readToEnd(b);
    await write;
    // Compared as hashes, because a difference of megabytes is not worth printing.
    const [expected, found] = await Promise.all(
      [sent, read as Uint8Array<ArrayBuffer>].map((bytes) =>
        crypto.subtle.digest("SHA-256", bytes)
      ),
    );
    assertEquals(new Uint8Array(found!), new Uint8Array(expected!));
  });

  test("says who its peer is", (a, b) => {
    for (const { peer } of [a, b]) assertMatch(peer, /^[^\s]+:\d+$/);
    return Promise.resolve();
  });
}
