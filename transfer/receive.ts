import { resolve } from "@std/path/resolve";
import { systemClock } from "../clock/clock.ts";
import { ProtocolError } from "../codec/errors.ts";
import type { Connection } from "../net/connection.ts";
import { RateLimit } from "../net/rate_limit.ts";
import { formatAddress } from "../net/tcp.ts";
import {
  byteCount,
  choice,
  type CommandLine,
  flag,
  integer,
  type Option,
  port,
  word,
} from "../program/command_line.ts";
import { readIdentities } from "../program/transfer/age_files.ts";
import { Failure, UsageError } from "../program/failure.ts";
import { HeapKeeper } from "../program/heap.ts";
import { listenOrExplain } from "../program/listen.ts";
import { complain, flushLines, gatherLines, print } from "../program/output.ts";
import { type Need, requirePermissions } from "../program/permissions.ts";
import { receiptJson, receiptLine } from "../program/transfer/receipt_lines.ts";
import { runProgram } from "../program/run.ts";
import {
  CERTIFICATE_OPTIONS,
  certificateFor,
  certificateNeeds,
  speaksTls,
  warnOfPlain,
} from "../program/server/server_certificate.ts";
import { untilStopped } from "../program/stop.ts";
import { PROGRESS_OPTIONS, TransferDisplay } from "../program/transfer/transfer_display.ts";
import { listenForSenders, tellLink } from "../program/transfer/transfer_listener.ts";
import { escapeText } from "../terminal/escape.ts";
import { errorCode } from "./disk_error.ts";
import { FolderInbox } from "./folder_inbox.ts";
import type { Inbox } from "./inbox.ts";
import { TransferMeter } from "./progress.ts";
import { receiveFiles, refuseSender } from "./receiver.ts";
import { SinkInbox } from "./sink_inbox.ts";

const PROGRAM = "transfer/receive.ts";

const COMMAND_LINE = {
  program: PROGRAM,
  command: "parley-receive",
  summary: "Receives files, and saves each as recv-NAME when it is whole and verified.",
  options: {
    host: word("ADDRESS", "the address to listen on; 0.0.0.0 is every one", "127.0.0.1"),
    port: port("the port to listen on; 0 picks a free one", 0, 12346),
    ...CERTIFICATE_OPTIONS,
    "tls-dir": word(
      "DIR",
      "keep the certificate that is made in this folder; without, each run has another",
      undefined,
    ),
    qr: flag("with TLS: draw what the other machine needs as a QR code too"),
    out: word("DIR", "the folder to save in", "."),
    once: flag("end after one sender"),
    stdout: flag(
      "with --once: write one file to standard output, and what is told to standard error; the exit code says whether it was whole",
    ),
    "on-exists": choice(
      ["rename", "overwrite", "skip", "refuse"],
      "what to do when the name is there already",
      "rename",
    ),
    "max-size": byteCount("the largest file to take", 0, undefined),
    "max-files": integer(
      "N",
      "the most files and folders to take over one connection",
      { min: 1, max: Number.MAX_SAFE_INTEGER },
      undefined,
    ),
    "max-connections": integer(
      "N",
      "the most senders at once",
      { min: 1, max: 10_000 },
      64,
    ),
    "limit-rate": byteCount(
      "the most bytes a second to take in, from all senders together, as in 10M",
      1_000,
      undefined,
    ),
    "keep-partial": integer(
      "DAYS",
      "how long what has arrived of an interrupted file is kept, to go on with",
      { min: 0, max: 36_500 },
      7,
    ),
    "no-fsync": flag("do not wait until files are on disk: a crash of the machine may lose them"),
    "no-preserve": flag("do not keep times and permission bits"),
    identity: word(
      "FILE",
      "decrypt what ends in .age with the age identities in this file, and save it without .age",
      undefined,
    ),
    json: flag("print JSON lines"),
    ...PROGRESS_OPTIONS,
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async (options) => {
  const { host, port, json, once } = options;
  if (options.stdout && !once) {
    throw new UsageError("--stdout takes one file: say --once too");
  }
  const isSecure = speaksTls(options);
  const tlsFolder = options["tls-dir"];
  if (!isSecure && (options.qr || tlsFolder !== undefined)) {
    throw new UsageError(`${options.qr ? "--qr" : "--tls-dir"} is for TLS: say --tls too`);
  }
  // With --stdout standard output is a file's, and a terminal would show both.
  const tell = options.stdout ? complain : print;
  const isTerminalTaken = options.stdout && Deno.stdout.isTerminal();
  const display = new TransferDisplay("received", { ...options, isTerminalTaken }, tell);
  const folder = resolve(options.out);
  const folderNeeds = (["read", "write"] as const).map((name) => ({
    permission: { name, path: folder },
    reason: "save files",
  }));
  await requirePermissions({ set: "receive", file: PROGRAM }, [
    { permission: { name: "net", host: formatAddress({ host, port }) }, reason: "wait for files" },
    ...(options.stdout ? [] : [...folderNeeds, {
      permission: { name: "sys", kind: "statfs" } as const,
      reason: "see whether a file will fit on the disk",
      isOptional: true,
    }]),
    ...certificateNeeds(options),
    ...tlsFolder === undefined ? [] : certificateFolderNeeds(tlsFolder),
  ]);
  warnOfPlain(options, PROGRAM);
  const openFolder = async () => {
    await checkFolder(folder);
    const maxFileBytes = options["max-size"];
    const inbox = new FolderInbox(folder, {
      onExists: options["on-exists"],
      fsync: !options["no-fsync"],
      preserve: !options["no-preserve"],
      ...(maxFileBytes === undefined ? {} : { maxFileBytes }),
    });
    inbox.sweep(options["keep-partial"]);
    return inbox;
  };
  const opened = options.stdout ? new SinkInbox(Deno.stdout) : await openFolder();
  const inbox = await decrypting(opened, options.identity);
  const tls = isSecure ? await certificateFor(options, tlsFolder) : undefined;
  const { listener, line, payload, link } = await listenOrExplain(
    { host, port },
    "--port",
    () => listenForSenders({ host, port }, tls),
  );
  const stopping = new AbortController();
  const stop = (why: Failure) => {
    listener.close();
    stopping.abort(why);
  };
  untilStopped("stopping: once more to stop at once").then(() =>
    stop(new Failure("The receiver was stopped"))
  );

  // Where nobody reads any more, there is nothing to go on for.
  let unread = false;
  gatherLines(() => {
    unread = true;
    stop(new Failure("Nobody reads its output any more"));
  });

  // Whoever reads this line may stop us at once.
  tell(json ? JSON.stringify({ type: "listening", payload }) : line);
  if (link !== undefined) await tellLink(link, options.qr);
  flushLines();

  const heap = new HeapKeeper();
  const maxFiles = options["max-files"];
  async function serve(connection: Connection): Promise<boolean> {
    const { peer } = connection;
    const meter = new TransferMeter();
    const shown = display.show(meter, { peer });
    let isOver = false;
    try {
      const { failed, complete } = await receiveFiles(connection, inbox, {
        clock: systemClock,
        signal: stopping.signal,
        ...(maxFiles === undefined ? {} : { maxFiles }),
        onProgress: (file) => meter.moved(file),
        onReceived: (file) => {
          meter.done(file);
          heap.count();
          if (json) tell(receiptJson("received", file));
          else if (file.kind === "file") tell(receiptLine("received", file));
        },
        onFailed: ({ name, error }) => {
          meter.failed({ name });
          complain(`not received ${escapeText(name)} from ${peer}: ${escapeText(reasonOf(error))}`);
        },
      });
      if (!complete) complain(`the connection from ${peer} ended before the sender's bye`);
      isOver = true;
      return failed === 0 && complete;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      complain(`the connection from ${peer} ended: ${escapeText(reason)}`);
      return false;
    } finally {
      shown[Symbol.dispose]();
      // Who has brought nothing, and broke off, was told of already.
      const { files, failed } = meter.summary();
      if (isOver || files + failed > 0) display.tellSummary(meter, peer);
    }
  }

  const serving = new Set<Promise<boolean>>();
  const maxConnections = options["max-connections"];
  const full = new ProtocolError(
    "server_full",
    `The receiver has ${maxConnections} sender${
      maxConnections === 1 ? "" : "s"
    }, as many as it takes: try again later`,
  );
  const rate = options["limit-rate"] === undefined
    ? undefined
    : new RateLimit(options["limit-rate"]);
  let served = true;
  for await (const unlimited of listener) {
    const connection = rate?.limit(unlimited) ?? unlimited;
    if (serving.size >= maxConnections) {
      complain(`refused ${connection.peer}: ${full.message}`);
      refuseSender(connection, full);
      continue;
    }
    const work = serve(connection);
    serving.add(work);
    work.then(() => serving.delete(work));
    if (!once) continue;
    listener.close();
    served = await work;
  }
  // Every part is removed, every commit done, before the process ends.
  await Promise.all(serving);
  flushLines();
  if (once) return served && !stopping.signal.aborted ? 0 : 1;
  return unread ? 1 : 0;
});

/** Why a file was not received: what is no system's error is not told to the sender, but to us. */
function reasonOf({ message, cause }: ProtocolError): string {
  return cause instanceof Error && errorCode(cause) === ""
    ? `${message} (${cause.message})`
    : message;
}

/** An inbox that decrypts, where there is something to decrypt with. */
async function decrypting(inbox: Inbox, path: string | undefined): Promise<Inbox> {
  if (path === undefined) return inbox;
  const identities = await readIdentities(path, { set: "receive", file: PROGRAM });
  // Only then: who does not decrypt need not wait for it.
  const { OpeningInbox } = await import("./opening_inbox.ts");
  return new OpeningInbox(inbox, { identities });
}

function certificateFolderNeeds(path: string): Need[] {
  return (["read", "write"] as const).map((name) => ({
    permission: { name, path },
    reason: "keep the certificate",
  }));
}

async function checkFolder(folder: string): Promise<void> {
  let reason: string;
  try {
    if ((await Deno.stat(folder)).isDirectory) return;
    reason = "it is no folder";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    reason = "there is no such folder";
  }
  throw new Failure(`Cannot save in ${folder}: ${reason}. Make it, or choose another --out`);
}
