/** How a {@link clientFrame} is made. */
export interface ClientFrameOptions {
  /** Whether it is its message's last. @default {true} */
  readonly isLast?: boolean;
  readonly mask?: Uint8Array;
}

/** A WebSocket frame as a client sends it (RFC 6455, 5.2); it may be one that breaks the rules. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array | string,
  { isLast = true, mask = new Uint8Array([1, 2, 3, 4]) }: ClientFrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const { length } = bytes;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 255];
  return new Uint8Array([
    (isLast ? 0x80 : 0) | opcode,
    ...size,
    ...mask,
    ...bytes.map((byte, at) => byte ^ mask[at & 3]!),
  ]);
}
