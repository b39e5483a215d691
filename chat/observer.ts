/** Who a session is, for logs. */
export interface SessionInfo {
  /** The peer's address. */
  readonly peer: string;
  /** The name; undefined before `connect`. */
  readonly name: string | undefined;
}

/** Told what happens, for logs and metrics. Nothing here may throw. */
export interface ChatObserver {
  /** A session has given its name. */
  connected?(session: SessionInfo): void;
  /** A session has joined a room. */
  joined?(session: SessionInfo, room: string): void;
  /** A session has left a room. */
  left?(session: SessionInfo, room: string): void;
  /** A session is over: `quit`, `gone`, or the code of the error that ended it. */
  ended?(session: SessionInfo, reason: string): void;
  /** Something failed that is not a peer's fault. */
  failed?(session: SessionInfo, error: unknown): void;
}
