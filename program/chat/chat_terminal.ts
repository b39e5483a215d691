import { KnownServers } from "../../client/known_servers.ts";
import { complain } from "../output.ts";
import { ChatEntrance, Unanswered } from "./chat_entrance.ts";
import { messageOf } from "./chat_failures.ts";
import { openIdentity } from "./chat_identity.ts";
import type { ChatProgramOptions } from "./chat_options.ts";
import { placeOf } from "./chat_place.ts";
import { readPassword } from "./chat_secrets.ts";
import { Settings } from "./settings.ts";
import type { Teller } from "./terminal_visit.ts";

/**
 * The chat client on a terminal: asks for what neither the command line nor an earlier run says, until there is a
 * connection; then chats.
 *
 * @param options The command line.
 * @returns 0 when the person left, 1 when the session ended by itself or never began.
 * @throws {Failure} There is no such bookmark; or nothing that was asked for would help.
 */
export async function chatInTerminal(options: ChatProgramOptions): Promise<number> {
  const identity = await openIdentity(options.config);
  const { folder } = identity;
  const teller: Teller = { tell: (text) => complain(`client.ts: ${messageOf(text)}`) };
  const settings = await Settings.open({ folder, tell: (text) => teller.tell(text) });
  const place = placeOf(options, settings);
  const known = new KnownServers(folder);
  const { "password-file": passwordFile } = options;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const entrance = new ChatEntrance({ options, identity, known, password });
  try {
    const entered = await entrance.enter(place);
    // Loaded while nobody waits for the first question any more: 50 ms.
    const { visitInTerminal } = await import("./terminal_visit.ts");
    return await visitInTerminal(entered, { options, identity, settings, entrance, place, teller });
  } catch (error) {
    if (error instanceof Unanswered) return 1;
    throw error;
  }
}
