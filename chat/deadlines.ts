import { ProtocolError } from "../codec/errors.ts";
import type { Limits } from "./limits.ts";

/** How a session stands when its deadlines are looked at. */
export interface SessionProgress {
  /** Whether `connect` was done. */
  readonly connected: boolean;
  /** When the pending write began or last made progress; undefined where none is pending. */
  readonly writeStartedAt: number | undefined;
}

/** The deadlines of one session: of the handshake, of silence, of a write that makes no progress. */
export class Deadlines {
  readonly #limits: Limits;
  readonly #openedAt: number;
  #heardAt: number;
  #pinged = false;

  /**
   * @param limits The times.
   * @param now When the session was opened, Unix milliseconds.
   */
  constructor(limits: Limits, now: number) {
    this.#limits = limits;
    this.#openedAt = now;
    this.#heardAt = now;
  }

  /** Bytes have come: the peer is there. */
  heard(now: number): void {
    this.#heardAt = now;
    this.#pinged = false;
  }

  /**
   * Looks at them.
   *
   * @param now Unix time in milliseconds.
   * @param session How the session stands.
   * @returns What is to be done: nothing, send a `ping`, cut it off as `stuck`, or tell an error.
   */
  check(now: number, session: SessionProgress): "ping" | "stuck" | ProtocolError | undefined {
    const { handshakeTimeoutMs, pingAfterMs, idleTimeoutMs, writeTimeoutMs } = this.#limits;
    const { connected, writeStartedAt } = session;
    // Who takes what is written is there, though its requests may not be read for long.
    const silentMs = now - Math.max(this.#heardAt, writeStartedAt ?? 0);
    // Telling an error would only add to what is not taken.
    if (writeStartedAt !== undefined && now - writeStartedAt >= writeTimeoutMs) return "stuck";
    if (!connected && now - this.#openedAt >= handshakeTimeoutMs) {
      const seconds = handshakeTimeoutMs / 1_000;
      return new ProtocolError("handshake_timeout", `Nobody said "connect" within ${seconds} s`);
    }
    if (silentMs >= idleTimeoutMs) {
      const seconds = Math.round(silentMs / 1_000);
      return new ProtocolError("idle_timeout", `Nothing was heard for ${seconds} s`);
    }
    if (silentMs < pingAfterMs || this.#pinged) return undefined;
    this.#pinged = true;
    return "ping";
  }
}
