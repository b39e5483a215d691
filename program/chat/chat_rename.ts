import { ProtocolError } from "../../codec/errors.ts";
import { checkName } from "../../protocol/names.ts";
import type { Entered } from "./chat_entrance.ts";
import { failedToConnect, messageOf } from "./chat_failures.ts";

/** How to go on under another name. */
export interface RenameOptions {
  /** The chat as it is; it stays. */
  readonly entered: Entered;
  /** The name wanted, as it was typed. */
  readonly name: string;
  /** The room to be in. */
  readonly room: string;
  /** Enters the chat under another name. */
  readonly enterAs: (name: string, room: string) => Promise<Entered>;
  /** Resolves when the person leaves: then nothing is waited for. */
  readonly ended: Promise<void>;
}

/**
 * Enters a chat under another name.
 *
 * @param options The chat, and the name.
 * @returns The chat under that name; undefined where the person left meanwhile.
 * @throws {TypeError} That cannot be; the text says why, and that the name is the one before.
 * @throws {ProtocolError} `invalid_name`.
 */
export async function rename(options: RenameOptions): Promise<Entered | undefined> {
  const { entered: { client, server }, room, enterAs, ended } = options;
  const name = checkName(options.name);
  if (name === client.name) throw new TypeError(`You are ${name} already`);
  const entering = enterAs(name, room);
  try {
    const next = await Promise.race([entering, ended]);
    if (next === undefined) entering.then((late) => late.client.abort(), () => {});
    return next ?? undefined;
  } catch (error) {
    const why = error instanceof ProtocolError ? messageOf(error) : failedToConnect(server, error);
    throw new TypeError(`You are still ${client.name}. ${why}`, { cause: error });
  }
}
