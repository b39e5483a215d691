/** The cursors that a client brought with `connect`; each is used once. */
export interface Cursors {
  /** By stream: the seq of the last event that the client has. */
  readonly since: Map<string, number>;
  /**
   * Where they count in another log than this one: the streams that were begun since. What a client
   * says of any other may count in that log too, as it may not have read yet which one this is.
   */
  readonly foreign: Set<string> | undefined;
}

/** Those of a client without a memory; nothing is ever put into them. */
export const NO_CURSORS: Cursors = { since: new Map(), foreign: undefined };
