/**
 * How one kind of client is spoken to: turns a server message into bytes. A batch is encoded once a
 * dialect, however many members read it.
 */
export interface Dialect {
  /** A word for logs: `frames`. */
  readonly name: string;
  /**
   * The most bytes that a message can take.
   *
   * @param textLength The JSON text's length in UTF-16 code units.
   */
  maxBytes(textLength: number): number;
  /**
   * Encodes one message.
   *
   * @param json The JSON text of a server message.
   * @param into Where to write, at least `maxBytes` long.
   * @returns How many bytes were written.
   */
  encodeInto(json: string, into: Uint8Array<ArrayBuffer>): number;
}

/**
 * What the hub sees of a member's connection: the outgoing half. Requests come in through the
 * {@link Member} that the hub gives for it, which also says when to pause reading.
 */
export interface Session {
  /** The peer's address, for logs. */
  readonly peer: string;
  /** Whom it counts for where an address may do so much and no more; nobody, where it is undefined. */
  readonly origin?: string | undefined;
  /**
   * What a proof may call the server on this connection (`ProofFields.server` of `protocol/signed_texts.ts`); where
   * there is nothing, no proof is good.
   */
  readonly servedAs?: readonly string[];
  /** How it is spoken to. */
  readonly dialect: Dialect;
  /**
   * Writes; one at a time.
   *
   * @param bytes In the session's dialect; they may be shared with other sessions.
   * @returns How many were taken, at least one.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Everything has been written: closes so that the peer reads it. Called once, unless `abort` is. */
  end(): void;
  /** Closes at once. */
  abort(): void;
}
