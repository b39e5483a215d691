/** What a {@link ProtocolError} may carry beside its code and message. */
export interface ProtocolErrorOptions extends ErrorOptions {
  /** Further fields of the `error` message on the wire, such as `retryAfterMs`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The peer broke the protocol, or the protocol's answer is no.
 *
 * `code` is stable and listed in docs/PROTOCOL.md; `message` is a sentence for people.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ProtocolError } from "@parley/parley";
 *
 * const error = new ProtocolError("frame_too_large", "Cannot decode a frame of 70000 bytes");
 * assertEquals(error.code, "frame_too_large");
 * ```
 */
export class ProtocolError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "ProtocolError";
  /** The stable code: lower case, words joined by `_`. */
  readonly code: string;
  /** Further fields of the `error` message on the wire. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * An error with a code.
   *
   * @param code The stable code, listed in docs/PROTOCOL.md.
   * @param message What was found, what is allowed, what to do.
   * @param options The cause, and further fields for the wire.
   */
  constructor(code: string, message: string, options: ProtocolErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }
}
