import { ChatClient } from "../../client/chat_client.ts";
import type { KnownServers } from "../../client/known_servers.ts";
import { ProtocolError } from "../../codec/errors.ts";
import { readLinkCode } from "../../identity/link_code.ts";
import { CertificateError } from "../../net/certificate_error.ts";
import { type Address, formatAddress } from "../../net/tcp.ts";
import { checkName } from "../../protocol/names.ts";
import { failedToConnect, messageOf, speaksTls } from "./chat_failures.ts";
import type { ChatIdentity } from "./chat_identity.ts";
import { type ChatProgramOptions, DEFAULT_ROOM, DEFAULT_SERVER } from "./chat_options.ts";
import type { WantedPlace } from "./chat_place.ts";
import { askPassword, isAboutPassword } from "./chat_secrets.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import { requirePermissions } from "../permissions.ts";
import { askTrust, trustFor } from "../server_trust.ts";

/** Refusals that another name may mend. */
const ABOUT_THE_NAME = new Set(["name_taken", "invalid_name", "key_needed", "too_many_sessions"]);
/** Refusals that another code may mend. */
const ABOUT_THE_CODE = new Set(["unknown_link", "link_refused"]);

/** Who answered nothing: Ctrl-C, Ctrl-D. */
export class Unanswered extends Error {}

/** What a {@link ChatEntrance} works with. */
export interface ChatEntranceOptions {
  readonly options: ChatProgramOptions;
  readonly identity: ChatIdentity;
  readonly known: KnownServers;
  /** The server's password, where a file was named. */
  readonly password: string | undefined;
}

/** A chat that was entered. */
export interface Entered {
  /** Connected; its new owner closes it. */
  readonly client: ChatClient;
  readonly server: Address;
  readonly name: string;
  /** The rooms that were asked for. */
  readonly rooms: readonly string[];
  /** Whether the server is spoken to with TLS. */
  readonly isTls: boolean;
}

/** What came of one attempt. */
type Attempt = Entered | "again" | "with TLS" | "other name" | "other server";

/** Asks a person in a terminal for what is missing until there is a connection to a server. */
export class ChatEntrance {
  readonly #options: ChatProgramOptions;
  readonly #identity: ChatIdentity;
  readonly #known: KnownServers;
  #password: string | undefined;
  #linkCode: string | undefined;
  /** Whether the server speaks TLS, of which one on this machine tells nothing before it was spoken to. */
  #isTls = false;

  /** @param options The command line, and who one is. */
  constructor({ options, identity, known, password }: ChatEntranceOptions) {
    this.#options = options;
    this.#identity = identity;
    this.#known = known;
    this.#password = password;
  }

  /**
   * Connects to a server.
   *
   * @param place What is known of where to; what is missing is asked for, and what is wrong, again.
   * @returns The chat, in its room.
   * @throws {Unanswered} The person wants none.
   * @throws {Failure} There is nothing that another answer could mend.
   */
  async enter(
    { host, port, name, room = DEFAULT_ROOM, tls = false }: WantedPlace,
  ): Promise<Entered> {
    let last = { host: host ?? DEFAULT_SERVER.host, port: port ?? DEFAULT_SERVER.port };
    this.#isTls = tls;
    for (;;) {
      host ??= ask("Server address", last.host);
      port ??= askPort(last.port);
      name ??= askName();
      last = { host, port };
      await this.#prepare(last);
      const attempt = await this.#attempt(last, name, [room]);
      if (typeof attempt !== "string") return attempt;
      if (attempt === "again") continue;
      if (attempt === "with TLS") {
        if (this.#options["no-tls"]) {
          throw new Failure(`${formatAddress(last)} speaks TLS: leave --no-tls out`);
        }
        this.#isTls = true;
        continue;
      }
      this.#isTls = tls;
      if (attempt === "other name") name = undefined;
      else host = port = undefined;
    }
  }

  /**
   * Connects to the server of a chat under another name, beside it.
   *
   * @param entered The chat; it stays as it is.
   * @param name The other name.
   * @param room The room to be in.
   * @throws Why that cannot be.
   */
  async enterAs(
    { server, isTls }: Entered,
    name: string,
    room: string,
  ): Promise<Entered> {
    const { client } = await this.#connect(server, checkName(name), [room], isTls);
    return { client, server, name, rooms: [room], isTls };
  }

  /** Makes sure of what every attempt takes. */
  async #prepare(server: Address): Promise<void> {
    await requirePermissions({ set: "client", file: "client.ts" }, [{
      permission: { name: "net", host: formatAddress(server) },
      reason: "reach the chat server",
    }]);
    if (this.#options.link) this.#linkCode ??= askCode();
    if (this.#options["forget-server"]) await this.#known.forget(server);
  }

  async #connect(
    server: Address,
    name: string,
    rooms: readonly string[],
    isTls: boolean,
  ): Promise<{ readonly client: ChatClient; readonly isTls: boolean }> {
    const tls = await trustFor(server, { ...this.#options, tls: isTls }, this.#known);
    const shown = await this.#identity.show(server, name);
    const client = await ChatClient.connect({
      ...{ ...server, name, rooms, ...shown },
      ...tls && { tls },
      ...this.#password !== undefined && { password: this.#password },
      ...this.#linkCode !== undefined && { linkCode: this.#linkCode },
    });
    this.#linkCode = undefined;
    await this.#identity.known(server, name);
    return { client, isTls: tls !== undefined };
  }

  /** Connects once; where that fails for a reason that other answers may mend, says why. */
  async #attempt(server: Address, name: string, rooms: readonly string[]): Promise<Attempt> {
    try {
      return { ...await this.#connect(server, name, rooms, this.#isTls), server, name, rooms };
    } catch (error) {
      if (isAboutPassword(error)) {
        this.#password = await askPassword(error);
        if (this.#password === undefined) throw new Unanswered();
        return "again";
      }
      if (error instanceof CertificateError) {
        if (error.fault !== "unknown") throw new Failure(error.message);
        if (await askTrust(server, error, this.#known)) return "again";
        throw new Failure(`${formatAddress(server)} is not trusted, and nothing was sent to it`);
      }
      if (error instanceof ProtocolError && ABOUT_THE_CODE.has(error.code)) {
        complain(messageOf(error));
        this.#linkCode = undefined;
        return "again";
      }
      if (error instanceof ProtocolError && ABOUT_THE_NAME.has(error.code)) {
        complain(messageOf(error));
        return "other name";
      }
      if (error instanceof Failure) throw error;
      if (error instanceof ProtocolError && error.code === "invalid_room") {
        throw new Failure(messageOf(error));
      }
      if (speaksTls(error)) return "with TLS";
      complain(failedToConnect(server, error));
      return "other server";
    }
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
