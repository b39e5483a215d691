import { delay } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { originOf } from "../net/origin.ts";
import { Backoff } from "./backoff.ts";
import type { Conversation } from "./conversation.ts";
import { CertificateError } from "../net/certificate_error.ts";
import { DisconnectedError, isMendedByTime } from "./disconnected.ts";
import type { Disconnected } from "./events.ts";
import { Link } from "./link.ts";
import type { ChatClientSettings } from "./options.ts";

/** What a {@link Connector} needs of the client that it belongs to. */
export interface ConnectorListener {
  /** The connection is lost; there will be another attempt. */
  lost(event: Disconnected): void;
  /** Asked after each message: a promise holds reading back. */
  gate(): Promise<void> | undefined;
}

/** A connection that was online so long was a good one: the next pauses begin small again. */
const PROVEN_MS = 5_000;
/** How long another device has to take this one in; the server waits 60 s. */
const LINK_PATIENCE_MS = 70_000;
/** However much later a server asks to try again, this is the most. */
const MAX_RETRY_AFTER_MS = 300_000;

/**
 * Keeps a conversation connected: dials, waits, dials again.
 *
 * - I1 There is one connection at a time, and none when `run` has ended.
 * - I2 A first attempt is repeated only where `keepTrying` says so; later ones unless `reconnect` is
 *   false, until `giveUpAfterMs` have passed without being online.
 * - I3 After a refusal that time does not mend there is no other attempt, nor after a certificate that is not trusted.
 */
export class Connector {
  readonly #settings: ChatClientSettings;
  readonly #conversation: Conversation;
  readonly #listener: ConnectorListener;
  readonly #stop = new AbortController();
  #link: Link | undefined;
  #quitting = false;
  #loggingOut = false;

  /**
   * Begins unconnected.
   *
   * @param settings Where to, whose time, how patient.
   * @param conversation What the connections carry.
   * @param listener The client.
   */
  constructor(
    settings: ChatClientSettings,
    conversation: Conversation,
    listener: ConnectorListener,
  ) {
    this.#settings = settings;
    this.#conversation = conversation;
    this.#listener = listener;
  }

  /** Whether {@link stop} was called. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /**
   * Connects, and stays connected.
   *
   * @returns Undefined after {@link quit}, {@link stop} and a `logout` that was heard; else why it gave up.
   */
  async run(): Promise<unknown> {
    const { clock, reconnect, keepTrying, giveUpAfterMs } = this.#settings;
    const backoff = new Backoff();
    let offlineSince = clock.now();
    for (;;) {
      const startedAt = clock.now();
      const { error, reached } = await this.#attempt();
      if (this.stopped || this.#quitting) return undefined;
      // A connection that broke may have taken the request along.
      if (this.#loggingOut) return error;
      const { refusal, wasOnline } = this.#conversation;
      const reason = refusal ?? error ?? new DisconnectedError("the server closed the connection");
      if (!(wasOnline ? reconnect : keepTrying)) return reason;
      // Who is told when to come back is, whatever the code: a password is not looked at while others guess it.
      const isMended = refusal === undefined || isMendedByTime(refusal.code) ||
        retryAfterMs(refusal) > 0;
      if (!isMended) return reason;
      if (reason instanceof CertificateError) return reason;
      if (reached) {
        offlineSince = clock.now();
        if (offlineSince - startedAt >= PROVEN_MS) backoff.reset();
      }
      const retryInMs = Math.max(backoff.next(), retryAfterMs(refusal));
      if (clock.now() + retryInMs - offlineSince > giveUpAfterMs) return reason;
      this.#listener.lost({ reason: sentence(reason), retryInMs });
      // The signal ends the pause early; the next line asks whether it did.
      await delay(clock, retryInMs, this.#stop.signal).catch(() => {});
      if (this.stopped) return undefined;
    }
  }

  /** Takes leave of the server, which answers everything and ends the connection. */
  quit(): void {
    this.#quitting = true;
    this.#link?.send({ type: "quit", payload: {} });
  }

  /** Whether the end of the connection answers a `logout`. */
  expectLogout(isAsked: boolean): void {
    this.#loggingOut = isAsked;
  }

  /** Ends at once: the connection, the pause between two, or the dial. */
  stop(reason: unknown): void {
    this.#stop.abort(reason);
    this.#link?.close(reason);
  }

  /** One connection, from the dial to its end: why it ended, and whether it came to be online. */
  async #attempt(): Promise<{ readonly error: unknown; readonly reached: boolean }> {
    const { host, port, dial, handshakeTimeoutMs } = this.#settings;
    const conversation = this.#conversation;
    const late = new AbortController();
    using _deadline = this.#watchHandshake(() => {
      late.abort(
        new DisconnectedError(`the server did not answer within ${handshakeTimeoutMs} ms`),
      );
      this.#link?.close(late.signal.reason);
    });
    let reached = false;
    let error: unknown;
    try {
      const signal = AbortSignal.any([this.#stop.signal, late.signal]);
      await conversation.prepare();
      const connection = await dial({ host, port, signal });
      if (signal.aborted) connection.close();
      signal.throwIfAborted();
      this.#checkPassword(connection);
      const link = new Link(connection, this.#settings);
      this.#link = link;
      conversation.begin({
        send: (request) => link.send(request),
        fail: (error) => link.close(error),
        server: connection.servedAs?.[0],
      });
      await link.run(
        (message) => conversation.receive(message),
        () => this.#listener.gate(),
      );
    } catch (cause) {
      error = late.signal.aborted ? late.signal.reason : cause;
    } finally {
      reached = conversation.phase === "online";
      this.#link = undefined;
      conversation.interrupt();
    }
    return { error, reached };
  }

  /**
   * Gives a connection up that does not get on with the greeting and the joins. What gets on, or waits
   * for the application to read, has as long again: there may be much that was missed.
   */
  #watchHandshake(onLate: () => void): Disposable {
    const { clock } = this.#settings;
    const conversation = this.#conversation;
    let { progress } = conversation;
    let timer: Disposable;
    const watch = () => {
      timer = clock.after(this.#patienceMs, () => {
        if (conversation.phase === "online") return;
        if (conversation.progress === progress && !this.#link?.held) return onLate();
        ({ progress } = conversation);
        watch();
      });
    };
    watch();
    return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
  }

  /**
   * Makes sure that nobody on the way reads the password; closes the connection otherwise.
   *
   * @throws {ProtocolError} `plain_connection`.
   */
  #checkPassword(connection: Connection): void {
    const { peer, servedAs } = connection;
    const isPrivate = originOf(peer) === undefined || servedAs?.[0]?.startsWith("tls:") === true;
    if (this.#settings.password === undefined || isPrivate) return;
    connection.close();
    throw this.#conversation.refusal = new ProtocolError(
      "plain_connection",
      `Cannot send the password to ${peer} without TLS: everybody on the way could read it`,
    );
  }

  /** Who is taken in by another device waits for the person there. */
  get #patienceMs(): number {
    const { handshakeTimeoutMs, linkCode } = this.#settings;
    return linkCode === undefined || this.#conversation.wasOnline
      ? handshakeTimeoutMs
      : Math.max(handshakeTimeoutMs, LINK_PATIENCE_MS);
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function retryAfterMs(refusal: ProtocolError | undefined): number {
  const asked = refusal?.details["retryAfterMs"];
  return typeof asked === "number" ? Math.min(asked, MAX_RETRY_AFTER_MS) : 0;
}
