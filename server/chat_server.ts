import { getLogger } from "@logtape/logtape";
import { type AccessRules, accessRules } from "../chat/access.ts";
import { Hub } from "../chat/hub.ts";
import { checkLimits, type Limits } from "../chat/limits.ts";
import type { ChatObserver, SessionInfo } from "../chat/observer.ts";
import { NO_FILES } from "../chat/shared_files.ts";
import type { ChatStatistics } from "../chat/statistics.ts";
import { Tally } from "../chat/tally.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { encodeFrame } from "../codec/encoder.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { EventLog } from "../log/event_log.ts";
import { memoryLog } from "../log/memory.ts";
import type { TlsCertificate } from "../net/certificate.ts";
import { type Connection, writeAll } from "../net/connection.ts";
import { finish } from "../net/finish.ts";
import { FrameReader } from "../net/frame_reader.ts";
import { type Address, listen, type Listener } from "../net/tcp.ts";
import { listenTls, type TlsListener } from "../net/tls.ts";
import { memoryRegistry } from "../registry/memory.ts";
import type { Registry } from "../registry/registry.ts";
import { Admission } from "./admission.ts";
import type { ChatFiles } from "./chat_files.ts";
import { BECAME_TRANSFER, serveChat } from "./chat_session.ts";
import { FileTransfers } from "./file_transfers.ts";

/** How a {@link ChatServer} is set up. */
export interface ChatServerOptions extends AccessRules {
  /** The address to listen on. @default {"127.0.0.1"} */
  readonly host?: string;
  /** The port; 0 picks a free one. @default {12345} */
  readonly port?: number;
  /** Speaks TLS, with this certificate. @default everything goes in the clear */
  readonly tls?: TlsCertificate;
  /** Where events are kept; the server closes it. @default {memoryLog()} */
  readonly log?: EventLog;
  /** Where names are kept; the server closes it. @default {memoryRegistry()} */
  readonly registry?: Registry;
  /** The files that messages can name, and that are brought and fetched on the same port. @default none */
  readonly files?: ChatFiles;
  /** What differs from the default limits. */
  readonly limits?: Partial<Limits>;
  /** Connections in all. @default {10_000} */
  readonly maxConnections?: number;
  /** Connections from one address; loopback is exempt. @default {64} */
  readonly maxConnectionsPerAddress?: number;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
}

/** How a {@link ChatServer} stands now, and what it has done since it began. */
export interface ServerStatistics extends ChatStatistics {
  /** Connections now. */
  readonly connections: number;
  /** Connections that were taken in. */
  readonly accepted: number;
  /** Connections that were turned away, by code. */
  readonly refused: ReadonlyMap<string, number>;
}

/** Connections that are being told at once that there is no place: each is open for a second more. */
const MAX_TURNED_AWAY = 64;

const logger = getLogger(["parley", "server"]);
const encoder = new TextEncoder();

/**
 * A chat server: listens, and joins connections to a {@link Hub}.
 *
 * It opens the listening socket and owns it, the log, the files and the registry; `close` gives all back.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ChatClient, ChatServer } from "@parley/parley";
 *
 * await using server = ChatServer.listen({ port: 0 });
 * await using ann = await ChatClient.connect({ ...server.address, name: "ann", room: "lobby" });
 * const ack = await ann.send("lobby", "hello");
 * assertEquals(ack.stored, "memory");
 * ```
 */
export class ChatServer implements AsyncDisposable {
  /** Resolves when the server has given everything back. */
  readonly closed: Promise<void>;
  readonly #listener: Listener | TlsListener;
  readonly #hub: Hub;
  readonly #transfers: FileTransfers | undefined;
  readonly #log: EventLog;
  readonly #registry: Registry;
  readonly #files: ChatFiles | undefined;
  readonly #clock: Clock;
  readonly #admission: Admission;
  #turnedAway = 0;
  #accepted = 0;
  readonly #refused = new Tally();
  readonly #serving = new Set<Promise<void>>();
  readonly #resolveClosed: () => void;
  #closing: Promise<void> | undefined;

  private constructor(options: ChatServerOptions) {
    const {
      host = "127.0.0.1",
      port = 12345,
      log = memoryLog(),
      registry = memoryRegistry(),
      limits = {},
      maxConnections = 10_000,
      maxConnectionsPerAddress = 64,
      clock = systemClock,
      files,
      tls,
    } = options;
    checkLimits(limits);
    this.#listener = tls === undefined
      ? listen({ host, port })
      : listenTls({ host, port, ...tls, clock, onRefused: tellRefused });
    this.#log = log;
    this.#registry = registry;
    this.#files = files;
    this.#clock = clock;
    this.#admission = new Admission({ maxConnections, maxConnectionsPerAddress });
    const observer = this.#observer();
    this.#hub = new Hub({
      ...{ log, registry, clock, limits, observer },
      files: files ?? NO_FILES,
      ...accessRules(options),
    });
    this.#transfers = files && new FileTransfers({ hub: this.#hub, files, clock });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    this.#accept();
  }

  /**
   * Starts a server.
   *
   * @param options Where to listen, what to keep, what to allow.
   * @returns The server, listening.
   * @throws {Deno.errors.AddrInUse} Somebody else listens there (and what else Deno.listen throws).
   * @throws {RangeError} A limit allows more than the protocol does.
   * @throws {TypeError} The certificate or its key cannot be used.
   */
  static listen(options: ChatServerOptions = {}): ChatServer {
    return new ChatServer(options);
  }

  /**
   * The chat itself, for whoever else lets members in: the web.
   *
   * @internal
   */
  get hub(): Hub {
    return this.#hub;
  }

  /** Where it listens: the port that was picked, where 0 was asked for. */
  get address(): Address {
    return this.#listener.address;
  }

  /** What its certificate is known by, 64 hexadecimal digits; undefined where it speaks no TLS. */
  get fingerprint(): string | undefined {
    return "fingerprint" in this.#listener ? this.#listener.fingerprint : undefined;
  }

  /**
   * Takes another certificate for the connections to come; those that are there keep theirs.
   *
   * @param certificate The new one.
   * @throws {TypeError} It cannot be used, and the old one stays; or the server speaks no TLS.
   */
  changeCertificate(certificate: TlsCertificate): void {
    if (!("reload" in this.#listener)) {
      throw new TypeError("Cannot change the certificate: this server speaks no TLS");
    }
    this.#listener.reload(certificate);
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#admission.count;
  }

  /** Whether it is stopping, or has stopped: it takes no more messages. */
  get closing(): boolean {
    return this.#closing !== undefined;
  }

  /** How it stands, and what it has done, in numbers; cheap to ask for. */
  get statistics(): ServerStatistics {
    return {
      ...this.#hub.statistics,
      connections: this.connections,
      accepted: this.#accepted,
      refused: this.#refused.counts,
    };
  }

  /**
   * Changes who is let in, and who are the admins. Sessions end that would not be let in any more.
   *
   * @param rules The rules that change.
   */
  changeAccess(rules: AccessRules): void {
    this.#hub.changeAccess(rules);
  }

  /**
   * Takes in a connection that has come another way, over the web: it counts like those that come to the
   * port. What is said on it goes to the {@link hub}.
   *
   * @param peer Its address, `host:port`.
   * @returns Disposing it gives its place back.
   * @throws {ProtocolError} `server_full`, `too_many_connections`.
   */
  admit(peer: string): Disposable {
    try {
      const place = this.#admission.admit(peer, this.#clock.now());
      this.#accepted++;
      const connections = this.#admission.count;
      logger.info("connection from {peer}, {connections} active", { peer, connections });
      return place;
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.#refused.add(error.code);
        logger.warn("refused {peer}: {code}", { peer, code: error.code });
      }
      throw error;
    }
  }

  /**
   * Stops: accepts nobody, tells the members, flushes what they are to get, lets files be committed that have
   * come whole, closes the log. Idempotent.
   *
   * @returns When everything is given back.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close(() => {
      this.#transfers?.stop();
      return this.#hub.close();
    });
  }

  /**
   * Stops at once, without telling anybody. What was acknowledged is kept.
   *
   * @param reason A word for the log.
   */
  abort(reason = "aborted"): Promise<void> {
    this.#hub.abort(reason);
    this.#transfers?.abort();
    return this.#closing ??= this.#close(() => Promise.resolve());
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(endMembers: () => Promise<void>): Promise<void> {
    this.#listener.close();
    // What is being committed ends as a record in the registry.
    await Promise.all([endMembers(), this.#files?.close()]);
    await Promise.all(this.#serving);
    await this.#log.close();
    await this.#registry.close();
    this.#resolveClosed();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      const { peer } = connection;
      let place: Disposable | undefined;
      const ended = (error: unknown) => {
        place?.[Symbol.dispose]();
        this.#serving.delete(serving);
        if (error !== undefined) logger.error("serving {peer} failed: {error}", { peer, error });
      };
      let work: Promise<void>;
      try {
        place = this.admit(peer);
        work = this.#serve(connection);
      } catch (error) {
        work = this.#refuse(connection, error);
      }
      const serving: Promise<void> = work.then(() => ended(undefined), ended);
      this.#serving.add(serving);
    }
  }

  #serve(connection: Connection): Promise<void> {
    return serveChat(this.#hub, connection, this.#clock, this.#transfers);
  }

  async #refuse(connection: Connection, error: unknown): Promise<void> {
    if (!(error instanceof ProtocolError)) throw error;
    await this.#turnAway(connection, error);
  }

  /** Tells a connection that there is no place for it, politely. */
  async #turnAway(
    connection: Connection,
    { code, message, details }: ProtocolError,
  ): Promise<void> {
    // A flood of them must not hold what the members' connections need.
    if (this.#turnedAway >= MAX_TURNED_AWAY) return connection.close();
    const error = JSON.stringify({ type: "error", payload: { code, message, ...details } });
    this.#turnedAway++;
    try {
      await writeAll(connection, encodeFrame("json", encoder.encode(error)));
      await finish(connection, new FrameReader(connection), { clock: this.#clock });
    } catch {
      // It has gone by itself.
      connection.close();
    } finally {
      this.#turnedAway--;
    }
  }

  #observer(): ChatObserver {
    const who = ({ name, peer }: SessionInfo) => ({ name: name ?? "(no name)", peer });
    return {
      connected: (session) => logger.info("{name} connected from {peer}", who(session)),
      joined: (session, room) => logger.info("{name} joined {room}", { ...who(session), room }),
      left: (session, room) => logger.info("{name} left {room}", { ...who(session), room }),
      ended: (session, reason) => {
        // The connection goes on, and what comes of it is told then.
        if (reason === BECAME_TRANSFER) return;
        // The place is given back when the socket is closed, a moment later.
        const connections = this.#admission.count - 1;
        logger.info("{name} at {peer} is gone ({reason}), {connections} active", {
          ...who(session),
          reason,
          connections,
        });
      },
      failed: (session, error) =>
        logger.error("a request of {name} at {peer} failed: {error}", { ...who(session), error }),
    };
  }
}

/** Half a handshake, and what is no TLS, come from everywhere: they are worth a word only to who looks for it. */
function tellRefused(peer: string, error: unknown): void {
  logger.debug("no TLS with {peer}: {error}", { peer, error });
}
