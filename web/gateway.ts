import { encodeAll } from "../chat/encode_all.ts";
import type { Hub } from "../chat/hub.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { MAX_JSON_PAYLOAD_BYTES } from "../codec/frame.ts";
import { originOf } from "../net/origin.ts";
import { socketDialect } from "./socket_dialect.ts";
import { SocketRequests } from "./socket_requests.ts";
import { SocketSession } from "./socket_session.ts";
import { textAnswer, type Upgrade, type WebContext, type WebRoutes } from "./web_server.ts";
import { acceptWebSocket, type WebSocketOptions } from "./websocket.ts";

/** What a gateway leads to. */
export interface GatewayOptions {
  /** The chat. */
  readonly hub: Hub;
  /**
   * Takes one connection in, or throws `ProtocolError`: `server_full`, `too_many_connections`.
   *
   * @param peer Its address, `host:port`.
   * @returns Disposing it gives its place back.
   */
  readonly admit: (peer: string) => Disposable;
  /** Whose time a page's end is waited for in. @default {systemClock} */
  readonly clock?: Clock;
}

/** Sockets that are being told at once that there is no place. */
const MAX_TURNED_AWAY = 64;

/** The close code that goes with the reason of a session's end (RFC 6455, 7.4.1). */
const CLOSE_CODES: Readonly<Record<string, number>> = {
  quit: 1000,
  gone: 1000,
  shutdown: 1001,
  unexpected_data: 1003,
  frame_too_large: 1009,
  internal_error: 1011,
  server_full: 1013,
};
/** Any other reason is a rule that was broken. */
const POLICY_VIOLATION = 1008;

/**
 * The chat on the web: `GET /ws` becomes a WebSocket, and each of its text messages is one message of the
 * chat protocol, both ways. Whose page may connect is for others to check.
 *
 * @param options Where to, and for whom.
 * @returns The route.
 */
export function gatewayRoutes(options: GatewayOptions): WebRoutes {
  let turnedAway = 0;
  return {
    "GET /ws": (request, context) => {
      const { upgrade } = context;
      // Who asks for no WebSocket is told so, and takes nobody's place.
      if (upgrade === undefined) return acceptWebSocket(request, upgrade, REFUSING).response;
      const place = admit(options, context);
      if (!(place instanceof ProtocolError)) return serve(request, context, options, place);
      if (turnedAway >= MAX_TURNED_AWAY) return textAnswer(`${place.message}\n`, 503);
      turnedAway++;
      return turnAway(request, upgrade, place, options.clock, () => turnedAway--);
    },
  };
}

/** What no WebSocket is accepted with. */
const REFUSING: WebSocketOptions = { maxMessageBytes: 0, onMessage: () => {}, onClose: () => {} };

function admit({ admit }: GatewayOptions, { peer }: WebContext): Disposable | ProtocolError {
  try {
    return admit(peer);
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
}

function serve(
  request: Request,
  { peer, upgrade }: WebContext,
  { hub, clock = systemClock }: GatewayOptions,
  place: Disposable,
): Response {
  const { socket, response } = acceptWebSocket(request, upgrade, {
    clock,
    maxMessageBytes: MAX_JSON_PAYLOAD_BYTES,
    onMessage: (data) => requests.take(data),
    onTooLong: ({ message }) => member.refuse(new ProtocolError("frame_too_large", message)),
    async onClose(isClean) {
      place[Symbol.dispose]();
      if (!isClean) return member.abort("gone");
      // What the page said before it went is still done, though it gets no answer.
      session.deafen();
      await requests.done;
      member.stop();
      await member.answered();
      member.abort("quit");
    },
  });
  if (socket === undefined) {
    place[Symbol.dispose]();
    return response;
  }
  const session = new SocketSession(socket, {
    peer,
    origin: originOf(peer),
    servedAs: servedAs(request),
  });
  const member = hub.open(session);
  const requests = new SocketRequests(member, (t) => session.confirm(t));
  member.ended.then((reason) => socket.close(closeCode(reason), reason));
  return response;
}

/** What a page may call this server: its own origin, which the routes' check has let through. */
function servedAs({ headers }: Request): readonly string[] {
  const origin = headers.get("origin");
  return origin === null ? [] : [`web:${origin}`];
}

/** Tells a page that there is no place for it: it could not read an answer that is no WebSocket. */
function turnAway(
  request: Request,
  upgrade: Upgrade,
  { code, message, details }: ProtocolError,
  clock: Clock = systemClock,
  over: () => void,
): Response {
  const { socket, response } = acceptWebSocket(request, upgrade, {
    clock,
    maxMessageBytes: MAX_JSON_PAYLOAD_BYTES,
    onMessage: () => {},
    onClose: over,
  });
  if (socket === undefined) {
    over();
    return response;
  }
  const error = JSON.stringify({ type: "error", payload: { code, message, ...details } });
  socket.write(encodeAll(socketDialect, [error])).catch(() => {
    // It has gone by itself.
  });
  socket.close(closeCode(code), code);
  return response;
}

function closeCode(reason: string): number {
  return CLOSE_CODES[reason] ?? POLICY_VIOLATION;
}
