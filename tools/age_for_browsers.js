// What the page has of age: `deno task generate` makes web/page/vendor/age_encryption.js of it.
export {
  Decrypter,
  Encrypter,
  generateX25519Identity,
  identityToRecipient,
} from "npm:age-encryption@0.3.1";
// The one that age has within it: the same version, so that it comes at no cost.
export { sha256 } from "npm:@noble/hashes@2.4.0/sha2.js";
