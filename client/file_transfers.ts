import type { Clock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import type { SharedFile } from "../protocol/chat.ts";
import { FolderInbox } from "../transfer/folder_inbox.ts";
import type { Inbox } from "../transfer/inbox.ts";
import type { AgeIdentity } from "../sealed/age_identity.ts";
import { OpeningInbox } from "../transfer/opening_inbox.ts";
import type { FileProgress } from "../transfer/progress.ts";
import { receiveFiles } from "../transfer/receiver.ts";
import { type ReconnectOptions, sendFiles } from "../transfer/sender.ts";
import type { Source } from "../transfer/source.ts";
import { DisconnectedError } from "./disconnected.ts";
import type { ChatClientSettings } from "./options.ts";
import { WantedInbox } from "./wanted_inbox.ts";

/** How a file is uploaded or downloaded. */
export interface FileTransferOptions
  extends Pick<ReconnectOptions, "reconnectPausesMs" | "onReconnecting" | "signal"> {
  /** Told how many bytes of a file have gone over the connection: where it begins, and with every piece. */
  readonly onProgress?: (progress: FileProgress) => void;
}

/** How a file is downloaded. */
export interface DownloadOptions extends FileTransferOptions {
  /** What it is decrypted with on its way: the file that is told of is the plaintext then. @default it is not encrypted */
  readonly identities?: readonly AgeIdentity[];
}

/** A file that a server has saved: with its `id` a message names it. */
export type UploadedFile = Omit<SharedFile, "type">;

/** A file that was saved here. */
export interface DownloadedFile {
  /** Its final name, relative to the inbox. */
  readonly savedAs: string;
  /** Bytes. */
  readonly size: number;
  /** The hash of them, lower-case hexadecimal; the message's. */
  readonly sha256: string;
}

/** The server that files are brought to and fetched from. */
export interface FileServer {
  /** Makes a connection to its chat port. */
  readonly dial: (signal: AbortSignal | undefined) => Promise<Connection>;
  /** Shows whose files they are, on a connection that begins now. */
  readonly bearer: () => string;
  /** Resolves when the bearer is one that the server knows, also where it was started anew. */
  readonly known: () => Promise<void>;
  /** Everything timed. */
  readonly clock: Clock;
}

/** The server of a client's settings; one that does not answer in time is none. */
export function fileServer(
  settings: ChatClientSettings,
  who: Pick<FileServer, "bearer" | "known">,
): FileServer {
  const { host, port, dial, handshakeTimeoutMs, clock } = settings;
  return {
    ...who,
    clock,
    async dial(signal) {
      const late = new AbortController();
      using _deadline = clock.after(handshakeTimeoutMs, () => {
        const why = `the server did not answer within ${handshakeTimeoutMs} ms`;
        late.abort(new DisconnectedError(why));
      });
      const stop = signal === undefined ? [late.signal] : [late.signal, signal];
      return await dial({ host, port, signal: AbortSignal.any(stop) });
    },
  };
}

/** Makes another connection after one that broke. */
async function dialAgain(server: FileServer, signal: AbortSignal | undefined): Promise<Connection> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    await Promise.race([server.known(), aborted]);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
  return await server.dial(signal);
}

/** What `done.savedAs` is on a chat port: an id, a slash, a name. */
const SAVED_AS = /^([0-9a-f]{32})\/([^/]+)$/;

/**
 * Brings files to a server, over a connection of their own: resumed, verified and with a receipt.
 *
 * @param server Where to.
 * @param sources What to send.
 * @param options Who is told, how to connect again, a signal.
 * @returns What the server has saved, in the order of the sources.
 * @throws {ProtocolError} One was not taken (`quota_exceeded`, `too_large`, `read_failed` …), or none
 *   (`unauthorized`, `files_not_offered` …).
 * @throws The signal's reason; why there was no connection to be had.
 */
export async function uploadFiles(
  server: FileServer,
  sources: readonly Source[],
  options: FileTransferOptions = {},
): Promise<UploadedFile[]> {
  const { clock, bearer, dial } = server;
  const { signal } = options;
  const uploaded = new Map<string, UploadedFile[]>();
  let failure: ProtocolError | undefined;
  await sendFiles(await dial(signal), sources, {
    ...options,
    clock,
    token: bearer,
    reconnect: () => dialAgain(server, signal),
    onSent({ name, savedAs, size, hash }) {
      const [, id, keptName] = SAVED_AS.exec(savedAs) ?? [];
      if (id === undefined || keptName === undefined) {
        throw new ProtocolError(
          "unexpected_message",
          "Cannot use the receipt: it does not tell the file's id",
        );
      }
      const file = { id, name: keptName, size, sha256: hash };
      uploaded.set(name, [...uploaded.get(name) ?? [], file]);
    },
    onFailed: ({ error }) => failure ??= error,
  });
  if (failure !== undefined) throw failure;
  return sources.map(({ name }) => uploaded.get(name)!.shift()!);
}

/**
 * Fetches a file from a server, over a connection of its own, and verifies that it is the one that a message
 * told of. Where the connection breaks it goes on from what is held.
 *
 * @param server Where from.
 * @param file What the message told.
 * @param to Where to: an inbox, or a folder.
 * @param options Who is told, how to connect again, a signal.
 * @returns What was saved.
 * @throws {ProtocolError} The server does not have it any more (`unknown_file`); what came is another file
 *   (`hash_mismatch`, `size_mismatch`) and was not kept; what the inbox throws.
 * @throws The signal's reason; why there was no connection to be had.
 */
export async function downloadFile(
  server: FileServer,
  file: SharedFile,
  to: Inbox | string,
  options: DownloadOptions = {},
): Promise<DownloadedFile> {
  const { clock, bearer, dial } = server;
  const { signal, identities } = options;
  const inbox = typeof to === "string" ? new FolderInbox(to) : to;
  const wanted = identities === undefined
    ? new WantedInbox(inbox, file)
    : new OpeningInbox(inbox, { identities, expected: file });
  let saved: DownloadedFile | undefined;
  let failure: ProtocolError | undefined;
  await receiveFiles(await dial(signal), wanted, {
    ...options,
    clock,
    asking: { want: file.id, token: bearer },
    reconnect: () => dialAgain(server, signal),
    onReceived({ savedAs }) {
      saved = { savedAs, size: file.size, sha256: file.sha256 };
    },
    onFailed({ error }) {
      failure = error;
    },
  });
  if (saved !== undefined) return saved;
  throw failure ?? new ProtocolError(
    "unexpected_message",
    "The server ended the transfer without sending the file",
  );
}
