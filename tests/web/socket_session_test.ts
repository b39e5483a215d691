import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeAll } from "../../chat/encode_all.ts";
import { fittingBytes, socketDialect } from "../../web/socket_dialect.ts";
import { MAX_UNCONFIRMED_BYTES, SocketSession } from "../../web/socket_session.ts";
import { frameLength } from "../../web/websocket_frames.ts";
import { turn } from "../support/fake_clock.ts";

const decoder = new TextDecoder();

/** What a session sends; the system takes it at once. */
class Sent {
  readonly texts: string[] = [];
  readonly pings: number[] = [];
  readonly session = new SocketSession(this, { peer: "127.0.0.1:1", origin: undefined });
  bytes = 0;

  write(frames: Uint8Array): Promise<void> {
    for (const { text, length } of textsOf(frames)) {
      const { type, payload } = JSON.parse(text);
      if (type === "ping") this.pings.push(payload.t);
      else {
        this.texts.push(text);
        this.bytes += length;
      }
    }
    return Promise.resolve();
  }
}

/** The texts of whole frames, and how long each frame is. */
function* textsOf(frames: Uint8Array): Generator<{ text: string; length: number }> {
  for (let at = 0; at < frames.length;) {
    const length = frameLength(frames, at);
    const short = frames[at + 1]!;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    yield { text: decoder.decode(frames.subarray(at + head, at + length)), length };
    at += length;
  }
}

function message(size: number, letter = "x"): string {
  return JSON.stringify({ type: "message", payload: { text: letter.repeat(size) } });
}

function bytesOf(...texts: string[]): Uint8Array<ArrayBuffer> {
  return encodeAll(socketDialect, texts);
}

/** Writes all, as the outbox does. */
async function writeAll(session: SocketSession, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await session.write(bytes.subarray(at));
}

Deno.test("the socket dialect frames each message, whatever its length and letters", () => {
  const texts = ["", "ü€😀", "x".repeat(125), "x".repeat(126), "x".repeat(70_000)];
  const bytes = bytesOf(...texts);
  assertEquals([...textsOf(bytes)].map(({ text }) => text), texts);
  const ends = [...textsOf(bytes)].reduce((all: number[], { length }) => [
    ...all,
    (all.at(-1) ?? 0) + length,
  ], []);
  assertEquals(fittingBytes(bytes, bytes.length), bytes.length);
  assertEquals(fittingBytes(bytes, ends[1]!), ends[1]);
  assertEquals(fittingBytes(bytes, ends[1]! - 1), ends[0]);
  assertEquals(fittingBytes(bytes, 0), ends[0]);
});

Deno.test("a page that confirms nothing gets 64 KiB, and no more (I1)", async () => {
  const sent = new Sent();
  const writing = writeAll(sent.session, bytesOf(...Array(1_000).fill(message(1_000))));
  await turn();
  assert(sent.bytes <= MAX_UNCONFIRMED_BYTES, `${sent.bytes}`);
  assert(sent.bytes > MAX_UNCONFIRMED_BYTES - 2_000, `${sent.bytes}`);
  sent.session.abort();
  await assertRejects(() => writing, Deno.errors.BrokenPipe);
});

Deno.test("what a page confirms is room for as much more; all comes once, whole and in order (I2)", async () => {
  const sent = new Sent();
  const texts = Array.from({ length: 500 }, (_, at) => message(at * 7, "ü€x"[at % 3]));
  const writing = writeAll(sent.session, bytesOf(...texts));
  for (let confirmed = 0; sent.texts.length < texts.length; confirmed++) {
    await turn();
    assert(sent.session.unconfirmedBytes <= MAX_UNCONFIRMED_BYTES);
    assert(sent.session.confirm(sent.pings[confirmed]!));
  }
  await writing;
  assertEquals(sent.texts, texts);
});

Deno.test("a later pong confirms what earlier ones would have, and an old or a made-up one nothing", async () => {
  const sent = new Sent();
  await writeAll(sent.session, bytesOf(...Array(60).fill(message(1_000))));
  const unconfirmed = sent.session.unconfirmedBytes;
  assertEquals(sent.pings.length, 2);
  for (const t of [0, sent.pings[0]! + 1, Infinity, NaN]) {
    assertEquals(sent.session.confirm(t), false);
  }
  assertEquals(sent.session.unconfirmedBytes, unconfirmed);
  assertEquals(sent.session.confirm(sent.pings[1]!), true);
  assert(sent.session.unconfirmedBytes < 20_000);
  assertEquals(sent.session.confirm(sent.pings[0]!), false);
});

Deno.test("the numbers of pings cannot be guessed: none comes twice, and they do not count", async () => {
  const numbers = new Set<number>();
  for (let at = 0; at < 100; at++) {
    const sent = new Sent();
    await writeAll(sent.session, bytesOf(message(20_000)));
    numbers.add(sent.pings[0]!);
    assert(Number.isSafeInteger(sent.pings[0]));
  }
  assertEquals(numbers.size, 100);
  assert(Math.max(...numbers) > 2 ** 48);
});

Deno.test("a message that is longer than the window goes out alone", async () => {
  const sent = new Sent();
  const long = message(70_000);
  const writing = writeAll(sent.session, bytesOf(message(1), long, message(2)));
  await turn();
  assertEquals(sent.texts.length, 1);
  assertEquals(sent.pings.length, 1, "it has to be asked for what is in the way");
  sent.session.confirm(sent.pings[0]!);
  await turn();
  assertEquals(sent.texts.length, 2);
  sent.session.confirm(sent.pings[1]!);
  await writing;
  assertEquals(sent.texts.length, 3);
});

Deno.test("what is written to a page that has gone is thrown away, and nothing waits for it", async () => {
  const sent = new Sent();
  const writing = writeAll(sent.session, bytesOf(...Array(100).fill(message(1_000))));
  await turn();
  const { length } = sent.texts;
  sent.session.deafen();
  await writing;
  await writeAll(sent.session, bytesOf(message(1)));
  assertEquals(sent.texts.length, length);
});
