/**
 * A connection: two streams of bytes, one each way. The port that every protocol of Parley runs on.
 *
 * - I1 Bytes arrive in order, once, and in any chunking.
 * - I2 `read` answers `null` after the peer's `closeWrite` (or `close`) and everything before it, and
 *   goes on answering `null`.
 * - I3 `closeWrite` leaves the other direction open.
 * - I4 `close` is idempotent; it makes a pending `read` or `write` fail, on both sides of it sooner or
 *   later, and lets nothing leak.
 *
 * At most one `read` and one `write` may be pending at a time: each connection has one reader and one
 * writer.
 */
export interface Connection {
  /** The peer's address, printable: `127.0.0.1:54321`. */
  readonly peer: string;
  /**
   * What the server of this connection may be called in a proof (`ProofFields.server` of
   * `protocol/signed_texts.ts`), as the connection itself shows it: `plain:` and a port, or `tls:` and the hash of a
   * certificate. On the dialler's side the first one is whom it talks to; on the server's all are what it
   * answers to. Absent where the connection cannot tell.
   */
  readonly servedAs?: readonly string[];
  /**
   * Reads what is there, waiting for the first byte.
   *
   * @param into Where the bytes go; not to be touched until the answer.
   * @returns How many bytes came, at least one; `null` at the end of input.
   */
  read(into: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /**
   * Writes, waiting until the system takes at least one byte.
   *
   * @param bytes What to write; not to be changed until the answer.
   * @returns How many bytes were taken: perhaps not all.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Says that nothing more will be written: the peer reads the end of input. */
  closeWrite(): Promise<void>;
  /** Gives the connection back at once, with what was not sent yet. */
  close(): void;
}

/**
 * Writes all of it, in as many writes as it takes.
 *
 * @param connection Where to.
 * @param bytes What; not to be changed until then.
 */
export async function writeAll(
  connection: Connection,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let written = await connection.write(bytes);
  while (written < bytes.length) written += await connection.write(bytes.subarray(written));
}
