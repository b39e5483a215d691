import { monotonicUlid } from "@std/ulid";
import type { Hub } from "../chat/hub.ts";
import type { Listener } from "../chat/listener.ts";
import type { Program } from "../chat/program.ts";
import type { EventPage, PageRequest } from "../chat/reading.ts";
import type { Session } from "../chat/session.ts";
import { type Clock, systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Ack } from "../protocol/chat.ts";
import { decodePost } from "../protocol/web.ts";
import { authorize } from "./authorize.ts";
import { EventStreamSession } from "./event_stream.ts";
import { errorAnswer, jsonAnswer, jsonTextAnswer } from "./json_answer.ts";
import { apiDescription } from "./openapi.ts";
import { readJsonBody } from "./request_body.ts";
import type { WebContext, WebHandler, WebRoutes } from "./web_server.ts";

/** What the API leads to. */
export interface ApiOptions {
  /** The chat. */
  readonly hub: Hub;
  /** Takes one stream of events in like a connection, or throws `ProtocolError`: see `GatewayOptions`. */
  readonly admit: (peer: string) => Disposable;
  /** Parley's version. */
  readonly version: string;
  /** Everything timed. @default {systemClock} */
  readonly clock?: Clock;
}

/** A program's request: who it is, and what it asks. */
interface Asked {
  readonly program: Program;
  readonly request: Request;
  readonly context: WebContext;
}

const MAX_LIMIT = 1_000;

/**
 * What programs may do over HTTP that bear a name's token (docs/API.md): say something in a room or to a
 * person, read a room or the own inbox, follow either as server-sent events. None of it needs joining, and
 * nobody sees them come or go.
 *
 * @param options Where to.
 * @returns The routes.
 */
export function apiRoutes(options: ApiOptions): WebRoutes {
  const { hub, clock = systemClock } = options;
  const asProgram =
    (answer: (asked: Asked) => Promise<Response>): WebHandler => async (request, context) => {
      try {
        const program = await authorize(
          request,
          (bearer) => hub.program(bearer, context.peer),
        );
        return await answer({ program, request, context });
      } catch (error) {
        return errorAnswer(error);
      }
    };
  const description = apiDescription(options.version);
  return {
    "GET /api/openapi.json": () => jsonAnswer(description),
    "POST /api/rooms/:room/messages": asProgram(({ program, request, context }) =>
      say(program, request, clock, (post) => program.post({ ...post, room: context.params.room! }))
    ),
    "POST /api/people/:name/messages": asProgram(({ program, request, context }) =>
      say(
        program,
        request,
        clock,
        (post) => program.postPrivate({ ...post, to: context.params.name! }),
      )
    ),
    "GET /api/rooms/:room/messages": asProgram(({ program, request, context }) =>
      read(program, request, (page) => program.readRoom(context.params.room!, page))
    ),
    "GET /api/inbox/messages": asProgram(({ program, request }) =>
      read(program, request, (page) => program.readInbox(page))
    ),
    "GET /api/rooms/:room/events": asProgram((asked) =>
      follow(
        asked,
        options,
        (session, after) => asked.program.followRoom(asked.context.params.room!, session, after),
      )
    ),
    "GET /api/inbox/events": asProgram((asked) =>
      follow(asked, options, (session, after) => asked.program.followInbox(session, after))
    ),
  };
}

async function say(
  program: Program,
  request: Request,
  clock: Clock,
  post: (post: ReturnType<typeof decodePost> & { readonly id: string }) => Promise<Ack>,
): Promise<Response> {
  const body = await readJsonBody(request, clock);
  program.pace(body.length);
  const { text, files, id = monotonicUlid() } = decodePost(body);
  const ack = await post({ text, id, ...(files === undefined ? {} : { files }) });
  return jsonAnswer(ack, 201);
}

async function read(
  program: Program,
  request: Request,
  readPage: (page: PageRequest) => Promise<EventPage>,
): Promise<Response> {
  program.pace(0);
  const [after, before, limit] = ["after", "before", "limit"].map((name) =>
    numberOf(request, name)
  );
  if (limit !== undefined && (limit < 1 || limit > MAX_LIMIT)) {
    throw new ProtocolError("invalid_message", `"limit" is ${limit}: 1 to ${MAX_LIMIT} is allowed`);
  }
  const { payloads, more } = await readPage({
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(limit === undefined ? {} : { limit }),
  });
  return jsonTextAnswer(`{"messages":[${payloads.join()}],"more":${more}}`);
}

async function follow(
  { program, request, context: { peer } }: Asked,
  { admit }: ApiOptions,
  open: (session: Session, after: number | undefined) => Promise<Listener>,
): Promise<Response> {
  program.pace(0);
  const last = request.headers.get("last-event-id");
  const after = last === null ? numberOf(request, "after") : toNumber(last, "Last-Event-ID");
  const headers = { "content-type": "text/event-stream", "x-accel-buffering": "no" };
  const place = admit(peer);
  let listener: Listener | undefined;
  const session = new EventStreamSession(peer, () => listener?.abort("gone"));
  try {
    listener = await open(session, after);
  } catch (error) {
    place[Symbol.dispose]();
    throw error;
  }
  listener.ended.then(() => place[Symbol.dispose]());
  return new Response(session.body, { headers });
}

function numberOf(request: Request, name: string): number | undefined {
  const text = new URL(request.url).searchParams.get(name);
  return text === null ? undefined : toNumber(text, `"${name}"`);
}

function toNumber(text: string, what: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ProtocolError("invalid_message", `${what} must be a whole number from 0 on`);
}
