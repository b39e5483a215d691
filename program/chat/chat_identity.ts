import type { ChatClientOptions } from "../../client/options.ts";
import { configFolder, Credentials } from "../../client/credentials.ts";
import { type DeviceIdentity, KeyFile, KeyFileError } from "../../client/key_file.ts";
import type { Address } from "../../net/tcp.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { type Need, requirePermissions } from "../permissions.ts";

const PROGRAM = { set: "client", file: "client.ts" };

/** Who this device is to servers, as far as that can be kept. */
export interface ChatIdentity {
  /** The config folder; undefined where nothing can be kept. */
  readonly folder: string | undefined;
  /** The device's secrets; undefined where they cannot be kept: then names are guests'. */
  readonly device: DeviceIdentity | undefined;
  /**
   * What a client shows of it.
   *
   * @param server Where to.
   * @param name The name wanted.
   */
  show(server: Address, name: string): Promise<Shown>;
  /**
   * The server knows the key: a token that the name had before is over.
   *
   * @param server Which one.
   * @param name The name.
   */
  known(server: Address, name: string): Promise<void>;
}

/** What a client shows of a device. */
export type Shown = Partial<Pick<ChatClientOptions, "key" | "recipient" | "token">>;

/** Shows nothing, and keeps nothing. */
export const NOBODY: ChatIdentity = {
  folder: undefined,
  device: undefined,
  show: () => Promise.resolve({}),
  known: () => Promise.resolve(),
};

/**
 * Opens the config folder's key, and makes one where there is none yet; asks for the permissions that this takes where
 * somebody can answer. Where a key cannot be kept, that is said once, on standard error.
 *
 * @param folder The config folder, if the command line names one.
 * @returns Who this device is.
 * @throws {Failure} There is a key, and it cannot be used as it is.
 */
export async function openIdentity(folder: string | undefined): Promise<ChatIdentity> {
  try {
    const path = folder ?? await findFolder();
    await requirePermissions(PROGRAM, [
      need({ name: "read", path }, "find the key that makes a name yours"),
      need({ name: "write", path }, "keep the key that makes a name yours"),
    ]);
    return new KeptIdentity(path, await new KeyFile(path).open());
  } catch (error) {
    if (error instanceof KeyFileError) throw new Failure(error.message);
    const reason = error instanceof Error ? error.message : String(error);
    complain(`client.ts: No name can be yours: this device's key cannot be kept. ${reason}`);
    return NOBODY;
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

/**
 * The config folder, where it may be read without asking anybody.
 *
 * @param folder The one that the command line names.
 */
export function grantedFolder(folder: string | undefined): string | undefined {
  const isGranted = (permission: Deno.PermissionDescriptor) =>
    Deno.permissions.querySync(permission).state === "granted";
  const get = (variable: string) =>
    isGranted({ name: "env", variable }) ? Deno.env.get(variable) : undefined;
  const path = folder ?? configFolder({ get });
  return path !== undefined && isGranted({ name: "read", path }) ? path : undefined;
}

function need(permission: Deno.PermissionDescriptor, reason: string): Need {
  return { permission, reason };
}

class KeptIdentity implements ChatIdentity {
  readonly folder: string;
  readonly device: DeviceIdentity;
  readonly #tokens: Credentials;

  constructor(folder: string, device: DeviceIdentity) {
    this.folder = folder;
    this.device = device;
    this.#tokens = new Credentials(folder);
  }

  async show(server: Address, name: string): Promise<Shown> {
    const { key, recipient } = this.device;
    // Of a time when names belonged to tokens: it moves the name over.
    const token = await this.#tokens.find(server, name);
    return { key, recipient, ...token === undefined ? {} : { token } };
  }

  async known(server: Address, name: string): Promise<void> {
    try {
      await this.#tokens.forget(server, name);
    } catch (error) {
      complain(`client.ts: The name's old token is still in ${this.folder}: ${messageOf(error)}`);
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
