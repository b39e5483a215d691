import { type Clock, delay, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { CertificateError } from "../net/certificate_error.ts";
import type { Connection } from "../net/connection.ts";
import type { Link } from "./link.ts";

/** Pauses before the first tries to connect again, in milliseconds. */
const FIRST_PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** The pause before each later one. */
const LATER_PAUSE_MS = 30_000;

/**
 * Growing pauses between tries to connect again.
 *
 * @param tries How many; ten take two and a half minutes.
 * @returns The pause before each, in milliseconds.
 */
export function reconnectPauses(tries: number): readonly number[] {
  return Array.from({ length: tries }, (_, at) => FIRST_PAUSES_MS[at] ?? LATER_PAUSE_MS);
}

/** What a listener ends a connection with that may be otherwise on the next one. */
const PASSING: ReadonlySet<string> = new Set([
  "truncated_frame",
  "idle_timeout",
  "handshake_timeout",
  "server_full",
  "too_many_connections",
  "too_many_transfers",
  "shutdown",
]);

/** Whether another connection may do what this one failed to do. */
export function isPassing(error: unknown, link: Link): boolean {
  return error instanceof ProtocolError ? PASSING.has(error.code) : link.isBroken;
}

/** How a dialler connects again. */
export interface ReconnectOptions {
  /**
   * Dials again where the connection broke, and goes on from what the receiving side holds. Without it a
   * broken connection is the end.
   */
  readonly reconnect?: () => Promise<Connection>;
  /**
   * Pauses before each try to connect again, in milliseconds. As soon as something has arrived they are
   * counted from the first again. @default ten, from half a second to 30 s
   */
  readonly reconnectPausesMs?: readonly number[];
  /** Told before each pause: why, how long it is, and which try follows, from 1 on. */
  readonly onReconnecting?: (reason: unknown, pauseMs: number, attempt: number) => void;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
  /** Ends the trying. */
  readonly signal?: AbortSignal;
}

/** Dials again, and again, with growing pauses. */
export class Redialer {
  readonly #options: ReconnectOptions;
  #attempt = 0;

  /** @param options How, and how often. */
  constructor(options: ReconnectOptions) {
    this.#options = options;
  }

  /** Something has arrived since: the next trouble is a new one. */
  reset(): void {
    this.#attempt = 0;
  }

  /**
   * Makes a new connection.
   *
   * @param cut Why the last one broke.
   * @throws That, where there is none to be had; the signal's reason; `CertificateError`, at once.
   */
  async dial(cut: unknown): Promise<Connection> {
    const { clock = systemClock, signal, reconnect, onReconnecting } = this.#options;
    const { reconnectPausesMs: pauses = reconnectPauses(10) } = this.#options;
    for (let reason = cut; reconnect !== undefined && this.#attempt < pauses.length;) {
      const pauseMs = pauses[this.#attempt++]!;
      onReconnecting?.(reason, pauseMs, this.#attempt);
      await delay(clock, pauseMs, signal);
      try {
        return await reconnect();
      } catch (error) {
        signal?.throwIfAborted();
        // Somebody else answers there: that is to be told, and not to be tried again.
        if (error instanceof CertificateError) throw error;
        reason = error;
      }
    }
    throw cut;
  }
}
