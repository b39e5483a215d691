import { ChatClient } from "../client/chat_client.ts";
import { KnownServers } from "../client/known_servers.ts";
import { ProtocolError } from "../codec/errors.ts";
import { readLinkCode } from "../identity/link_code.ts";
import { CertificateError } from "../net/certificate_error.ts";
import { type Address, formatAddress } from "../net/tcp.ts";
import { checkName } from "../protocol/names.ts";
import { failedToConnect, messageOf, speaksTls } from "./chat_failures.ts";
import { type ChatProgramOptions, DEFAULT_ROOM, DEFAULT_SERVER } from "./chat_options.ts";
import { type ChatIdentity, openIdentity } from "./chat_identity.ts";
import { askPassword, isAboutPassword, readPassword } from "./chat_secrets.ts";
import { Failure } from "./failure.ts";
import { complain } from "./output.ts";
import { requirePermissions } from "./permissions.ts";
import type { TlsTrust } from "../net/tls_trust.ts";
import { askTrust, trustFor } from "./server_trust.ts";

/** Refusals that another name may mend. */
const ABOUT_THE_NAME = new Set(["name_taken", "invalid_name", "key_needed", "too_many_sessions"]);
/** Refusals that another code may mend. */
const ABOUT_THE_CODE = new Set(["unknown_link", "link_refused"]);

/** Who answered nothing: Ctrl-C, Ctrl-D. */
class Unanswered extends Error {}

/**
 * The chat client on a terminal: asks for what the command line does not say, until there is a
 * connection; then a {@link ChatScreen}.
 *
 * @param options The command line.
 * @returns 0 when the person left, 1 when the session ended by itself or never began.
 */
export async function chatInTerminal(options: ChatProgramOptions): Promise<number> {
  const identity = await openIdentity(options.config);
  const known = new KnownServers(identity.folder);
  const secrets: Secrets = {};
  const { "password-file": passwordFile } = options;
  if (passwordFile !== undefined) secrets.password = await readPassword(passwordFile);
  const { room = DEFAULT_ROOM } = options;
  let { host, port, name } = options;
  let [lastHost, lastPort]: [string, number] = [
    host ?? DEFAULT_SERVER.host,
    port ?? DEFAULT_SERVER.port,
  ];
  // Of a server on this machine it is not known before it was spoken to.
  let isTls = options.tls;
  try {
    for (;;) {
      host ??= ask("Server address", lastHost);
      port ??= askPort(lastPort);
      name ??= askName();
      [lastHost, lastPort] = [host, port];
      const address = { host, port };
      await requirePermissions({ set: "client", file: "client.ts" }, [{
        permission: { name: "net", host: formatAddress(address) },
        reason: "reach the chat server",
      }]);
      if (options.link) secrets.linkCode ??= askCode();
      if (options["forget-server"]) await known.forget(address);
      const tls = await trustFor(address, { ...options, tls: isTls }, known);
      const wanted = { name, room, ...tls && { tls } };
      const client = await tryConnect(address, wanted, identity, secrets, known);
      if (client instanceof ChatClient) {
        // Loaded while nobody waits for the first question any more: 50 ms.
        const { ChatScreen } = await import("./chat_screen.ts");
        return await new ChatScreen(client, room, {
          sealed: {
            device: identity.device,
            folder: identity.folder,
            server: address,
            isAlways: options["only-encrypted"],
          },
          downloads: options.downloads,
        }).run();
      }
      if (client === "again") continue;
      if (client === "with TLS") {
        if (options["no-tls"]) {
          throw new Failure(`${formatAddress(address)} speaks TLS: leave --no-tls out`);
        }
        isTls = true;
        continue;
      }
      isTls = options.tls;
      if (client === "other name") name = undefined;
      else host = port = undefined;
    }
  } catch (error) {
    if (error instanceof Unanswered) return 1;
    throw error;
  }
}

/** What was asked for, and is shown to the server. */
interface Secrets {
  password?: string;
  linkCode?: string;
}

/** Connects; where that fails for a reason that other answers may mend, says why. */
async function tryConnect(
  address: Address,
  wanted: { readonly name: string; readonly room: string; readonly tls?: TlsTrust },
  identity: ChatIdentity,
  secrets: Secrets,
  known: KnownServers,
): Promise<ChatClient | "again" | "with TLS" | "other name" | "other server"> {
  const { name } = wanted;
  const shown = await identity.show(address, name);
  try {
    const client = await ChatClient.connect({ ...address, ...wanted, ...shown, ...secrets });
    await identity.known(address, name);
    return client;
  } catch (error) {
    if (isAboutPassword(error)) {
      const password = await askPassword(error);
      if (password === undefined) throw new Unanswered();
      secrets.password = password;
      return "again";
    }
    if (error instanceof CertificateError) {
      if (error.fault !== "unknown") throw new Failure(error.message);
      if (await askTrust(address, error, known)) return "again";
      throw new Failure(`${formatAddress(address)} is not trusted, and nothing was sent to it`);
    }
    if (error instanceof ProtocolError && ABOUT_THE_CODE.has(error.code)) {
      complain(messageOf(error));
      delete secrets.linkCode;
      return "again";
    }
    if (error instanceof ProtocolError && ABOUT_THE_NAME.has(error.code)) {
      complain(messageOf(error));
      return "other name";
    }
    if (error instanceof ProtocolError && error.code === "invalid_room") {
      throw new Failure(messageOf(error));
    }
    if (speaksTls(error)) return "with TLS";
    complain(failedToConnect(address, error));
    return "other server";
  }
}

/** Asks for the code that the other device shows; one that is none is asked for again. */
function askCode(): string {
  for (;;) {
    const answer = ask("The code that /link shows on your other device", undefined);
    try {
      return readLinkCode(answer).text;
    } catch (error) {
      complain(messageOf(error));
    }
  }
}

function ask(question: string, otherwise: string | undefined): string {
  const shown = otherwise === undefined ? "" : ` [${otherwise}]`;
  const answer = prompt(`${question}${shown}:`);
  if (answer === null) throw new Unanswered();
  const word = answer.trim();
  if (word !== "") return word;
  return otherwise ?? ask(question, otherwise);
}

function askPort(otherwise: number): number {
  for (;;) {
    const answer = ask("Port", String(otherwise));
    const port = /^\d{1,5}$/.test(answer) ? Number(answer) : 0;
    if (port >= 1 && port <= 65_535) return port;
    complain(`The port cannot be ${messageOf(answer)}: a number from 1 to 65535 is allowed`);
  }
}

function askName(): string {
  for (;;) {
    const answer = ask("Your name", undefined);
    try {
      return checkName(answer);
    } catch (error) {
      complain(messageOf(error));
    }
  }
}
