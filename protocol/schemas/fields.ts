import { type TProperties, Type } from "@sinclair/typebox";

// The fields that several messages share. Schemas decide shapes only; what a name, a room or a text
// may hold has rules and error codes of its own, in protocol/names.ts and protocol/text.ts.

/** Characters that a `ref` may have. */
export const MAX_REF_CHARS = 64;

/** What an `id` looks like: a ULID, and what else people number things with. */
export const ID_PATTERN = "^[0-9A-Za-z_.:-]{1,64}$";

/** The last moment that a `Date` can be, in Unix milliseconds. */
const MAX_TIME_MS = 8_640_000_000_000_000;

export const time = (description: string) =>
  Type.Integer({ minimum: 0, maximum: MAX_TIME_MS, description });
export const count = (description: string) =>
  Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description });
export const seq = (description = "Number of the event in its stream.") => count(description);
export const text = (description: string, maxLength = 65_536) =>
  Type.String({ maxLength, description });
export const flag = (description: string) => Type.Boolean({ description });

export const name = (description = "A member's name.") => text(description, 256);
export const room = (description = "The room's name.") => text(description, 512);
export const stream = (description = "A room's name, or `@name` for an inbox.") =>
  text(description, 513);
export const id = (description = "Chosen by the client, a ULID.") =>
  Type.String({ pattern: ID_PATTERN, description });
export const hash = (description: string) =>
  Type.String({ pattern: "^([0-9a-f]{32}|[0-9a-f]{64})$", description });
export const fileId = (description = "The file's id, which nobody can guess.") =>
  Type.String({ pattern: "^[0-9a-f]{32}$", description });
const hex = (digits: number, description: string) =>
  Type.String({ pattern: `^[0-9a-f]{${digits}}$`, description });
export const key = (description: string) => hex(64, description);
export const signature = (description: string) => hex(128, description);
export const nonce = () => hex(64, "32 random bytes, good for one answer on this connection.");
export const mac = () => hex(64, "Made with the code's secret half, of `linkText`.");
export const chainHash = () =>
  hex(64, "The hash of the sender's message before in this conversation; zeros for the first one.");
export const linkId = () =>
  Type.String({
    pattern: "^[0-9A-HJKMNP-TV-Z]{4}$",
    description: "The public half of the code that one device shows and another one is told.",
  });
export const limits = Type.Record(Type.String(), Type.Number(), {
  description: "The limits in force, by name.",
});

const ref = Type.Optional(
  text("Carried back by the answer or error; at most 64 characters.", MAX_REF_CHARS),
);
const limit = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1_000, description: "How many entries at most." }),
);
export const page = { limit };

/** How a message is described: its interface's name, and what it is. */
export interface MessageDoc {
  readonly title: string;
  readonly description: string;
  /** What it is answered with, for the table in docs/PROTOCOL.md. */
  readonly answer?: string;
}

/** One message's payload. Unknown fields are allowed: the wire may grow. */
export function message<P extends TProperties>(doc: MessageDoc, properties: P) {
  return Type.Object(properties, { ...doc });
}

/** A request's payload: a message that may carry a `ref`. */
export function request<P extends TProperties>(doc: MessageDoc, properties: P) {
  return Type.Object({ ...properties, ref }, { ...doc });
}

/** An answer's payload: a message that carries the request's `ref` back. */
export const answer = request;

/** A closed set of words. */
export function oneOf<const W extends string>(words: readonly W[], description: string) {
  return Type.Union(words.map((word) => Type.Literal(word)), { description });
}

/** Both ways, on both protocols. */
export const pingPong = {
  ping: request({
    title: "Ping",
    description: "Asks for a sign of life.",
    answer: "`pong {t}`",
  }, { t: Type.Number({ description: "Any number; comes back." }) }),
  pong: answer({ title: "Pong", description: "Answers `ping`." }, {
    t: Type.Number({ description: "The number of the `ping`." }),
  }),
};
