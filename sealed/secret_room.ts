import { Decrypter, Encrypter } from "age-encryption";
import { ProtocolError } from "../codec/errors.ts";
import { headerLength } from "./age_file.ts";
import { type AgeIdentity, makeAgeIdentity, openAgeIdentity } from "./age_identity.ts";

/** The fewest characters of a passphrase: who has the file can try as many as he has machines for. */
export const MIN_PASSPHRASE_CHARS = 12;
/** age's own: a try takes about a second, and 256 MiB. */
const WORK_FACTOR = 18;
/** The longest file that is opened, in base64: the wire's limit is no longer. */
const MAX_FILE_CHARS = 8_192;

const decoder = new TextDecoder();

/** A secret room as its members know it. */
export interface SecretRoom {
  /** What its messages are encrypted to and opened with. */
  readonly identity: AgeIdentity;
  /** What it was unlocked from: another one is another room in its place. */
  readonly file: string;
}

/**
 * Checks a new room's passphrase.
 *
 * @throws {ProtocolError} `weak_passphrase`. The text does not tell it.
 */
export function checkPassphrase(passphrase: string): void {
  const count = [...passphrase.normalize("NFC")].length;
  if (count >= MIN_PASSPHRASE_CHARS) return;
  throw new ProtocolError(
    "weak_passphrase",
    `Cannot use a passphrase of ${count} characters: ${MIN_PASSPHRASE_CHARS} or more are needed. Four words that do not belong together are good`,
  );
}

/**
 * Makes a secret room: an identity of its own, locked under a passphrase.
 *
 * @param passphrase What its members know, and nobody else.
 * @returns The room; `file` is for the server to keep.
 * @throws {ProtocolError} `weak_passphrase`.
 */
export async function makeSecretRoom(passphrase: string): Promise<SecretRoom> {
  checkPassphrase(passphrase);
  const identity = await makeAgeIdentity();
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  encrypter.setPassphrase(passphrase.normalize("NFC"));
  // As age's own programs write identities: `age -d` gives a file for `age -i`.
  const file = await encrypter.encrypt(`${identity.secret}\n`);
  return { identity, file: file.toBase64() };
}

/**
 * Unlocks a secret room. Takes a second.
 *
 * @param file What the server keeps: a peer's word.
 * @param passphrase The passphrase.
 * @throws {ProtocolError} `wrong_passphrase`; `damaged`: it is no file of a secret room, or one that would take
 *   more than age's own work to open.
 */
export async function unlockSecretRoom(file: string, passphrase: string): Promise<SecretRoom> {
  const bytes = bytesOf(file);
  let secret: string;
  try {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(passphrase.normalize("NFC"));
    secret = await decrypter.decrypt(bytes, "text");
  } catch {
    throw new ProtocolError(
      "wrong_passphrase",
      "Cannot unlock the secret room: the passphrase is wrong, or the server has changed the room's file",
    );
  }
  try {
    return { identity: await openAgeIdentity(secret.trim()), file };
  } catch {
    throw damaged("what is in it is no room's identity");
  }
}

function bytesOf(file: string): Uint8Array<ArrayBuffer> {
  if (file.length > MAX_FILE_CHARS) throw damaged(`it has ${file.length} characters`);
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = Uint8Array.fromBase64(file);
  } catch {
    throw damaged("it is no base64");
  }
  const length = headerLength(bytes);
  const header = decoder.decode(bytes.subarray(0, length ?? 0));
  // Whoever sets the work also decides how long, and with how much memory, we are busy.
  const [, work] = /\n-> scrypt [A-Za-z0-9+/]+ ([1-9][0-9]?)\n/.exec(header) ?? [];
  if (work === undefined) throw damaged("it is not locked by a passphrase");
  if (Number(work) > WORK_FACTOR) {
    throw damaged(`opening it takes work 2^${work}, 2^${WORK_FACTOR} is allowed`);
  }
  return bytes;
}

function damaged(reason: string): ProtocolError {
  return new ProtocolError("damaged", `Cannot open the secret room's file: ${reason}`);
}
