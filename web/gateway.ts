import { encodeAll } from "../chat/encode_all.ts";
import type { Hub } from "../chat/hub.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { originOf } from "../net/origin.ts";
import { socketDialect } from "./socket_dialect.ts";
import { readRequest, SocketRequests } from "./socket_requests.ts";
import { SocketSession } from "./socket_session.ts";
import { textAnswer, type WebContext, type WebRoutes } from "./web_server.ts";

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
      if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
        const answer = textAnswer("Here is a WebSocket: connect with one.\n", 426);
        answer.headers.set("upgrade", "websocket");
        return answer;
      }
      const place = admit(options, context);
      if (!(place instanceof ProtocolError)) return serve(request, context, options, place);
      if (turnedAway >= MAX_TURNED_AWAY) return textAnswer(`${place.message}\n`, 503);
      turnedAway++;
      const { clock = systemClock } = options;
      return turnAway(request, context, place, { over: () => turnedAway--, clock });
    },
  };
}

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
  { peer }: WebContext,
  { hub, clock = systemClock }: GatewayOptions,
  place: Disposable,
): Response {
  const { socket, response } = upgrade(request, place);
  const session = new SocketSession(socket, { peer, origin: originOf(peer), clock });
  const member = hub.open(session);
  const requests = new SocketRequests(member, (t) => session.confirm(t));
  member.ended.then(async (reason) => {
    await session.finished;
    // One that never opened, its client being gone already, tells of no end.
    if (socket.readyState === WebSocket.CONNECTING) place[Symbol.dispose]();
    close(socket, reason);
  });
  socket.onmessage = ({ data }) => requests.take(data);
  socket.onclose = async ({ wasClean }) => {
    place[Symbol.dispose]();
    if (!wasClean) return member.abort("gone");
    // What the page said before it went is still done, though it gets no answer.
    session.deafen();
    await requests.done;
    member.stop();
    await member.answered();
    member.abort("quit");
  };
  return response;
}

function upgrade(request: Request, place: Disposable): Deno.WebSocketUpgrade {
  try {
    // The chat's own `ping` and deadlines find out who has gone.
    return Deno.upgradeWebSocket(request, { idleTimeout: 0 });
  } catch (error) {
    place[Symbol.dispose]();
    throw error;
  }
}

/** Tells a page that there is no place for it: it could not read an answer that is no WebSocket. */
function turnAway(
  request: Request,
  { peer }: WebContext,
  { code, message, details }: ProtocolError,
  { over, clock }: { readonly over: () => void; readonly clock: Clock },
): Response {
  const { socket, response } = upgrade(request, { [Symbol.dispose]: over });
  const session = new SocketSession(socket, { peer, origin: undefined, clock });
  socket.onmessage = ({ data }) => {
    const answer = readRequest(data);
    if (!(answer instanceof ProtocolError) && answer.type === "pong") {
      session.confirm(answer.payload.t);
    }
  };
  socket.onclose = () => {
    session.abort();
    over();
  };
  socket.onopen = async () => {
    const error = JSON.stringify({ type: "error", payload: { code, message, ...details } });
    await session.write(encodeAll(socketDialect, [error]));
    session.end();
    await session.finished;
    close(socket, code);
  };
  return response;
}

function close(socket: WebSocket, reason: string): void {
  if (socket.readyState > WebSocket.OPEN) return;
  socket.close(CLOSE_CODES[reason] ?? POLICY_VIOLATION, reason);
}
