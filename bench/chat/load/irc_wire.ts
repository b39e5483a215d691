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

const [SPACE, LINE_FEED, COLON] = [32, 10, 58];
const [P, R, THREE, SIX, FOUR, FIVE, E] = [..."PR3645E"].map((letter) => letter.charCodeAt(0));

const PONG = bytesOf("PONG :bench\r\n");

/** IRC: a line for each message, which who says it does not get. */
export const ircWire: Wire = {
  echoes: false,
  pong: () => PONG,

  hello: (member, room) =>
    bytesOf(`NICK ${nameOf(member)}\r\nUSER bench 0 * :bench\r\nJOIN #${room}\r\n`),

  message(member, room): Template {
    const text = `PRIVMSG #${room} :${publishedJson(member)}\r\n`;
    return { bytes: bytesOf(text), idAt: text.indexOf(idOf(member)) };
  },

  walk(bytes, at, to, tally: Tally): number {
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, at);
      if (end < 0 || end >= to) return at;
      const hasSource = bytes[at] === COLON;
      const word = hasSource ? bytes.indexOf(SPACE, at) + 1 : at;
      const [first, second, third] = [bytes[word], bytes[word + 1], bytes[word + 2]];
      if (first === P && second === R) tally.messages++;
      else if (first === THREE && second === SIX && third === SIX) tally.joined++;
      else if (first === P && !hasSource) tally.pings++;
      else if (first === FOUR || first === FIVE || first === E) {
        // 422: there is no message of the day.
        if (!(first === FOUR && second === 50 && third === 50)) fail(bytes, at, end);
      }
      at = end + 1;
    }
  },
};
