import { encodeFrame } from "../../../codec/encoder.ts";
import { FRAME_HEADER_BYTES } from "../../../codec/frame.ts";
import { bytesOf, fail, idOf, nameOf, type Tally, type Template, TEXT, type Wire } from "./wire.ts";

/** Where in a frame the message's type begins: after the header and `{"type":"`. */
const TYPE_AT = FRAME_HEADER_BYTES + 9;
const [MESSAGE, ACK, JOINED, ERROR, P, I] = [..."majepi"].map((letter) => letter.charCodeAt(0));

const PONG = frame({ type: "pong", payload: { t: 0 } });

/** Parley's native frames. */
export const framesWire: Wire = {
  echoes: true,
  pong: () => PONG,

  hello: (member, room) =>
    frame({ type: "connect", payload: { protocol: 1, name: nameOf(member), room } }),

  message(member, room): Template {
    const id = idOf(member);
    const text = JSON.stringify({ type: "message", payload: { room, text: TEXT, id } });
    return {
      bytes: encodeFrame("json", bytesOf(text)),
      idAt: FRAME_HEADER_BYTES + text.indexOf(id),
    };
  },

  walk(bytes, at, to, tally: Tally): number {
    while (at + TYPE_AT + 1 < to) {
      const end = at + FRAME_HEADER_BYTES +
        (bytes[at + 1]! << 16 | bytes[at + 2]! << 8 | bytes[at + 3]!);
      const letter = bytes[at + TYPE_AT];
      if (letter === MESSAGE) tally.messages++;
      else if (letter === ACK) tally.acks++;
      else if (letter === JOINED) tally.joined++;
      else if (letter === P && bytes[at + TYPE_AT + 1] === I) tally.pings++;
      else if (letter === ERROR) fail(bytes, at + FRAME_HEADER_BYTES, Math.min(end, to));
      at = end;
    }
    return at;
  },
};

function frame(message: object): Uint8Array<ArrayBuffer> {
  return encodeFrame("json", bytesOf(JSON.stringify(message)));
}
