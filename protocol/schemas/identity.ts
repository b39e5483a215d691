import { Type } from "@sinclair/typebox";
import * as field from "./fields.ts";

const { answer, message, request } = field;

/** Keys that a name may have: one for each device. */
export const MAX_KEYS = 16;

/** An age recipient of the kind X25519: Bech32 of 32 bytes. */
const recipient = () =>
  Type.String({
    pattern: "^age1[02-9ac-hj-np-z]{58}$",
    description: "The age recipient (X25519) that what is for this device is encrypted to.",
  });

/** What others know of a device. */
export const keyCard = Type.Object({
  key: field.key("The device's Ed25519 public key."),
  at: field.time("When the server took it in."),
  recipient: Type.Optional(recipient()),
  recipientSignature: Type.Optional(
    field.signature("The key's own, of `recipientText`: nobody else chose the recipient."),
  ),
  endorsedBy: Type.Optional(field.key("The older device of the same person that vouches for it.")),
  endorsement: Type.Optional(field.signature("The older device's, of `endorsementText`.")),
}, {
  title: "KeyCard",
  description: "One of the keys that own a name: a device's.",
});

/** Requests about who one is, by type. */
export const identityRequestSchemas = {
  prove: request({
    title: "ProveRequest",
    description: "Shows that one has the key that `connect` named.",
    answer: "`connect_ack`, as `connect` without a key gives",
  }, {
    signature: field.signature("Of `proofText`, with the nonce of `challenge`."),
    recipient: Type.Optional(recipient()),
    recipientSignature: Type.Optional(field.signature("The key's, of `recipientText`.")),
  }),
  keys: request({
    title: "KeysRequest",
    description: "Asks which keys a name has.",
    answer: "`keys`",
  }, { name: field.name("Whose.") }),
  link: request({
    title: "LinkRequest",
    description:
      "Begins to take in another device of the same person: whoever connects with this id within ten minutes is told as `link_wanted`.",
    answer: "`linking`",
  }, { id: field.linkId() }),
  endorse: request({
    title: "EndorseRequest",
    description:
      "Takes in the device that `link_wanted` told of, whose code was found to be right; or turns it away.",
    answer: "`endorsed`",
  }, {
    key: field.key("The new device's key."),
    endorsement: Type.Optional(
      field.signature("This device's, of `endorsementText`; absent where the code was wrong."),
    ),
  }),
  revoke: request({
    title: "RevokeRequest",
    description:
      "Takes a key from one's name: of a device that is lost. Its sessions end, and the tokens that it was given.",
    answer: "`revoked`",
  }, { key: field.key("Which one; not the last one.") }),
  token: request({
    title: "TokenRequest",
    description:
      "Asks for a secret with which programs use the name, until `logout`, or `revoke` of the key that asked.",
    answer: "`token`",
  }, {}),
  logout: request({
    title: "LogoutRequest",
    description: "Ends every secret that was given for this name, and this session.",
    answer: "the end of the connection",
  }, {}),
};

/** What the server says about who one is, by type. */
export const identityMessageSchemas = {
  challenge: answer({
    title: "Challenge",
    description: "Answers a `connect` that names a key: show that you have it, with `prove`.",
  }, { nonce: field.nonce() }),
  keys: answer({ title: "Keys", description: "Answers `keys`." }, {
    name: field.name("The name as it is registered."),
    keys: Type.Array(keyCard, {
      maxItems: MAX_KEYS,
      description: "Its keys, the oldest first; none where a token owns the name.",
    }),
  }),
  linking: answer({ title: "Linking", description: "Answers `link`." }, {
    id: field.linkId(),
    expiresAt: field.time("Until when."),
  }),
  link_wanted: message({
    title: "LinkWanted",
    description: "Somebody who has the id of a `link` wants to become a device of this name.",
  }, {
    key: field.key("The new device's key, which it has proven to have."),
    mac: field.mac(),
  }),
  endorsed: answer({
    title: "Endorsed",
    description: "Answers `endorse`: the device is in, or was turned away.",
  }, {
    key: field.key("The new device's key."),
  }),
  revoked: answer({ title: "Revoked", description: "Answers `revoke`." }, {
    key: field.key("The key that is gone."),
  }),
  token: answer({ title: "Token", description: "Answers `token`." }, {
    token: field.text("The secret; the server keeps its hash only.", 256),
  }),
};

/** What `connect` says of a link that another device has begun. */
export const linkProof = Type.Object({
  id: field.linkId(),
  mac: field.mac(),
}, { description: "A code of another device of the same person, to become one too." });
