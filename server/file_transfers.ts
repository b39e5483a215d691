import { getLogger } from "@logtape/logtape";
import type { Grant } from "../chat/grants.ts";
import type { Hub } from "../chat/hub.ts";
import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import { CountByKey } from "../net/count_by_key.ts";
import type { Connection } from "../net/connection.ts";
import type { SharedFile } from "../protocol/chat.ts";
import type { Hello } from "../protocol/transfer.ts";
import { checkHello } from "../transfer/hello.ts";
import { receiveFiles, refuseSender } from "../transfer/receiver.ts";
import { sendFiles } from "../transfer/sender.ts";
import type { Source } from "../transfer/source.ts";
import type { ChatFiles } from "./chat_files.ts";

/** Transfers of one name at once. */
const MAX_TRANSFERS = 8;

const logger = getLogger(["parley", "server"]);

/** What a {@link FileTransfers} is made of. */
export interface FileTransfersOptions {
  /** Knows whose a token is. */
  readonly hub: Pick<Hub, "grant">;
  /** The files. */
  readonly files: ChatFiles;
  /** Everything timed. */
  readonly clock: Clock;
}

/**
 * The transfers on a chat port: who is known there brings files, and fetches them by their ids.
 *
 * ```
 * hello {role: "send", token}           -->  welcome, then as with any receiver; `done.savedAs` is ID/NAME
 * hello {role: "receive", token, want}  -->  welcome, offer ...: this side sends the one file
 * ```
 *
 * - I1 Nothing is answered but an error before the token is known to be that of a name.
 * - I2 One name has 8 transfers at once at most.
 * - I3 Where the token is over, the transfer ends at once; it can go on over another connection, by another one.
 * - I4 However it ends: what is being committed is finished first.
 */
export class FileTransfers {
  readonly #options: FileTransfersOptions;
  readonly #stopping = new AbortController();
  readonly #connections = new Set<Connection>();
  /** How many transfers a name has. */
  readonly #perName = new CountByKey();

  /** @param options The files, and who knows the names. */
  constructor(options: FileTransfersOptions) {
    this.#options = options;
  }

  /**
   * Serves one connection to its end; never fails for the peer's sake.
   *
   * @param connection The connection, read up to behind `hello`; it is closed.
   * @param hello What the dialler said.
   */
  async serve(connection: Connection, hello: Hello): Promise<void> {
    this.#connections.add(connection);
    try {
      await this.#serve(connection, hello);
    } finally {
      this.#connections.delete(connection);
      // Also where nobody could be asked whose it is.
      connection.close();
    }
  }

  /** Tells everybody that the server stops; each connection ends when what it commits is committed. */
  stop(): void {
    this.#stopping.abort(
      new ProtocolError("shutdown", "The server is stopping: connect again later"),
    );
  }

  /** Ends every connection at once, without a word. */
  abort(): void {
    for (const connection of this.#connections) connection.close();
    this.stop();
  }

  async #serve(connection: Connection, hello: Hello): Promise<void> {
    const { clock, files } = this.#options;
    const { peer } = connection;
    using stack = new DisposableStack();
    let name: string;
    let wanted: Source | undefined;
    try {
      checkHello(hello, hello.role);
      const grant = stack.use(await this.#authenticate(hello));
      name = grant.name;
      grant.signal.addEventListener("abort", () => connection.close());
      if (hello.role === "receive") wanted = files.source(await this.#find(hello.want));
      this.#stopping.signal.throwIfAborted();
      stack.use(this.#take(name));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      logger.info("refused a transfer from {peer}: {code}", { peer, code: error.code });
      return await refuseSender(connection, error, { clock });
    }
    const { signal } = this.#stopping;
    const done = ({ size }: { readonly size: number }) =>
      logger.info("{name} at {peer} {did} a file of {size} bytes", {
        name,
        peer,
        did: wanted === undefined ? "brought" : "fetched",
        size,
      });
    try {
      if (wanted === undefined) {
        const inbox = files.inbox(name);
        await receiveFiles(connection, inbox, { clock, signal, hello, onReceived: done });
      } else {
        await sendFiles(connection, [wanted], { clock, signal, hello, onSent: done });
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.info("a transfer of {name} at {peer} ended: {reason}", { name, peer, reason });
    }
  }

  async #authenticate({ token }: Hello): Promise<Grant> {
    if (token !== undefined) return await this.#options.hub.grant(token);
    throw new ProtocolError(
      "unauthorized",
      "Cannot take files from, or give files to, nobody: show a token",
    );
  }

  async #find(id: string | undefined): Promise<SharedFile> {
    const file = id === undefined ? undefined : await this.#options.files.find(id);
    if (file !== undefined) return file;
    throw new ProtocolError(
      "unknown_file",
      "The server does not keep that file, or not any more: ask who sent it to send it again",
    );
  }

  #take(name: string): Disposable {
    const count = this.#perName.of(name);
    if (count >= MAX_TRANSFERS) {
      throw new ProtocolError(
        "too_many_transfers",
        `${name} has ${count} transfers, as many at once as a name may have: wait for one`,
      );
    }
    return this.#perName.add(name);
  }
}
