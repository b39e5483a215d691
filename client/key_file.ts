import { join } from "@std/path/join";
import {
  type DeviceKey,
  deviceKey,
  exportPrivateKey,
  generateKeyPair,
  importPrivateKey,
} from "../identity/device_key.ts";
import {
  type AgeIdentity,
  makeAgeIdentity,
  openAgeIdentity,
  signRecipient,
} from "../sealed/age_identity.ts";
import type { SignedRecipient } from "./key_holder.ts";

/** Keys are short; a file that is not was not written here. */
const MAX_FILE_BYTES = 4_096;
/** What others than the owner may do with a file. */
const OTHERS = 0o077;

/** Who a device is: what signs, and what opens. */
export interface DeviceIdentity {
  /** Its key. */
  readonly key: DeviceKey;
  /** What opens what was encrypted for it. */
  readonly age: AgeIdentity;
  /** Its recipient, bound to its key. */
  readonly recipient: SignedRecipient;
}

/** A device's secrets cannot be used as they are kept; the text says what to do. */
export class KeyFileError extends Error {
  /** The class's name, for printing. */
  override readonly name: string = "KeyFileError";
}

/**
 * The file of a device's secrets, `key.json` in the config folder: an Ed25519 key (PKCS #8, in base64) and an age identity.
 *
 * - I1 It is there whole or not at all, also after a crash; of several that make one at once, one wins.
 * - I2 It has mode 0600; one that others may read is not used.
 * - I3 No secret ever gets into a message.
 */
export class KeyFile {
  /** Where it is. */
  readonly path: string;
  readonly #folder: string;

  /**
   * Names the file; opens nothing yet.
   *
   * @param folder The config folder; made when a key is.
   */
  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "key.json");
  }

  /**
   * Reads the device's secrets.
   *
   * @returns Them; undefined where there is no file.
   * @throws {KeyFileError} Others may read it, or it is damaged.
   * @throws {Deno.errors.NotCapable} Reading is not permitted (and what else Deno.readTextFile throws).
   */
  async read(): Promise<DeviceIdentity | undefined> {
    let text: string;
    try {
      // Of the file that is read, not of one that may have taken its place since.
      using file = await Deno.open(this.path);
      this.#check(await file.stat());
      text = await new Response(file.readable).text();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    return await this.#parse(text);
  }

  /**
   * Reads the device's secrets, or makes them.
   *
   * @throws As {@link read}, and what the file system throws.
   */
  async open(): Promise<DeviceIdentity> {
    return await this.read() ?? await this.#make();
  }

  async #make(): Promise<DeviceIdentity> {
    const { privateKey } = await generateKeyPair(true);
    const { secret } = await makeAgeIdentity();
    const entry = { version: 1, key: await exportPrivateKey(privateKey), age: secret };
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const part = `${this.path}.${crypto.randomUUID()}.part`;
    try {
      using file = await Deno.open(part, { write: true, createNew: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(JSON.stringify(entry) + "\n");
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
      await this.#place(part);
    } finally {
      await Deno.remove(part).catch(() => {});
    }
    return (await this.read())!;
  }

  /** Gives the file its name, never over a key that another run has made meanwhile. */
  async #place(part: string): Promise<void> {
    try {
      await Deno.link(part, this.path);
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return;
      // There are file systems without hard links. A moment remains in which two could make a key there.
      if (await this.read() === undefined) await Deno.rename(part, this.path);
    }
  }

  #check({ mode, size, isFile }: Deno.FileInfo): void {
    if (!isFile || size > MAX_FILE_BYTES) throw this.#damaged();
    if (mode === null || (mode & OTHERS) === 0) return;
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw new KeyFileError(
      `The key in ${this.path} is not used: its mode is ${octal}, so that others can read it. If nobody has, chmod 600 ${this.path}; else move it away, and a new key is made`,
    );
  }

  async #parse(text: string): Promise<DeviceIdentity> {
    let entry: unknown;
    try {
      entry = JSON.parse(text);
    } catch {
      throw this.#damaged();
    }
    const { key: secretKey, age: secret } = (entry ?? {}) as Record<string, unknown>;
    if (typeof secretKey !== "string" || typeof secret !== "string") throw this.#damaged();
    try {
      const key = await deviceKey(await importPrivateKey(secretKey));
      const age = await openAgeIdentity(secret);
      const signature = await signRecipient(key, age.recipient);
      return { key, age, recipient: { recipient: age.recipient, signature } };
    } catch {
      // Without the cause: its words could hold a secret.
      throw this.#damaged();
    }
  }

  #damaged(): KeyFileError {
    return new KeyFileError(
      `The key in ${this.path} cannot be read: it is damaged. Put a copy in its place, or move it away, and a new key is made`,
    );
  }
}
