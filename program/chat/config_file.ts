import { join } from "@std/path/join";
import { writePrivateFile } from "../../client/private_file.ts";
import { whileLocked } from "./config_lock.ts";

/** What nobody has so much of was not written here. */
const MAX_FILE_BYTES = 1_048_576;

/** What is in the file: an object, of which others may know more than this program. */
export type Config = Readonly<Record<string, unknown>>;

/** What the parts that are known have to be. */
const PARTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  settings: isObject,
  ignored: Array.isArray,
  focus: Array.isArray,
  away: isObject,
  bookmarks: isObject,
  last: isObject,
};

/** The file cannot be used as it is; the text says which, why, and what to do. */
export class ConfigFileError extends Error {
  /** The class's name, for printing. */
  override readonly name = "ConfigFileError";
}

/**
 * The file `config.json` of a config folder.
 *
 * - I1 It is there whole or not at all, also after a crash, and has mode 0600.
 * - I2 Of clients that change it at once each change is kept: it is read, changed and written under a lock.
 * - I3 One that cannot be read as a whole is an error, and is not written over.
 */
export class ConfigFile {
  /** Where it is. */
  readonly path: string;
  readonly #folder: string;

  /**
   * Names the file; opens nothing yet.
   *
   * @param folder The config folder, made when the first change is kept.
   */
  constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "config.json");
  }

  /**
   * Reads the file.
   *
   * @returns What is in it; nothing where there is none.
   * @throws {ConfigFileError} It is damaged.
   * @throws {Deno.errors.NotCapable} Reading is not permitted (and what else Deno.readTextFile throws).
   */
  async read(): Promise<Config> {
    let text: string;
    try {
      if ((await Deno.stat(this.path)).size > MAX_FILE_BYTES) throw this.#damaged("it is too long");
      text = await Deno.readTextFile(this.path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return {};
      throw error;
    }
    let config: unknown;
    try {
      config = JSON.parse(text);
    } catch (cause) {
      throw this.#damaged(`it is no JSON (${(cause as Error).message})`);
    }
    if (!isObject(config)) throw this.#damaged("it is no JSON object");
    for (const [key, isRight] of Object.entries(PARTS)) {
      if (config[key] !== undefined && !isRight(config[key])) {
        throw this.#damaged(`${key} is not what is written there`);
      }
    }
    return config;
  }

  /**
   * Changes the file.
   *
   * @param change Gives, of what is in it now, what is to be in it.
   * @returns What is in it then.
   * @throws As {@link read}, and what writing throws.
   */
  async update(change: (config: Config) => Config): Promise<Config> {
    return await whileLocked(this.#folder, async () => {
      const config = change(await this.read());
      await writePrivateFile(this.path, JSON.stringify(config, undefined, 2) + "\n");
      return config;
    });
  }

  #damaged(why: string): ConfigFileError {
    return new ConfigFileError(
      `Cannot read the settings in ${this.path}: ${why}. Mend it, or move it away; until then nothing is kept there`,
    );
  }
}

/** The entries of an object that is a value of the config; none where it is something else. */
export function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Config {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
