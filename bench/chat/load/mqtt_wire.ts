import {
  bytesOf,
  fail,
  idOf,
  nameOf,
  publishedJson,
  type Tally,
  type Template,
  type Wire,
} from "./wire.ts";

/** The kinds of packets, as their first byte has them. */
const [CONNECT, CONNACK, PUBLISH, SUBSCRIBE, SUBACK] = [0x10, 0x20, 0x30, 0x82, 0x90];
const MORE = 0x80;

const PONG = new Uint8Array(0);

/** MQTT 3.1.1 at quality of service 0: nothing is acknowledged, nothing is stored. */
export const mqttWire: Wire = {
  echoes: true,
  pong: () => PONG,

  hello(member, room) {
    // Version 4, a clean session, no signs of life.
    const connect = packet(CONNECT, [...string("MQTT"), 4, 2, 0, 0, ...string(nameOf(member))]);
    return new Uint8Array([...connect, ...packet(SUBSCRIBE, [0, 1, ...string(room), 0])]);
  },

  message(member, room): Template {
    const json = publishedJson(member);
    const bytes = packet(PUBLISH, [...string(room), ...bytesOf(json)]);
    return { bytes, idAt: bytes.length - json.length + json.indexOf(idOf(member)) };
  },

  walk(bytes, at, to, tally: Tally): number {
    while (at < to) {
      const kind = bytes[at];
      let length = 0;
      let next = at + 1;
      for (let shift = 0;; shift += 7, next++) {
        if (next >= to) return at;
        length |= (bytes[next]! & ~MORE) << shift;
        if (bytes[next]! < MORE) break;
      }
      if (kind === PUBLISH) tally.messages++;
      else if (kind === SUBACK) tally.joined++;
      else if (kind !== CONNACK) fail(bytes, at, to);
      at = next + 1 + length;
    }
    return at;
  },
};

function string(text: string): number[] {
  return [text.length >> 8, text.length & 0xff, ...bytesOf(text)];
}

function packet(kind: number, body: readonly number[]): Uint8Array<ArrayBuffer> {
  const length: number[] = [];
  for (let left = body.length; length.length === 0 || left > 0; left >>= 7) {
    length.push(left & ~MORE | (left >> 7 > 0 ? MORE : 0));
  }
  return new Uint8Array([kind, ...length, ...body]);
}
