import { assertEquals, assertLess, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import {
  encodeFrame,
  encodeTextInto,
  frameLength,
  maxTextBytes,
  OPCODE,
  type Received,
  WebSocketDecoder,
  WebSocketError,
} from "../../web/websocket_frames.ts";
import { clientFrame } from "../support/web_frames.ts";

const MAX = 1_000;
const decoder = new TextDecoder();

/** What comes of bytes that arrive in pieces of a size. */
function decode(bytes: Uint8Array, size = bytes.length): Received[] {
  const frames = new WebSocketDecoder(MAX);
  const all: Received[] = [];
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) {
    all.push(...frames.push(bytes.subarray(at, at + Math.max(1, size))));
  }
  return all;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("what is sent is taken apart again, however it is cut", () => {
  const message = fc.record({
    opcode: fc.constantFrom(OPCODE.text, OPCODE.binary, OPCODE.ping),
    payload: fc.uint8Array({ maxLength: 125 }),
    mask: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  });
  fc.assert(fc.property(fc.array(message), fc.integer({ min: 1, max: 50 }), (sent, size) => {
    const bytes = joined(
      ...sent.map(({ opcode, payload, mask }) => clientFrame(opcode, payload, { mask })),
    );
    assertEquals(
      decode(bytes, size),
      sent.map(({ opcode, payload }) => ({ opcode, payload: new Uint8Array(payload) })),
    );
  }));
});

Deno.test("a message in pieces is one message, and a ping between them is told at once", () => {
  const bytes = joined(
    clientFrame(OPCODE.text, "he", { isLast: false }),
    clientFrame(OPCODE.ping, "?"),
    clientFrame(OPCODE.more, "ll", { isLast: false }),
    clientFrame(OPCODE.more, "o"),
    clientFrame(OPCODE.text, "again"),
  );
  for (const size of [1, 3, bytes.length]) {
    const got = decode(bytes, size).map(({ opcode, payload }) =>
      `${opcode} ${decoder.decode(payload)}`
    );
    assertEquals(got, ["9 ?", "1 hello", "1 again"]);
  }
});

Deno.test("a text is framed by the shortest head there is, and its length can be told from it", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    const text = "x".repeat(length);
    const into = new Uint8Array(maxTextBytes(length));
    const written = encodeTextInto(text, into);
    assertEquals(written, length + (length < 126 ? 2 : length < 65_536 ? 4 : 10));
    assertEquals(frameLength(into, 0), written);
    assertEquals(into.slice(0, written), encodeFrame(OPCODE.text, new TextEncoder().encode(text)));
  }
});

const long = new Uint8Array(MAX + 1);
for (
  const [what, bytes, code] of [
    ["is not masked", encodeFrame(OPCODE.text, new Uint8Array(3)), 1002],
    ["has a bit of an extension", new Uint8Array([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ["has an opcode that there is not", clientFrame(3, ""), 1002],
    ["is a ping of 126 bytes", clientFrame(OPCODE.ping, new Uint8Array(126)), 1002],
    ["is a close in pieces", clientFrame(OPCODE.close, "", { isLast: false }), 1002],
    ["goes on with nothing", clientFrame(OPCODE.more, "x"), 1002],
    [
      "begins while another is not over",
      joined(clientFrame(OPCODE.text, "x", { isLast: false }), clientFrame(OPCODE.text, "y")),
      1002,
    ],
    ["is too long", clientFrame(OPCODE.text, long), 1009],
    [
      "is too long in pieces",
      joined(
        clientFrame(OPCODE.text, long.subarray(2), { isLast: false }),
        clientFrame(OPCODE.more, long.subarray(0, 2)),
      ),
      1009,
    ],
  ] as const
) {
  Deno.test(`a frame that ${what} ends it with ${code}, however it is cut`, () => {
    for (const size of [1, 7, bytes.length]) {
      assertEquals(assertThrows(() => decode(bytes, size), WebSocketError).code, code);
    }
  });
}

Deno.test("a length is not believed: one of terabytes is refused by its head alone", () => {
  const head = new Uint8Array([
    0x81,
    0xff,
    0x7f,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0xff,
    0,
    0,
    0,
    0,
  ]);
  assertEquals(assertThrows(() => decode(head), WebSocketError).code, 1009);
});

Deno.test("pieces of nothing without an end are refused", () => {
  const first = clientFrame(OPCODE.text, "", { isLast: false });
  const more = clientFrame(OPCODE.more, "", { isLast: false });
  const bytes = joined(first, ...Array(MAX).fill(more));
  assertEquals(assertThrows(() => decode(bytes), WebSocketError).code, 1002);
});

Deno.test("a message in the smallest pieces costs what it is long, not its pieces (I1)", () => {
  const maxMessageBytes = 65_536;
  const piece = clientFrame(OPCODE.more, "x", { isLast: false });
  const pieces = joined(...Array(1_000).fill(piece));
  const held = () => Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
  const before = held();
  const all = Array.from({ length: 5 }, () => {
    const frames = new WebSocketDecoder(maxMessageBytes);
    assertEquals([...frames.push(clientFrame(OPCODE.text, "x", { isLast: false }))], []);
    for (let at = 0; at < 65; at++) assertEquals([...frames.push(pieces)], []);
    return frames;
  });
  // A view of each piece would be 15 MB for each message.
  assertLess(held() - before, 40_000_000);
  for (const frames of all) {
    const [{ payload }] = [...frames.push(clientFrame(OPCODE.more, "y"))] as [Received];
    assertEquals([payload.length, payload.at(-2), payload.at(-1)], [65_002, 120, 121]);
  }
});

Deno.test("any bytes are taken apart or refused, the same however they are cut", () => {
  const outcome = (bytes: Uint8Array, size: number) => {
    const all: Received[] = [];
    const frames = new WebSocketDecoder(MAX);
    try {
      for (let at = 0; at < bytes.length; at += size) {
        for (const one of frames.push(bytes.subarray(at, at + size))) all.push(one);
      }
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error;
      return { all, code: error.code };
    }
    return { all, code: undefined };
  };
  const bytes = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.tuple(fc.integer({ min: 0, max: 10 }), fc.uint8Array({ maxLength: 30 }), fc.boolean())
        .map(([opcode, payload, isLast]) => clientFrame(opcode, payload, { isLast })),
    ),
    { minLength: 1, maxLength: 8 },
  ).map((parts) => joined(...parts));
  fc.assert(fc.property(bytes, fc.integer({ min: 1, max: 9 }), (bytes, size) => {
    assertEquals(outcome(bytes, size), outcome(bytes, bytes.length + 1));
  }));
});
