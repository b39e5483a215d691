import { bytesOf, fail, idOf, nameOf, type Tally, type Template, TEXT, type Wire } from "./wire.ts";

/** A whole text message (RFC 6455, 5.2): FIN and opcode 1. */
const TEXT_FRAME = 0x81;
/** The bit that says that what follows is masked: what a client sends always is. */
const MASKED = 0x80;
/** A mask of zeros changes nothing, so that ids can be written in. */
const MASK = new Uint8Array(4);
/** Lengths that stand for "the next two bytes" and "the next eight". */
const [LENGTH_16, LENGTH_64] = [126, 127];
/** Where in a message's text its type begins. */
const TYPE_AT = '{"type":"'.length;
/** Where a `ping` has its number. */
const PING_AT = '{"type":"ping","payload":{"t":'.length;
const [MESSAGE, ACK, JOINED, ERROR, P, I, H] = [..."majepiH"].map((letter) => letter.charCodeAt(0));
const [ZERO, NINE] = [48, 57];

const UPGRADE = bytesOf([
  "GET /ws HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n"));

/** Parley's messages over a WebSocket, as a page has them. */
export const socketWire: Wire = {
  echoes: true,
  pong: ({ lastPing }) => frame({ type: "pong", payload: { t: lastPing } }),

  hello(member, room) {
    const connect = frame({
      type: "connect",
      payload: { protocol: 1, name: nameOf(member), room },
    });
    const bytes = new Uint8Array(UPGRADE.length + connect.length);
    bytes.set(UPGRADE);
    bytes.set(connect, UPGRADE.length);
    return bytes;
  },

  message(member, room): Template {
    const id = idOf(member);
    const text = JSON.stringify({ type: "message", payload: { room, text: TEXT, id } });
    const bytes = masked(text);
    return { bytes, idAt: bytes.length - text.length + text.indexOf(id) };
  },

  walk(bytes, at, to, tally: Tally): number {
    // Before the first message comes the answer to the upgrade.
    if (bytes[at] === H) {
      const end = endOfHead(bytes, at, to);
      if (end < 0) return at;
      if (bytes[at + "HTTP/1.1 ".length] !== "1".charCodeAt(0)) fail(bytes, at, to);
      at = end;
    }
    for (;;) {
      const length = bytes[at + 1]!;
      const from = at + 2 + (length === LENGTH_16 ? 2 : length === LENGTH_64 ? 8 : 0);
      if (from + TYPE_AT + 1 >= to) return at;
      const view = length >= LENGTH_16 ? bigEndian(bytes, at + 2, from) : length;
      const end = from + view;
      const letter = bytes[from + TYPE_AT];
      if (bytes[at] !== TEXT_FRAME) fail(bytes, at, to);
      if (letter === MESSAGE) tally.messages++;
      else if (letter === ACK) tally.acks++;
      else if (letter === JOINED) tally.joined++;
      else if (letter === ERROR) fail(bytes, from, Math.min(end, to));
      else if (letter === P && bytes[from + TYPE_AT + 1] === I) {
        // Its number is to be read, so all of it has to be there.
        if (end > to) return at;
        tally.lastPing = digits(bytes, from + PING_AT);
        tally.pings++;
      }
      at = end;
    }
  },
};

function frame(message: object): Uint8Array<ArrayBuffer> {
  return masked(JSON.stringify(message));
}

function masked(text: string): Uint8Array<ArrayBuffer> {
  const payload = bytesOf(text);
  const head = payload.length < LENGTH_16!
    ? [TEXT_FRAME, MASKED | payload.length]
    : [TEXT_FRAME, MASKED | LENGTH_16!, payload.length >> 8, payload.length & 255];
  return new Uint8Array([...head, ...MASK, ...payload]);
}

function bigEndian(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 256 + bytes[at]!;
  return value;
}

function digits(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (; bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) value = value * 10 + bytes[at]! - ZERO;
  return value;
}

/** Where the head of an HTTP answer ends; -1 where it is not whole. */
function endOfHead(bytes: Uint8Array, at: number, to: number): number {
  const text = new TextDecoder().decode(bytes.subarray(at, to));
  const end = text.indexOf("\r\n\r\n");
  return end < 0 ? -1 : at + end + 4;
}
