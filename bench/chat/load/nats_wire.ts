import {
  bytesOf,
  fail,
  idOf,
  publishedJson,
  type Tally,
  type Template,
  type Wire,
} from "./wire.ts";

const [M, P, PLUS, MINUS, I, O, E] = [..."MP+-IOe"].map((letter) => letter.charCodeAt(0));
const [CARRIAGE_RETURN, LINE_FEED, SPACE, ZERO] = [13, 10, 32, 48];
const CONNECT = 'CONNECT {"verbose":false,"pedantic":false,"protocol":1,"lang":"bench"}\r\n';
/** What is added around a message's payload behind its head: the ends of both lines. */
const LINE_ENDS = 4;

const PONG = bytesOf("PONG\r\n");

/** The NATS text protocol: everybody subscribes to the room. */
export const natsWire: Wire = natsLike({
  subject: (_, room) => room,
  publish: (_, room, bytes) => `PUB ${room} ${bytes}\r\n`,
  counts: "messages",
});

/** JetStream: each member publishes to a subject of the stream, and gets its acks in an inbox. */
export const jetStreamWire: Wire = natsLike({
  subject: inbox,
  publish: (member, room, bytes) => `PUB ${room} ${inbox(member)} ${bytes}\r\n`,
  counts: "acks",
});

/** Of the same length for everybody. */
function inbox(member: number): string {
  return `i${String(member).padStart(5, "0")}`;
}

function natsLike({ subject, publish, counts }: {
  subject(member: number, room: string): string;
  publish(member: number, room: string, bytes: number): string;
  counts: "messages" | "acks";
}): Wire {
  /** How long `MSG subject sid ` is: then comes the size. */
  let headBytes = 0;
  return {
    echoes: true,
    pong: () => PONG,

    hello(member, room) {
      headBytes = `MSG ${subject(member, room)} 1 `.length;
      return bytesOf(`${CONNECT}SUB ${subject(member, room)} 1\r\nPING\r\n`);
    },

    message(member, room): Template {
      const json = publishedJson(member);
      const text = `${publish(member, room, json.length)}${json}\r\n`;
      return { bytes: bytesOf(text), idAt: text.indexOf(idOf(member)) };
    },

    walk(bytes, at, to, tally: Tally): number {
      while (at < to) {
        if (bytes[at] === M) {
          let size = 0;
          let digit = at + headBytes;
          for (; digit < to && bytes[digit] !== CARRIAGE_RETURN; digit++) {
            // JetStream writes two spaces before the size.
            if (bytes[digit] !== SPACE) size = size * 10 + bytes[digit]! - ZERO;
          }
          if (digit >= to) return at;
          tally[counts]++;
          // `{"error":…` instead of `{"stream":…`, if so much of it has come.
          const letterAt = digit + LINE_ENDS;
          if (counts === "acks" && letterAt < to && bytes[letterAt] === E) fail(bytes, at, to);
          at = digit + LINE_ENDS + size;
          continue;
        }
        const end = bytes.indexOf(LINE_FEED, at);
        if (end < 0 || end >= to) return at;
        const letter = bytes[at];
        if (letter === P && bytes[at + 1] === O) tally.joined++;
        else if (letter === P) tally.pings++;
        else if (letter === MINUS) fail(bytes, at, end);
        else if (letter !== I && letter !== PLUS) fail(bytes, at, end);
        at = end + 1;
      }
      return at;
    },
  };
}
