import { chatMessageSchemas, sharedFile } from "../protocol/schemas/chat.ts";
import { postSchema, webAnswerSchemas } from "../protocol/schemas/web.ts";
import { FILE_PATHS } from "./openapi_files.ts";

type Json = Readonly<Record<string, unknown>>;

const EXAMPLES = {
  post: { text: "Build 1234 is green", id: "01JC2Z3Q6E8Y4T5R6W7V8X9ABC" },
  posted: {
    id: "01JC2Z3Q6E8Y4T5R6W7V8X9ABC",
    room: "lobby",
    seq: 42,
    at: 1_767_225_600_000,
    stored: "disk",
  },
  postedPrivate: {
    id: "01JC2Z3Q6E8Y4T5R6W7V8X9ABC",
    to: "ann",
    seq: 7,
    at: 1_767_225_600_000,
    stored: "disk",
    delivered: "live",
  },
  room: {
    messages: [{
      room: "lobby",
      sender: "ann",
      text: "hello",
      id: "01JC2Z3Q6E8Y4T5R6W7V8X9ABD",
      seq: 43,
      at: 1_767_225_600_500,
    }],
    more: false,
  },
  inbox: {
    messages: [{
      from: "ann",
      to: "bot",
      text: "only for you",
      id: "01JC2Z3Q6E8Y4T5R6W7V8X9ABE",
      seq: 8,
      at: 1_767_225_600_900,
    }],
    more: false,
  },
  error: { code: "rate_limited", message: "Try again in 900 ms", retryAfterMs: 900 },
};

/** Answers that say no; which codes they bear stands in docs/API.md. */
const ERRORS: Readonly<Record<number, string>> = {
  400: "The request breaks a rule: the code says which.",
  401: "The token is missing, or is not that of a name here.",
  429: "Too much in a short time: try again when `Retry-After` says.",
  503: "The server is full, is stopping, or cannot store it now: try again later.",
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: string, example: Json) => ({
  "application/json": { schema: ref(name), example },
});

function errors(...more: readonly (readonly [status: number, description: string])[]): Json {
  const all = [...Object.entries(ERRORS), ...more];
  return Object.fromEntries(
    all.map(([status, description]) => [
      status,
      { description, content: json("Error", EXAMPLES.error) },
    ]),
  );
}

function query(name: string, description: string, maximum?: number): Json {
  const schema = { type: "integer", minimum: 0, ...(maximum && { minimum: 1, maximum }) };
  return { name, in: "query", description, schema };
}

function path(name: string, description: string): Json {
  return { name, in: "path", required: true, description, schema: { type: "string" } };
}

const ROOM = path("room", "The room's name.");
const PAGE = [
  query("after", "Only events after this seq, oldest first."),
  query("before", "Only events before this seq: the newest of them."),
  query("limit", "How many at most; 100 if absent.", 1_000),
];
const FROM = [
  query("after", "The seq of the last event that was read; from now on if absent."),
  {
    name: "Last-Event-ID",
    in: "header",
    description: "As `after`, and goes before it: an EventSource sends it when it comes back.",
    schema: { type: "integer", minimum: 0 },
  },
];

function posting(summary: string, parameter: Json, example: Json): Json {
  return {
    summary,
    parameters: [parameter],
    requestBody: { required: true, content: json("Post", EXAMPLES.post) },
    responses: {
      201: { description: "It is stored.", content: json("Posted", example) },
      ...errors(
        [404, "Nobody has that name, or the server does not keep that file."],
        [408, "The body did not come in time."],
        [409, "The id was used for something else."],
        [413, "The body is longer than 64 KiB."],
        [415, "The body is not said to be JSON."],
      ),
    },
  };
}

function reading(summary: string, parameters: readonly Json[], name: string, example: Json): Json {
  return {
    summary,
    parameters,
    responses: { 200: { description: "A page.", content: json(name, example) }, ...errors() },
  };
}

function following(summary: string, parameters: readonly Json[], description: string): Json {
  return {
    summary,
    description,
    parameters,
    responses: {
      200: {
        description: "Server-sent events, until the server stops or the client goes.",
        content: { "text/event-stream": { schema: { type: "string" } } },
      },
      ...errors(),
    },
  };
}

/**
 * The description of the API (OpenAPI 3.1), that of files included, made of the schemas that requests are checked with.
 *
 * @param version Parley's version.
 * @returns The document.
 */
export function apiDescription(version: string): Json {
  return {
    openapi: "3.1.0",
    info: {
      title: "Parley",
      version,
      description: "What programs may do in a chat that bear a name's token. See docs/API.md.",
    },
    security: [{ bearer: [] }],
    paths: {
      "/api/rooms/{room}/messages": {
        post: posting("Say something in a room", ROOM, EXAMPLES.posted),
        get: reading("Read a part of a room", [ROOM, ...PAGE], "RoomPage", EXAMPLES.room),
      },
      "/api/rooms/{room}/events": {
        get: following(
          "Follow a room",
          [ROOM, ...FROM],
          "`message` has a RoomMessage as data and its seq as id; `notification` tells who came and went, `gap` what retention took. Nothing is lost or repeated when `Last-Event-ID` or `after` tells the last id.",
        ),
      },
      "/api/people/{name}/messages": {
        post: posting(
          "Write to one person",
          path("name", "Whom to write to."),
          EXAMPLES.postedPrivate,
        ),
      },
      "/api/inbox/messages": {
        get: reading("Read a part of one's private messages", PAGE, "InboxPage", EXAMPLES.inbox),
      },
      "/api/inbox/events": {
        get: following(
          "Follow one's private messages",
          FROM,
          "`private` has a PrivateMessage as data and its seq as id, `gap` tells what retention took.",
        ),
      },
      ...FILE_PATHS,
      "/api/openapi.json": {
        get: {
          summary: "This description",
          security: [],
          responses: {
            200: {
              description: "OpenAPI 3.1.",
              content: { "application/json": { schema: { type: "object" } } },
            },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "A name and its token in one word: `deno task token NAME` makes one.",
        },
      },
      schemas: Object.fromEntries(
        [
          postSchema,
          ...Object.values(webAnswerSchemas),
          chatMessageSchemas.message,
          chatMessageSchemas.private,
          sharedFile,
        ].map((schema) => [schema.title, schema]),
      ),
    },
  };
}
