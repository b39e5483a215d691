import { systemClock } from "../../clock/clock.ts";
import { type Address, dial, formatAddress } from "../../net/tcp.ts";
import { type CommandLine, flag, integer, type Option, word } from "../../program/command_line.ts";
import { Failure, UsageError } from "../../program/failure.ts";
import { print } from "../../program/output.ts";
import { runProgram } from "../../program/run.ts";
import { escapeText } from "../../terminal/escape.ts";
import { attempt, type Target } from "./attempt.ts";
import { TRANSFER_ATTACKS } from "./transfer_attacks.ts";

const COMMAND_LINE = {
  program: "tests/hostile/run.ts",
  summary: "Attacks a receiver of files, and tells what it withstands: one line for each attack.",
  operands: { placeholder: "HOST:PORT", atLeast: 1 },
  options: {
    slow: flag("also the attacks that take time, up to 80 seconds each"),
    only: word("TEXT", "only the attacks whose name holds this", undefined),
    patience: integer(
      "SECONDS",
      "how long the receiver may take to answer",
      { min: 1, max: 3_600 },
      10,
    ),
  },
} satisfies CommandLine<Record<string, Option<unknown>>>;

await runProgram(COMMAND_LINE, async ({ operands, slow, only = "", patience }) => {
  const address = readAddress(operands);
  const folder = `hostile-${crypto.getRandomValues(new Uint8Array(4)).toHex()}`;
  await requireListener(address);
  print(
    `attacking ${
      formatAddress(address)
    }: it will keep the folder recv-${folder}, with small files; a receiver that fails may keep others named hostile, perhaps outside of its folder`,
  );
  const target: Omit<Target, "folder"> = {
    dial: () => dial(address),
    clock: systemClock,
    pause,
    patienceMs: patience * 1_000,
  };
  const counts = { ok: 0, failed: 0, skipped: 0 };
  for (const [at, attack] of TRANSFER_ATTACKS.entries()) {
    const name = escapeText(attack.name);
    if (!attack.name.includes(only)) continue;
    if (attack.seconds !== undefined && !slow) {
      counts.skipped++;
      print(`skipped (takes ${attack.seconds} s, see --slow): ${name}`);
      continue;
    }
    // A folder for each attack, so that none meets what another one has left.
    const failure = await attempt(attack, { ...target, folder: `${folder}/${at}` }).then(
      (outcome) => outcome.failure,
      (error) => `cannot go on: ${error instanceof Error ? error.message : error}`,
    );
    counts[failure === undefined ? "ok" : "failed"]++;
    print(failure === undefined ? `ok: ${name}` : `FAILED: ${name}: ${escapeText(failure)}`);
  }
  print(`${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed === 0 && counts.ok > 0 ? 0 : 1;
});

/** Reads `HOST:PORT`; the `--` that `deno task hostile -- HOST:PORT` hands on is no part of it. */
function readAddress(operands: readonly string[]): Address {
  const [written, ...others] = operands;
  const [, host, port] = /^(?:\[?)([^\]]+?)\]?:(\d{1,5})$/.exec(written ?? "") ?? [];
  if (host === undefined || others.length > 0) {
    throw new UsageError(
      `Cannot attack ${
        JSON.stringify(operands.join(" "))
      }: say HOST:PORT, and options before it (deno task hostile --slow -- HOST:PORT)`,
    );
  }
  return { host, port: Number(port) };
}

async function requireListener(address: Address): Promise<void> {
  try {
    (await dial(address)).close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(
      `Cannot reach ${formatAddress(address)}: ${reason}. Start a receiver there first`,
    );
  }
}

/** Waits, at most until the connection has ended. */
async function pause(ms: number, ended: Promise<unknown>): Promise<void> {
  const over = Promise.withResolvers<void>();
  using _timer = systemClock.after(ms, over.resolve);
  await Promise.race([over.promise, ended]);
}
