import { join } from "@std/path/join";
import { type Address, formatAddress } from "../net/tcp.ts";
import { fold } from "../protocol/names.ts";
import { writePrivateFile } from "./private_file.ts";

/** What is kept of sealed conversations. */
export type SealedKind = "contacts" | "chains" | "rooms";

/**
 * What a client remembers of its sealed conversations on one server, under one name: the contacts' keys, what has come
 * of each chain, the secret rooms that it has unlocked.
 */
export interface SealedStore {
  /**
   * Looks something up.
   *
   * @returns What was put under that id; undefined where nothing was.
   * @throws Where it cannot be read: what cannot be read is not nothing.
   */
  get(kind: SealedKind, id: string): Promise<unknown>;
  /** Keeps something in the place of what was there; undefined keeps nothing. */
  put(kind: SealedKind, id: string, value: object | undefined): Promise<void>;
}

/**
 * Keeps it for as long as the program runs.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { MemorySealedStore } from "./sealed_store.ts";
 *
 * const store = new MemorySealedStore();
 * await store.put("contacts", "bob", { name: "bob", keys: [] });
 * assertEquals(await store.get("contacts", "bob"), { name: "bob", keys: [] });
 * ```
 */
export class MemorySealedStore implements SealedStore {
  readonly #values = new Map<string, string>();

  get(kind: SealedKind, id: string): Promise<unknown> {
    const text = this.#values.get(`${kind}/${id}`);
    return Promise.resolve(text === undefined ? undefined : JSON.parse(text));
  }

  put(kind: SealedKind, id: string, value: object | undefined): Promise<void> {
    if (value === undefined) this.#values.delete(`${kind}/${id}`);
    else this.#values.set(`${kind}/${id}`, JSON.stringify(value));
    return Promise.resolve();
  }
}

/**
 * Keeps it in the config folder, `sealed/SERVER-AND-NAME/KIND/ID.json`, hashed where a name could be too long for a file's.
 *
 * - I1 A file is there whole or not at all, also after a crash.
 * - I2 Files have mode 0600, folders that are made here 0700.
 *
 * @example
 * ```ts ignore
 * const store = new FolderSealedStore("/home/ann/.config/parley", { host: "127.0.0.1", port: 12345 }, "ann");
 * const chat = new SealedChat({ client, device, store });
 * ```
 */
export class FolderSealedStore implements SealedStore {
  readonly #root: string;
  readonly #scope: string;
  #folder: Promise<string> | undefined;

  /**
   * Names the folder; opens nothing yet.
   *
   * @param folder The config folder; what is missing of it is made when something is kept.
   * @param server The server.
   * @param name The own name.
   */
  constructor(folder: string, server: Address, name: string) {
    this.#root = join(folder, "sealed");
    const { host, port } = server;
    // One server, however its name is written: elsewhere nobody would be known.
    this.#scope = `${formatAddress({ host: host.toLowerCase(), port })}\n${fold(name)}`;
  }

  async get(kind: SealedKind, id: string): Promise<unknown> {
    const path = await this.#path(kind, id);
    let text: string;
    try {
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    try {
      return JSON.parse(text);
    } catch {
      // Without the text: it may be a room's identity. To take it for nothing would be to trust anybody anew.
      throw new Error(
        `${path} is damaged. Put a copy in its place, or remove it: what it told of ${kind} is then not known any more`,
      );
    }
  }

  async put(kind: SealedKind, id: string, value: object | undefined): Promise<void> {
    const path = await this.#path(kind, id);
    if (value === undefined) {
      await Deno.remove(path).catch((error) => {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      });
      return;
    }
    await writePrivateFile(path, JSON.stringify(value) + "\n");
  }

  async #path(kind: SealedKind, id: string): Promise<string> {
    const folder = await (this.#folder ??= digest(this.#scope));
    return join(this.#root, folder, kind, `${await digest(id)}.json`);
  }
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(bytes).toHex().slice(0, 32);
}
