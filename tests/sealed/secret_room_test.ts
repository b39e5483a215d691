import { assert, assertEquals, assertRejects } from "@std/assert";
import { Encrypter } from "age-encryption";
import { ProtocolError } from "../../codec/errors.ts";
import { makeAgeIdentity } from "../../sealed/age_identity.ts";
import { makeSecretRoom, unlockSecretRoom } from "../../sealed/secret_room.ts";

const PASSPHRASE = "correct horse battery";

async function fault(work: Promise<unknown>, secret: string): Promise<string> {
  const error = await assertRejects(() => work, ProtocolError);
  assert(!`${error.message} ${error.stack} ${error.cause}`.includes(secret), "it is not told");
  return error.code;
}

Deno.test("A secret room is unlocked with its passphrase, and with no other", async () => {
  const room = await makeSecretRoom(PASSPHRASE);
  assertEquals(await unlockSecretRoom(room.file, PASSPHRASE), room);
  const wrong = "correct horse battery!";
  assertEquals(await fault(unlockSecretRoom(room.file, wrong), wrong), "wrong_passphrase");
  assert(!atob(room.file).includes(String(room.identity.secret)));
});

Deno.test("A short passphrase is refused, in words that do not repeat it", async () => {
  for (const short of ["", "hunter2", "elevenchars"]) {
    const error = await assertRejects(() => makeSecretRoom(short), ProtocolError);
    assertEquals(error.code, "weak_passphrase");
    assert(short === "" || !error.message.includes(short));
  }
});

Deno.test("What is no file of a secret room is not opened, nor one that would cost too much", async () => {
  const { recipient } = await makeAgeIdentity();
  const toRecipient = new Encrypter();
  toRecipient.addRecipient(recipient);
  const locked = async (work: number, text: string) => {
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(work);
    encrypter.setPassphrase(PASSPHRASE);
    return (await encrypter.encrypt(text)).toBase64();
  };
  const costly = atob(await locked(10, "x")).replace(/(-> scrypt \S+) 10/, "$1 20");
  for (
    const file of [
      "",
      "!",
      btoa("age"),
      btoa("something else"),
      "A".repeat(10_000),
      (await toRecipient.encrypt("x")).toBase64(),
      btoa(costly),
      await locked(10, "no identity"),
    ]
  ) assertEquals(await fault(unlockSecretRoom(file, PASSPHRASE), PASSPHRASE), "damaged");
});

Deno.test("A file that was changed does not open", async () => {
  const { file } = await makeSecretRoom(PASSPHRASE);
  const bytes = Uint8Array.fromBase64(file);
  bytes[bytes.length - 1]! ^= 1;
  const opening = unlockSecretRoom(bytes.toBase64(), PASSPHRASE);
  assertEquals(await fault(opening, PASSPHRASE), "wrong_passphrase");
});
