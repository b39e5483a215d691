import { assertEquals, assertRejects } from "@std/assert";
import { type Connection, writeAll } from "../../net/connection.ts";
import { finish } from "../../net/finish.ts";
import { FrameReader } from "../../net/frame_reader.ts";
import { FrameWriter } from "../../net/frame_writer.ts";
import { memoryPair } from "../../net/memory.ts";
import { decodeChatMessage } from "../../protocol/message.ts";
import { readToEnd } from "../contracts/connection.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { tcpPair } from "./tcp_pair.ts";

/** Sends a fatal error while the peer is still writing, and ends by `end`. */
async function refuse(
  connection: Connection,
  end: (connection: Connection, reader: FrameReader) => Promise<void>,
): Promise<void> {
  const reader = new FrameReader(connection);
  await reader.more();
  const writer = new FrameWriter(connection);
  writer.send({ type: "error", payload: { code: "bad_frame", message: "That was no frame" } });
  await writer.flush();
  await end(connection, reader);
}

/** Writes a lot, then reads the answer: what a client does that does not know yet. */
async function talk(connection: Connection): Promise<string> {
  const writing = writeAll(connection, new Uint8Array(200_000).fill(0x47));
  await writing;
  await connection.closeWrite();
  return decodeChatMessage((await readToEnd(connection)).subarray(5)).type;
}

Deno.test("finish lets the peer read the last error and no reset, 40 times of 40", async () => {
  for (let round = 0; round < 40; round++) {
    const [client, server] = await tcpPair();
    const clock = new FakeClock();
    const refusing = refuse(server, (connection, reader) => finish(connection, reader, { clock }));
    assertEquals(await talk(client), "error");
    await refusing;
    client.close();
    assertEquals(clock.pending, 0);
  }
});

Deno.test("finish discards input no longer than it was told", async () => {
  const [near, far] = memoryPair();
  const clock = new FakeClock();
  const finishing = finish(near, new FrameReader(near), { clock, lingerMs: 1_000 });
  await clock.advanceAsync(999);
  await writeAll(far, new Uint8Array(10));
  await clock.advanceAsync(1);
  await finishing;
  await assertRejects(() => far.write(new Uint8Array(10)));
  assertEquals(clock.pending, 0);
  far.close();
});

Deno.test("finish ends at once when the peer has ended, and when it has gone", async () => {
  const clock = new FakeClock();
  const [near, far] = memoryPair();
  await far.closeWrite();
  await finish(near, new FrameReader(near), { clock });
  assertEquals(await far.read(new Uint8Array(1)), null);
  far.close();

  const [client, server] = await tcpPair();
  await writeAll(server, new Uint8Array(100_000));
  client.close();
  await finish(server, new FrameReader(server), { clock });
  assertEquals(clock.pending, 0);
});

Deno.test("finish gives up a read that was made ahead", async () => {
  const [near, far] = memoryPair();
  const clock = new FakeClock();
  const reader = new FrameReader(near, { readAhead: true });
  await writeAll(far, new Uint8Array([0, 0, 0, 0, 2]));
  await reader.more();
  while (reader.next() !== undefined);
  const finishing = finish(near, reader, { clock });
  await clock.advanceAsync(1_000);
  await finishing;
  far.close();
});
