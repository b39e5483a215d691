// What the page has of age: `deno task generate` makes web/page/vendor/age_encryption.js of it.
export {
  Decrypter,
  Encrypter,
  generateX25519Identity,
  identityToRecipient,
} from "npm:age-encryption@0.3.1";
// These age has within it: the same versions, so that they come at no cost.
export { bech32 } from "npm:@scure/base@2.4.0";
export { sha256 } from "npm:@noble/hashes@2.4.0/sha2.js";
