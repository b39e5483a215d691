import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { ProtocolError } from "../codec/errors.ts";
import { quote } from "./quote.ts";
import { postSchema } from "./schemas/web.ts";

/** Something that a program says over the web. */
export interface Post {
  /** What to say. */
  readonly text: string;
  /** Files that the server keeps, by their ids. */
  readonly files?: readonly { readonly id: string }[];
  /** Chosen by the program: the same id is stored once. */
  readonly id?: string;
}

let validator: TypeCheck<typeof postSchema> | undefined;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads and validates what a program wants to say.
 *
 * @param json UTF-8 bytes.
 * @returns The post; unknown fields are still in it.
 * @throws {ProtocolError} `invalid_json`, `invalid_message`.
 */
export function decodePost(json: Uint8Array): Post {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(json));
  } catch (cause) {
    throw new ProtocolError("invalid_json", "Cannot read the body: it is no UTF-8 JSON", { cause });
  }
  validator ??= TypeCompiler.Compile(postSchema);
  if (validator.Check(value)) return value as Post;
  const error = validator.Errors(value).First();
  throw new ProtocolError(
    "invalid_message",
    `Cannot read the body: ${quote(`body${error?.path.replaceAll("/", ".") ?? ""}`)}: ${
      error?.message ?? "not as expected"
    }`,
  );
}
