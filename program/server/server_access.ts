import type { AccessRules, Guests } from "../../chat/access.ts";
import { KeyList } from "../../identity/key_list.ts";
import { PasswordHash } from "../../identity/password_hash.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { type Need } from "../permissions.ts";

/** What server.ts's command line says of who is let in. */
export interface ServerAccessOptions {
  readonly guests: Guests;
  readonly "allow-keys": string | undefined;
  readonly admins: string | undefined;
  readonly "password-file": string | undefined;
}

/** What {@link changeOnHangup} changes. */
export interface Changeable {
  changeAccess(rules: AccessRules): void;
}

/** The permissions that reading the files takes. */
export function accessNeeds(options: ServerAccessOptions): Need[] {
  const files = [
    [options["allow-keys"], "know whom to let in"],
    [options.admins, "know its admins"],
    [options["password-file"], "know its password"],
  ] as const;
  return files.flatMap(([path, reason]) =>
    path === undefined ? [] : [{ permission: { name: "read", path }, reason }]
  );
}

/**
 * Reads who is let in.
 *
 * @param options The command line.
 * @returns The rules.
 * @throws {Failure} A file cannot be read, or holds something else; the text says which and what.
 */
export async function readAccess(options: ServerAccessOptions): Promise<AccessRules> {
  const { guests, admins, "allow-keys": allowKeys, "password-file": passwordFile } = options;
  const hash = await readFile("--password-file", passwordFile, PasswordHash.parse);
  return {
    guests,
    allowKeys: await readFile("--allow-keys", allowKeys, KeyList.parse),
    admins: await readFile("--admins", admins, KeyList.parse),
    isPassword: hash && ((password) => hash.isPassword(password)),
  };
}

/**
 * Reads it anew at each SIGHUP; where that fails, what was before stays and it is said.
 *
 * @param server What is changed.
 * @param options The command line.
 * @returns Disposing it listens no more.
 */
export function changeOnHangup(server: Changeable, options: ServerAccessOptions): Disposable {
  const reload = async () => {
    try {
      server.changeAccess(await readAccess(options));
      complain("server.ts: who is let in was read anew");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      complain(`server.ts: ${error.message}. What was read before stays`);
    }
  };
  // Where there is nothing to read, a terminal that is closed ends the server, as ever.
  if (accessNeeds(options).length === 0) return { [Symbol.dispose]: () => {} };
  Deno.addSignalListener("SIGHUP", reload);
  return { [Symbol.dispose]: () => Deno.removeSignalListener("SIGHUP", reload) };
}

async function readFile<T>(
  option: string,
  path: string | undefined,
  parse: (text: string) => T,
): Promise<T | undefined> {
  if (path === undefined) return undefined;
  try {
    return parse(await Deno.readTextFile(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`Cannot use ${option} ${path}: ${reason}`);
  }
}
