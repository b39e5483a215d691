import { type TSchema } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { ProtocolError } from "../codec/errors.ts";
import type { ChatMessage, ChatRequest } from "./chat.ts";
import { quote } from "./quote.ts";
import { chatMessageSchemas, chatRequestSchemas } from "./schemas/chat.ts";
import { ID_PATTERN, MAX_REF_CHARS } from "./schemas/fields.ts";
import { receiverSchemas, senderSchemas } from "./schemas/transfer.ts";
import type { ReceiverMessage, SenderMessage } from "./transfer.ts";

/** Any message: what every JSON frame holds. */
export interface Message {
  readonly type: string;
  readonly payload: object;
}

const ID = new RegExp(ID_PATTERN);
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Makes the decoder of one side's messages.
 *
 * A validator is compiled when its type first comes: forty of them at start would be felt.
 */
function messageDecoder<M extends Message>(
  schemas: Readonly<Record<string, TSchema>>,
): (json: Uint8Array | string) => M {
  const validators = new Map<string, TypeCheck<TSchema>>();
  return (json) => {
    const { type, payload } = parseMessage(json);
    let validator = validators.get(type);
    if (validator === undefined) {
      if (!Object.hasOwn(schemas, type)) {
        throw new ProtocolError(
          "unknown_type",
          `Cannot read a message of type ${quote(type)}: allowed here are ${
            Object.keys(schemas).join(", ")
          }`,
          { details: identifiers(payload) },
        );
      }
      validator = TypeCompiler.Compile(schemas[type]!);
      validators.set(type, validator);
    }
    if (!validator.Check(payload)) {
      const error = validator.Errors(payload).First();
      throw new ProtocolError(
        "invalid_message",
        `Cannot read "${type}": ${quote(`payload${error?.path.replaceAll("/", ".") ?? ""}`)}: ${
          error?.message ?? "not as expected"
        }`,
        { details: identifiers(payload) },
      );
    }
    return { type, payload } as M;
  };
}

function parseMessage(json: Uint8Array | string): Message {
  let value: unknown;
  try {
    value = JSON.parse(typeof json === "string" ? json : utf8.decode(json));
  } catch (cause) {
    throw new ProtocolError("invalid_json", "Cannot read a message: it is no UTF-8 JSON", {
      cause,
    });
  }
  if (!isObject(value)) {
    throw new ProtocolError("invalid_json", "Cannot read a message: it is no JSON object");
  }
  const { type, payload } = value;
  if (typeof type !== "string" || !isObject(payload)) {
    throw new ProtocolError(
      "invalid_message",
      'Cannot read a message: {"type": string, "payload": object} is its form',
    );
  }
  return { type, payload };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What an error about a broken message carries back, so that the sender knows which one. */
function identifiers(payload: object): { ref?: string; id?: string } {
  const { ref, id } = payload as Record<string, unknown>;
  return {
    ...(typeof ref === "string" && ref.length <= MAX_REF_CHARS ? { ref } : {}),
    ...(typeof id === "string" && ID.test(id) ? { id } : {}),
  };
}

/**
 * Reads and validates what a client sent to a chat server.
 *
 * @param json The UTF-8 bytes, or the text, of one JSON object.
 * @returns The request; unknown fields are still in its payload.
 * @throws {ProtocolError} `invalid_json`, `invalid_message`, `unknown_type`.
 */
export const decodeChatRequest: (json: Uint8Array | string) => ChatRequest = messageDecoder(
  chatRequestSchemas,
);

/**
 * Reads and validates what a chat server sent to a client.
 *
 * @param json The UTF-8 bytes, or the text, of one JSON object.
 * @returns The message; unknown fields are still in its payload.
 * @throws {ProtocolError} `invalid_json`, `invalid_message`, `unknown_type`.
 */
export const decodeChatMessage: (json: Uint8Array | string) => ChatMessage = messageDecoder(
  chatMessageSchemas,
);

/**
 * Reads and validates what the sending side of a transfer said.
 *
 * @param json The UTF-8 bytes, or the text, of one JSON object.
 * @returns The message.
 * @throws {ProtocolError} `invalid_json`, `invalid_message`, `unknown_type`.
 */
export const decodeSenderMessage: (json: Uint8Array | string) => SenderMessage = messageDecoder(
  senderSchemas,
);

/**
 * Reads and validates what the receiving side of a transfer said.
 *
 * @param json The UTF-8 bytes, or the text, of one JSON object.
 * @returns The message.
 * @throws {ProtocolError} `invalid_json`, `invalid_message`, `unknown_type`.
 */
export const decodeReceiverMessage: (json: Uint8Array | string) => ReceiverMessage = messageDecoder(
  receiverSchemas,
);
