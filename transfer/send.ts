import { resolve } from "@std/path/resolve";
import { RateLimit } from "../net/rate_limit.ts";
import { dial, formatAddress } from "../net/tcp.ts";
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
import { readRecipients } from "../program/age_files.ts";
import { Failure, UsageError } from "../program/failure.ts";
import { HeapKeeper } from "../program/heap.ts";
import { complain, flushLines, gatherLines, print } from "../program/output.ts";
import { requirePermissions } from "../program/permissions.ts";
import { receiptJson, receiptLine } from "../program/receipt_lines.ts";
import { runProgram } from "../program/run.ts";
import { untilStopped } from "../program/stop.ts";
import { PROGRESS_OPTIONS, TransferDisplay } from "../program/transfer_display.ts";
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

const COMMAND_LINE = {
  program: PROGRAM,
  summary:
    "Sends files and folders to a receiver; - is standard input. Ends with 0 only if it has saved every one, verified.",
  operands: { placeholder: "PATH…", atLeast: 1 },
  options: {
    host: word("ADDRESS", "where the receiver listens", "127.0.0.1"),
    port: port("the receiver's port", 1, 12346),
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
  const { host, port, hash, json, operands, name } = options;
  const readsInput = operands.length === 1 && operands[0] === "-";
  if (readsInput !== (name !== undefined)) {
    throw new UsageError(
      "Standard input needs a name, and nothing beside it: send.ts - --name NAME",
    );
  }
  const paths = readsInput ? [] : operands;
  const display = new TransferDisplay("sent", options, print);
  const address = formatAddress({ host, port });
  await requirePermissions({ set: "send", file: PROGRAM }, [
    { permission: { name: "net", host: address }, reason: "reach the receiver" },
    ...paths.map((path) => ({
      permission: { name: "read", path: resolve(path) } as const,
      reason: "send it",
    })),
  ]);

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
  const connection = limited(await dialOrExplain(host, port, stop.signal));
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
        return limited(await dial({ host, port, signal }));
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

async function dialOrExplain(host: string, port: number, signal: AbortSignal) {
  try {
    return await dial({ host, port, signal });
  } catch (error) {
    signal.throwIfAborted();
    const address = formatAddress({ host, port });
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `Failed to connect to ${address} (${reason}): check the address, and that "${
        PROGRAM.replace("send", "receive")
      }" runs there`,
    );
  }
}
