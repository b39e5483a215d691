import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { deviceKey, generateKeyPair } from "../../identity/device_key.ts";
import {
  isRecipient,
  isRecipientSigned,
  makeAgeIdentity,
  openAgeIdentity,
  signRecipient,
} from "../../sealed/age_identity.ts";

const device = async () => await deviceKey(await generateKeyPair(false));

Deno.test("An age identity that was kept is the same one again", async () => {
  const { recipient, secret } = await makeAgeIdentity();
  assert(isRecipient(recipient));
  assertEquals(await openAgeIdentity(secret), { recipient, secret });
});

Deno.test("An age identity can be a key of WebCrypto's that nobody can read", async () => {
  const pair = await crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]);
  const { privateKey } = pair as CryptoKeyPair;
  assert(isRecipient((await openAgeIdentity(privateKey)).recipient));
});

Deno.test("What is no age identity is refused, and not repeated in the error", async () => {
  const { secret } = await makeAgeIdentity();
  for (
    const wrong of ["", `${secret}Q`, `${secret}`.slice(0, -1) + "B", "AGE-SECRET-KEY-PQ-1ABC"]
  ) {
    const error = await assertRejects(() => openAgeIdentity(wrong), ProtocolError);
    assertEquals(error.code, "bad_identity");
    const told = `${error.message} ${error.cause} ${error.stack}`;
    assert(wrong === "" || !told.includes(wrong.slice(15)), told);
  }
});

Deno.test("A recipient counts only with the signature of the card's own key", async () => {
  const [ann, eve] = [await device(), await device()];
  const { recipient } = await makeAgeIdentity();
  const other = await makeAgeIdentity();
  const card = { key: ann.publicKey, at: 0, recipient };
  const recipientSignature = await signRecipient(ann, recipient);
  assert(await isRecipientSigned({ ...card, recipientSignature }));
  for (
    const wrong of [
      card,
      { ...card, recipientSignature: await signRecipient(eve, recipient) },
      { ...card, recipientSignature, key: eve.publicKey },
      { ...card, recipientSignature, recipient: other.recipient },
      { key: ann.publicKey, at: 0, recipientSignature },
    ]
  ) assert(!await isRecipientSigned(wrong));
  // A text that is signed, and no recipient.
  const text = "age1pq1qqqq";
  const signed = { ...card, recipient: text, recipientSignature: await signRecipient(ann, text) };
  assert(!await isRecipientSigned(signed));
});
