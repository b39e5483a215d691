// WebSocket frames, as RFC 6455 has them: what a server sends is not masked, what it gets is.

/** What a frame is. */
export const OPCODE = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Whether a frame is its message's last. */
const FIN = 0x80;
/** Bits of extensions, none of which is spoken here. */
const RESERVED = 0x70;
const MASKED = 0x80;
/** Lengths that stand for "the next two bytes" and "the next eight". */
const [LENGTH_16, LENGTH_64] = [126, 127] as const;
const MAX_CONTROL_BYTES = 125;
const MASK_BYTES = 4;
/** The longest head that a server writes. */
const MAX_HEAD_BYTES = 10;

const encoder = new TextEncoder();

/** What a peer did that ends the connection; `code` is told in the close frame (RFC 6455, 7.4.1). */
export class WebSocketError extends Error {
  override name = "WebSocketError";

  /**
   * @param code 1002 (not the protocol), 1009 (too long).
   * @param message A sentence.
   */
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

/**
 * The most bytes that {@link encodeTextInto} can need.
 *
 * @param textLength The text's length in UTF-16 code units.
 */
export function maxTextBytes(textLength: number): number {
  return MAX_HEAD_BYTES + 3 * textLength;
}

/**
 * Writes a text message as one frame.
 *
 * @param text The text.
 * @param into Where, at its beginning; at least {@link maxTextBytes} long.
 * @returns How many bytes it took.
 */
export function encodeTextInto(text: string, into: Uint8Array<ArrayBuffer>): number {
  // Nearly every message needs a head of four bytes; where it is another one, the text moves.
  const guess = 4;
  const { written } = encoder.encodeInto(text, into.subarray(guess));
  const headBytes = headLength(written);
  if (headBytes !== guess) into.copyWithin(headBytes, guess, guess + written);
  writeHead(into, OPCODE.text, written);
  return headBytes + written;
}

/**
 * One frame.
 *
 * @param opcode What it is.
 * @param payload What is in it; at most 125 bytes where it is a control frame.
 */
export function encodeFrame(opcode: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const headBytes = headLength(payload.length);
  const frame = new Uint8Array(headBytes + payload.length);
  writeHead(frame, opcode, payload.length);
  frame.set(payload, headBytes);
  return frame;
}

/**
 * How many bytes the frame takes that begins somewhere; it was written by us.
 *
 * @param bytes Whole frames.
 * @param at Where it begins.
 */
export function frameLength(bytes: Uint8Array, at: number): number {
  const length = bytes[at + 1]!;
  if (length < LENGTH_16) return 2 + length;
  if (length === LENGTH_16) return 4 + (bytes[at + 2]! << 8 | bytes[at + 3]!);
  return MAX_HEAD_BYTES + new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(6);
}

function headLength(payloadBytes: number): number {
  return payloadBytes < LENGTH_16 ? 2 : payloadBytes < 65_536 ? 4 : MAX_HEAD_BYTES;
}

function writeHead(into: Uint8Array, opcode: number, payloadBytes: number): void {
  into[0] = FIN | opcode;
  if (payloadBytes < LENGTH_16) into[1] = payloadBytes;
  else if (payloadBytes < 65_536) {
    into[1] = LENGTH_16;
    into[2] = payloadBytes >> 8;
    into[3] = payloadBytes;
  } else {
    into[1] = LENGTH_64;
    new DataView(into.buffer, into.byteOffset).setBigUint64(2, BigInt(payloadBytes));
  }
}

/** What came: a whole message, or a control frame. */
export interface Received {
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * Takes apart what a client sends, in pieces of any size.
 *
 * - I1 It holds what has come of one message and one frame, and no more than is allowed: nothing is
 *   allocated on the word of a head.
 * - I2 What breaks the protocol throws, and nothing is taken after that.
 */
export class WebSocketDecoder {
  readonly #maxMessageBytes: number;
  /** What has come and is not taken apart: from the beginning to `#length`. */
  #buffer = new Uint8Array(0);
  #length = 0;
  /** The message whose end has not come: from the beginning to `#partBytes`, in so many pieces. */
  #parts = new Uint8Array(0);
  #partBytes = 0;
  #pieces = 0;
  #opcode: number = OPCODE.more;

  /** @param maxMessageBytes The longest message that is taken. */
  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /**
   * Takes bytes apart.
   *
   * @param bytes The next ones.
   * @returns What is whole by them, in order.
   * @throws {WebSocketError} They break the protocol.
   */
  *push(bytes: Uint8Array): Generator<Received> {
    this.#append(bytes);
    let at = 0;
    try {
      for (;;) {
        const head = this.#head(at);
        if (head === undefined) return;
        const { opcode, isLast, from, length } = head;
        if (from + length > this.#length) return;
        const payload = this.#buffer.slice(from, from + length);
        unmask(payload, this.#buffer.subarray(from - MASK_BYTES, from));
        at = from + length;
        const received = this.#take(opcode, isLast, payload);
        if (received !== undefined) yield received;
      }
    } finally {
      this.#buffer.copyWithin(0, at, this.#length);
      this.#length -= at;
    }
  }

  #append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }

  /** What the head says that begins at `at`; undefined where it is not whole. */
  #head(at: number) {
    const buffer = this.#buffer;
    if (this.#length < at + 2) return undefined;
    const [first, second] = [buffer[at]!, buffer[at + 1]!];
    const opcode = first & 0x0f;
    const isLast = (first & FIN) !== 0;
    const short = second & ~MASKED;
    if ((first & RESERVED) !== 0) throw broken("a bit is set that no extension was agreed on for");
    if ((second & MASKED) === 0) throw broken("a client's frame is not masked");
    const isControl = opcode >= OPCODE.close;
    if (isControl && (!isLast || short > MAX_CONTROL_BYTES)) {
      throw broken("a control frame is in pieces, or longer than 125 bytes");
    }
    if (!Object.values<number>(OPCODE).includes(opcode)) {
      throw broken(`a frame's opcode is ${opcode}`);
    }
    const lengthBytes = short === LENGTH_16 ? 2 : short === LENGTH_64 ? 8 : 0;
    const from = at + 2 + lengthBytes + MASK_BYTES;
    if (this.#length < from) return undefined;
    let length = short;
    if (lengthBytes > 0) {
      length = 0;
      for (let byte = at + 2; byte < at + 2 + lengthBytes; byte++) {
        length = length * 256 + buffer[byte]!;
      }
    }
    if (!isControl && this.#partBytes + length > this.#maxMessageBytes) {
      throw new WebSocketError(
        1009,
        `Cannot take a message of more than ${this.#maxMessageBytes} bytes`,
      );
    }
    return { opcode, isLast, from, length };
  }

  #take(
    opcode: number,
    isLast: boolean,
    payload: Uint8Array<ArrayBuffer>,
  ): Received | undefined {
    if (opcode >= OPCODE.close) return { opcode, payload };
    const isMore = opcode === OPCODE.more;
    const isInside = this.#opcode !== OPCODE.more;
    if (isMore !== isInside) {
      throw broken(isMore ? "a message goes on that did not begin" : "a message was not ended");
    }
    if (!isMore && isLast) return { opcode, payload };
    if (!isMore) this.#opcode = opcode;
    this.#gather(payload);
    // A message in pieces of nothing would never end and never be too long.
    if (++this.#pieces > this.#maxMessageBytes) throw broken("a message has too many pieces");
    if (!isLast) return undefined;
    const whole = { opcode: this.#opcode, payload: this.#parts.slice(0, this.#partBytes) };
    this.#parts = new Uint8Array(0);
    this.#partBytes = 0;
    this.#pieces = 0;
    this.#opcode = OPCODE.more;
    return whole;
  }

  /** Puts a piece behind the others: kept one by one, the smallest would each cost hundreds of bytes. */
  #gather(piece: Uint8Array): void {
    const length = this.#partBytes + piece.length;
    if (length > this.#parts.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#parts.length));
      grown.set(this.#parts.subarray(0, this.#partBytes));
      this.#parts = grown;
    }
    this.#parts.set(piece, this.#partBytes);
    this.#partBytes = length;
  }
}

function unmask(payload: Uint8Array, mask: Uint8Array): void {
  for (let at = 0; at < payload.length; at++) payload[at]! ^= mask[at & 3]!;
}

function broken(what: string): WebSocketError {
  return new WebSocketError(1002, `This is not the WebSocket protocol: ${what}`);
}
