import { resolve } from "@std/path/resolve";
import { RateLimit } from "../net/rate_limit.ts";
import { KnownServers } from "../client/known_servers.ts";
import { CertificateError } from "../net/certificate_error.ts";
import { parseServerLink, type ServerLink } from "../net/server_link.ts";
import { dial, type DialOptions, formatAddress } from "../net/tcp.ts";
import { dialTls } from "../net/tls_dial.ts";
import {
  byteCount,
  choice,
  type CommandLine,
  flag,
  integer,
  type Option,
  word,
} from "../program/command_line.ts";
import { readRecipients } from "../program/transfer/age_files.ts";
import { Failure, UsageError } from "../program/failure.ts";
import { HeapKeeper } from "../program/heap.ts";
import { complain, flushLines, gatherLines, print } from "../program/output.ts";
import { requirePermissions } from "../program/permissions.ts";
import { receiptJson, receiptLine } from "../program/transfer/receipt_lines.ts";
import { runProgram } from "../program/run.ts";
import {
  checkTrustOptions,
  TRUST_OPTIONS,
  trustFor,
  type TrustOptions,
} from "../program/server_trust.ts";
import { untilStopped } from "../program/stop.ts";
import { PROGRESS_OPTIONS, TransferDisplay } from "../program/transfer/transfer_display.ts";
import { escapeText } from "../terminal/escape.ts";
import { countSources } from "./count.ts";
import { pipeSource } from "./pipe_source.ts";
import { TransferMeter } from "./progress.ts";
import { reconnectPauses, sendFiles } from "./sender.ts";
import type { Connection } from "../net/connection.ts";
import type { Source } from "./source.ts";
import { walk } from "./walk.ts";

const PROGRAM = "transfer/send.ts";

/** How long a try to connect again may take. */
const DIAL_TIMEOUT_MS = 10_000;

const PORTS = { min: 1, max: 65_535 };

const COMMAND_LINE = {
  program: PROGRAM,
  command: "parley-send",
  summary:
    "Sends files and folders to a receiver; - is standard input. Ends with 0 only if it has saved every one, verified.",
  operands: { placeholder: "PATH…", atLeast: 1 },
  options: {
    to: serverLink("where the receiver listens, and who it is: the line that it prints"),
    host: word("ADDRESS", "where the receiver listens (default 127.0.0.1)", undefined),
    port: integer("PORT", "the receiver's port (default 12346)", PORTS, undefined),
    tls: TRUST_OPTIONS.tls,
    plain: TRUST_OPTIONS["no-tls"],
    fingerprint: TRUST_OPTIONS.fingerprint,
    config: word("DIR", "the chat client's folder: servers that are known there are", undefined),
    name: word("NAME", "what standard input is offered as: send.ts - --name NAME", undefined),
    hash: choice(
      ["sha256", "xxh128"],
      "what files are verified by; xxh128 is for links faster than SHA-256",
      "sha256",
    ),
    "follow-symlinks": flag(
      "send the files that links in folders lead to, instead of skipping them",
    ),
    "limit-rate": byteCount("the most bytes a second to send, as in 10M", 1_000, undefined),
    retries: integer(
      "N",
      "how often to connect again where the connection breaks, at growing intervals",
      { min: 0, max: 1_000 },
      10,
    ),
    "no-preserve": flag("do not send times and permission bits"),
    encrypt: word(
      "RECIPIENT",
      "encrypt each file with age, as NAME.age, to this recipient (age1…) or those in this file",
      undefined,
    ),
    json: flag("print JSON lines"),
    ...PROGRESS_OPTIONS,
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async (options) => {
  const { hash, json, operands, name } = options;
  const receiver = receiverOf(options);
  const readsInput = operands.length === 1 && operands[0] === "-";
  if (readsInput !== (name !== undefined)) {
    throw new UsageError(
      "Standard input needs a name, and nothing beside it: send.ts - --name NAME",
    );
  }
  const paths = readsInput ? [] : operands;
  const display = new TransferDisplay("sent", options, print);
  const address = formatAddress(receiver);
  await requirePermissions({ set: "send", file: PROGRAM }, [
    { permission: { name: "net", host: address }, reason: "reach the receiver" },
    ...options.config === undefined ? [] : [{
      permission: { name: "read", path: resolve(options.config) } as const,
      reason: "know the servers that the chat client knows",
    }],
    ...paths.map((path) => ({
      permission: { name: "read", path: resolve(path) } as const,
      reason: "send it",
    })),
  ]);

  const tls = await trustFor(receiver, receiver, new KnownServers(options.config));
  const dialReceiver = (signal: AbortSignal) => {
    const where: DialOptions = { host: receiver.host, port: receiver.port, signal };
    return tls === undefined ? dial(where) : dialTls({ ...where, trust: tls });
  };
  const sealed = await sealing(options.encrypt);

  const stop = new AbortController();
  untilStopped("stopping: what was not sent is not saved").then(() =>
    stop.abort(new Failure("The sender was stopped"))
  );
  let unread = false;
  gatherLines(() => {
    unread = true;
    stop.abort(new Failure("Nobody reads its output any more"));
  });
  const fail = (name: string, reason: string) =>
    complain(`not sent ${escapeText(name)}: ${escapeText(reason)}`);

  const followSymlinks = options["follow-symlinks"];
  const meter = new TransferMeter();
  const heap = new HeapKeeper();
  const files = walk(paths, {
    followSymlinks,
    onSkipped: (path, reason) => complain(`skipped ${escapeText(path)}: ${escapeText(reason)}`),
    onFailed: (path, error) => {
      meter.unreadable();
      fail(path, error.message);
    },
  });

  const sources = sealed(
    name !== undefined ? standardInput(name) : options["no-preserve"] ? plain(files) : files,
  );
  const rate = options["limit-rate"] === undefined
    ? undefined
    : new RateLimit(options["limit-rate"]);
  const limited = (connection: Connection) => rate?.limit(connection) ?? connection;
  const connection = limited(
    await dialOrExplain(address, () => dialReceiver(stop.signal), stop.signal),
  );
  const counting = new AbortController();
  const shown = display.show(meter, {
    onShown() {
      if (readsInput) {
        meter.expect(null);
        meter.expectNoMore();
        return;
      }
      countSources(sealed(walk(paths, { followSymlinks })), meter, counting.signal).catch(() => {
        // What cannot be read is told by the walk that sends it: the totals stay open.
      });
    },
  });
  try {
    await sendFiles(connection, sources, {
      hash,
      signal: stop.signal,
      async reconnect() {
        // A receiver that is not there any more may never answer.
        const patience = AbortSignal.timeout(DIAL_TIMEOUT_MS);
        const signal = AbortSignal.any([stop.signal, patience]);
        return limited(await dialReceiver(signal));
      },
      reconnectPausesMs: reconnectPauses(options.retries),
      onReconnecting(reason, pauseMs, attempt) {
        const why = escapeText(reason instanceof Error ? reason.message : String(reason));
        complain(
          `the connection to ${address} broke (${why}): try ${attempt} of ${options.retries} in ${
            pauseMs / 1_000
          } s`,
        );
      },
      onDiffers: (name) =>
        complain(
          `${escapeText(name)}: the receiver holds another beginning of it, so it goes whole`,
        ),
      onProgress: (file) => meter.moved(file),
      onSent: (file) => {
        meter.done(file);
        heap.count();
        if (json) print(receiptJson("sent", file));
        else if (file.kind === "file") print(receiptLine("sent", file));
      },
      onFailed: (file) => {
        meter.failed(file);
        fail(file.name, file.error.message);
      },
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(`The connection to ${address} ended: ${escapeText(reason)}`);
  } finally {
    counting.abort();
    shown[Symbol.dispose]();
    display.tellSummary(meter);
  }
  flushLines();
  return meter.summary().failed === 0 && !unread ? 0 : 1;
});

async function* standardInput(name: string): AsyncGenerator<Source> {
  yield pipeSource(name, Deno.stdin);
}

/** What makes encrypted sources of sources, where they are to be. */
async function sealing(
  to: string | undefined,
): Promise<(sources: AsyncIterable<Source>) => AsyncIterable<Source>> {
  if (to === undefined) return (sources) => sources;
  const recipients = await readRecipients(to, { set: "send", file: PROGRAM });
  // Only then: who does not encrypt need not wait for it.
  const { sealedSource } = await import("./sealed_source.ts");
  return async function* (sources) {
    for await (const source of sources) {
      yield source.kind === "directory" ? source : sealedSource(source, recipients);
    }
  };
}

/** The same sources, without their times and permission bits. */
async function* plain(sources: AsyncIterable<Source>): AsyncGenerator<Source> {
  for await (const { mtime: _mtime, mode: _mode, ...source } of sources) yield source;
}

/** The receiver, as the command line names it. */
function receiverOf(
  options: Omit<TrustOptions, "no-tls"> & {
    readonly plain: boolean;
    readonly to: ServerLink | undefined;
    readonly host: string | undefined;
    readonly port: number | undefined;
  },
): TrustOptions & { readonly host: string; readonly port: number } {
  const { to, host, port, tls, plain, fingerprint } = options;
  const trust = { tls, "no-tls": plain, fingerprint };
  if (to === undefined) {
    checkTrustOptions(trust, "--plain");
    return { host: host ?? "127.0.0.1", port: port ?? 12346, ...trust };
  }
  if ((host ?? port ?? fingerprint) !== undefined || plain) {
    throw new UsageError(
      "--to says all of it: leave out --host, --port, --fingerprint and --plain",
    );
  }
  return { ...to, tls: true, "no-tls": false };
}

/** A receiver's line; undefined where it is absent. */
function serverLink(doc: string): Option<ServerLink | undefined> {
  return {
    placeholder: "LINE",
    doc,
    read(value, name) {
      if (value === undefined) return undefined;
      try {
        return parseServerLink(String(value));
      } catch (cause) {
        throw new UsageError(`${name}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

async function dialOrExplain(
  address: string,
  dialReceiver: () => Promise<Connection>,
  signal: AbortSignal,
): Promise<Connection> {
  try {
    return await dialReceiver();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CertificateError) {
      const hint = error.fault === "unknown"
        ? ". Give the line that the receiver prints: --to LINE, or --fingerprint HEX"
        : "";
      throw new Failure(`${error.message}${hint}`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `Failed to connect to ${address} (${reason}): check the address, and that "${
        PROGRAM.replace("send", "receive")
      }" runs there`,
    );
  }
}
