/** What has come on a connection. */
export interface Tally {
  /** Messages that somebody has said. */
  messages: number;
  /** Acknowledgements of own messages. */
  acks: number;
  /** Answers that say that the member is there. */
  joined: number;
  /** What wants an answer. */
  pings: number;
  /** What the last of them asked for, where it wants it back. */
  lastPing: number;
}

/** One message that is ready to be sent, and where its id stands in it. */
export interface Template {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where the id begins: with ten digits that make each message another one. */
  readonly idAt: number;
}

/** How a server is spoken to. */
export interface Wire {
  /** Whether who says something gets it too. */
  readonly echoes: boolean;
  /** What the `member`th member sends to be there, in a room. */
  hello(member: number, room: string): Uint8Array<ArrayBuffer>;
  /** A message of the `member`th member to a room. */
  message(member: number, room: string): Template;
  /** The answer to the last ping. */
  pong(tally: Tally): Uint8Array<ArrayBuffer>;
  /**
   * Counts what lies in a buffer, by the heads of messages: what is inside them is not looked at.
   *
   * @param bytes The buffer; `at` is the beginning of a message.
   * @param at Where to begin.
   * @param to Where what has arrived ends.
   * @param tally Where it is counted.
   * @returns Where the first message begins whose head is not whole; beyond `to` where the last one's
   *   body is not.
   * @throws {Error} The server said no.
   */
  walk(bytes: Uint8Array<ArrayBuffer>, at: number, to: number, tally: Tally): number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A text of 100 bytes. */
export const TEXT =
  "The quick brown fox jumps over the lazy dog, and then once more, until a hundred bytes are filled up";

/**
 * The first id of a member's messages: 26 characters that rise with time, like those of ULIDs. An index
 * is filled otherwise by ids whose senders come first.
 */
export function idOf(member: number): string {
  return `${"0".repeat(10)}${String(member).padStart(16, "0")}`;
}

/** Fails with what a server said. */
export function fail(bytes: Uint8Array<ArrayBuffer>, at: number, to: number): never {
  const said = decoder.decode(bytes.subarray(at, Math.min(to, at + 300)));
  throw new Error(`The server said: ${said.trim()}`);
}

/** What a program would publish where the server adds nothing: who, what, which, when. */
export function publishedJson(member: number): string {
  return JSON.stringify({ sender: nameOf(member), text: TEXT, id: idOf(member), at: Date.now() });
}

/** What a member is called. */
export function nameOf(member: number): string {
  return `m${member}`;
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
