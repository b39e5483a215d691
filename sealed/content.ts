import { Type } from "@sinclair/typebox";
import { type TypeCheck, TypeCompiler } from "@sinclair/typebox/compiler";
import { ProtocolError } from "../codec/errors.ts";
import type { SharedFile } from "../protocol/chat.ts";
import * as field from "../protocol/schemas/fields.ts";
import { checkText } from "../protocol/text.ts";

/** What somebody says that only its readers can read. */
export interface SealedContent {
  /** The text; it may be empty where there are files. */
  readonly text: string;
  /** When it was written, by the sender's clock: Unix milliseconds. */
  readonly at: number;
  /** Files that the server keeps as ciphertext: what they are in truth. Size and hash are the plaintext's. */
  readonly files?: readonly SharedFile[];
}

/** What the plaintext says of its envelope, which has to say the same. */
export interface Addressed {
  /** The sender's key. */
  readonly key: string;
  /** Where it is said. */
  readonly kind: "room" | "private";
  /** The room, or the recipient. */
  readonly to: string;
}

/**
 * The plaintext's length is a multiple of so many bytes, so that the ciphertext's does not tell which of a few
 * short answers it holds. Of a long text, and of how many files there are, it still tells about as much.
 */
export const PADDED_BYTES = 128;

/** The most files of one message, and of their names' characters: as of a message that is not sealed. */
const MAX_FILES = 16;
const MAX_NAME_CHARS = 1_024;

const schema = Type.Object({
  v: Type.Literal(1),
  key: field.key("The sender's key."),
  kind: field.oneOf(["room", "private"], "Where it is said."),
  to: field.text("The room, or the recipient.", 512),
  text: field.text("What was said."),
  at: field.time("When it was written."),
  files: Type.Optional(Type.Array(
    Type.Object({
      id: field.fileId(),
      name: Type.String({ minLength: 1, maxLength: MAX_NAME_CHARS }),
      size: field.count("Its size in bytes."),
      type: field.text("Its media type, as the sender says.", 128),
      sha256: Type.String({ pattern: "^[0-9a-f]{64}$" }),
    }),
    { maxItems: MAX_FILES },
  )),
});
let validator: TypeCheck<typeof schema> | undefined;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/**
 * Writes the plaintext of a sealed message.
 *
 * @param content What is said.
 * @param addressed What the envelope says.
 * @returns JSON in UTF-8, with blanks behind it up to a multiple of {@link PADDED_BYTES}.
 * @throws {ProtocolError} `invalid_text`.
 */
export function encodeContent(
  { text, at, files = [] }: SealedContent,
  { key, kind, to }: Addressed,
): Uint8Array<ArrayBuffer> {
  if (files.length === 0 || text !== "") checkText(text);
  const named = files.length === 0 ? {} : {
    files: files.map(({ id, name, size, type, sha256 }) => ({ id, name, size, type, sha256 })),
  };
  const json = encoder.encode(JSON.stringify({ v: 1, key, kind, to, text, at, ...named }));
  const padded = new Uint8Array(Math.ceil(json.length / PADDED_BYTES) * PADDED_BYTES).fill(0x20);
  padded.set(json);
  return padded;
}

/**
 * Reads a plaintext: a peer's word, whoever signed it.
 *
 * @param bytes The plaintext.
 * @throws {ProtocolError} `damaged`: it is no message of the agreed form.
 */
export function decodeContent(bytes: Uint8Array): SealedContent & Addressed {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    validator ??= TypeCompiler.Compile(schema);
    if (!validator.Check(value)) throw new TypeError("of another form");
    const { key, kind, to, text, at, files = [] } = value;
    if (files.length === 0 || text !== "") checkText(text);
    return { key, kind, to, text, at, ...(files.length === 0 ? {} : { files }) };
  } catch {
    // Without the cause: it could hold what was written.
    throw new ProtocolError(
      "damaged",
      "Cannot read the sealed message: it is none of this version",
    );
  }
}
