import { configFolder, Credentials } from "../client/credentials.ts";
import type { Address } from "../net/tcp.ts";
import { Failure } from "./failure.ts";
import { complain } from "./output.ts";
import { type Need, requirePermissions } from "./permissions.ts";

const PROGRAM = { set: "client", file: "client.ts" };

/** Tokens of names, where they can be kept; a client goes on where they cannot. */
export interface ChatTokens {
  /** The token of a name, if there is one. */
  find(server: Address, name: string): Promise<string | undefined>;
  /** Keeps the token of a name. */
  keep(server: Address, name: string, token: string): Promise<void>;
}

/** Keeps nothing. */
export const NO_TOKENS: ChatTokens = {
  find: () => Promise.resolve(undefined),
  keep: () => Promise.resolve(),
};

/**
 * Opens the config folder's tokens, asking for the permissions that this takes where somebody can
 * answer. Where tokens cannot be kept, that is said once, on standard error.
 *
 * @param folder The config folder, if the command line names one.
 * @returns The tokens; never fails, nor do its methods.
 */
export async function openTokens(folder: string | undefined): Promise<ChatTokens> {
  try {
    const path = folder ?? await findFolder();
    await requirePermissions(PROGRAM, [
      need({ name: "read", path }, "find the tokens that show a name to be yours"),
      need({ name: "write", path }, "keep the tokens that show a name to be yours"),
    ]);
    return new OpenTokens(new Credentials(path));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    tellWhyNot(error.message);
    return NO_TOKENS;
  }
}

async function findFolder(): Promise<string> {
  // One after the other: who sets the first is not asked for the second.
  for (const variable of ["XDG_CONFIG_HOME", "HOME"]) {
    await requirePermissions(PROGRAM, [
      need({ name: "env", variable }, "find your config folder"),
    ]);
    const folder = configFolder({ get: (name) => name === variable ? Deno.env.get(name) : "" });
    if (folder !== undefined) return folder;
  }
  throw new Failure("HOME is not set: name a folder with --config DIR");
}

function need(permission: Deno.PermissionDescriptor, reason: string): Need {
  return { permission, reason };
}

function tellWhyNot(reason: string): void {
  complain(
    `client.ts: Cannot keep your name for the next time: its token is not stored. ${reason}`,
  );
}

class OpenTokens implements ChatTokens {
  readonly #credentials: Credentials;
  #hasFailed = false;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  find(server: Address, name: string): Promise<string | undefined> {
    return this.#try(() => this.#credentials.find(server, name));
  }

  async keep(server: Address, name: string, token: string): Promise<void> {
    await this.#try(() => this.#credentials.keep(server, name, token));
  }

  async #try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!this.#hasFailed) tellWhyNot(error instanceof Error ? error.message : String(error));
      this.#hasFailed = true;
      return undefined;
    }
  }
}
