import { join } from "@std/path/join";
import { type Address, formatAddress } from "../net/tcp.ts";
import { fold } from "../protocol/names.ts";
import { writePrivateFile } from "./private_file.ts";

/** Tokens are short; a file that is not was not written here. */
const MAX_FILE_BYTES = 4_096;

/**
 * The folder for what Parley's programs keep: `parley` in the folder that the XDG Base Directory
 * Specification names for configuration.
 *
 * @param env The environment.
 * @returns The folder; undefined where neither `XDG_CONFIG_HOME` nor `HOME` is set.
 */
export function configFolder(env: Pick<Deno.Env, "get">): string | undefined {
  // The specification has relative paths ignored.
  const base = env.get("XDG_CONFIG_HOME");
  if (base?.startsWith("/")) return join(base, "parley");
  const home = env.get("HOME");
  return home?.startsWith("/") ? join(home, ".config", "parley") : undefined;
}

/**
 * The secrets that make names one's own, each in a file of the config folder that only its owner reads.
 *
 * - I1 A token's file is there whole or not at all, also after a crash.
 * - I2 Files have mode 0600, folders that are made here 0700.
 * - I3 No token ever gets into a message.
 */
export class Credentials {
  readonly #folder: string;

  /**
   * Names the folder; opens nothing yet.
   *
   * @param folder The config folder; made when the first token is kept.
   */
  constructor(folder: string) {
    this.#folder = join(folder, "tokens");
  }

  /**
   * Looks up the token of a name.
   *
   * @param server The server that gave it.
   * @param name The name, in any case.
   * @returns The token; undefined where there is none, or its file is not one of ours.
   * @throws {Deno.errors.NotCapable} Reading is not permitted (and what else Deno.readTextFile throws).
   */
  async find(server: Address, name: string): Promise<string | undefined> {
    const path = await this.#path(server, name);
    let text: string;
    try {
      if ((await Deno.lstat(path)).size > MAX_FILE_BYTES) return undefined;
      text = await Deno.readTextFile(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    return readToken(text);
  }

  /**
   * Keeps the token of a name, in the place of an older one.
   *
   * @param server The server that gave it.
   * @param name The name.
   * @param token The token.
   * @throws {Deno.errors.NotCapable} Writing is not permitted (and what else the file system throws).
   */
  async keep(server: Address, name: string, token: string): Promise<void> {
    const path = await this.#path(server, name);
    const entry = { server: formatAddress(server), name, token };
    await writePrivateFile(path, JSON.stringify(entry) + "\n");
  }

  /**
   * Forgets the token of a name.
   *
   * @param server The server that gave it.
   * @param name The name, in any case.
   * @throws {Deno.errors.NotCapable} Writing is not permitted (and what else Deno.remove throws).
   */
  async forget(server: Address, name: string): Promise<void> {
    try {
      await Deno.remove(await this.#path(server, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Hashed, because a host and a name in any script can be longer than a file's name. */
  async #path(server: Address, name: string): Promise<string> {
    const key = new TextEncoder().encode(`${formatAddress(server)}\n${fold(name)}`);
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
    return join(this.#folder, `${digest.toHex().slice(0, 32)}.json`);
  }
}

function readToken(text: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry !== "object" || entry === null || !("token" in entry)) return undefined;
    return typeof entry.token === "string" ? entry.token : undefined;
  } catch {
    return undefined;
  }
}
