import { Type } from "@sinclair/typebox";
import * as field from "./fields.ts";

/** Characters of ciphertext: the longest text with sixteen files, encrypted to many devices, in base64. */
const MAX_CIPHER_CHARS = 49_152;

/** What a message carries that only its readers can read. */
export const sealed = Type.Object({
  cipher: Type.String({
    pattern: "^[A-Za-z0-9+/]+={0,2}$",
    maxLength: MAX_CIPHER_CHARS,
    description: "An age file (https://age-encryption.org/v1), in base64.",
  }),
  key: field.key("The sender's key."),
  previous: field.chainHash(),
  signature: field.signature("The sender's key's, of `sealedText`."),
}, {
  title: "Sealed",
  description:
    "Encrypted for its readers and signed by its sender: the server cannot read or change it.",
});
