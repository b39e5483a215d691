import { join } from "@std/path";
import { type Bench, plural } from "./bench.ts";
import { compare, type Figure, median } from "./compare.ts";
import type { Contender } from "./contender.ts";
import { LinkProxy } from "./link_proxy.ts";
import { parley } from "./parley.ts";
import { type Claim, compareTable, finishSection, fixed, heading, oneLine } from "./report.ts";
import { say, type SectionResult, table } from "./report.ts";
import { arrivedIn, contentOf, writeNoise, writeSmallFiles } from "./test_data.ts";

const LINK = { delayMs: 50, bytesPerSecond: 20e6 } as const;
const LINK_TEXT = "a link of 20 MB/s and 50 ms each way";
const SMALL_BYTES = 20 * 1_024;
/** More rounds say little here: what is measured is mostly the link. */
const MOST_ROUNDS = 3;
/** Peers that wait for an answer to every file would take minutes. */
const DEADLINE_MS = 120_000;
/** How much of the file is there when the cable is cut. */
const CUT_AT = 0.9;
const CUT_POLL_MS = 2;

/** How much of a slow link is used, and what of an interrupted transfer is not sent again. */
export async function slowLink(bench: Bench): Promise<SectionResult> {
  const { peers, work, sizes } = bench;
  const rounds = Math.min(sizes.rounds, MOST_ROUNDS);
  using link = new LinkProxy(LINK);
  const ours = parley(bench, "parley", "verified by SHA-256, synced");
  const contenders = [
    ours,
    peers.rsync?.("rsync daemon", "verified by xxh128, not synced"),
    peers.scp,
  ].filter((contender) => contender !== undefined);
  const options = { rounds, warmUp: false, into: work, via: link.to, deadlineMs: DEADLINE_MS };

  const bigBytes = sizes.linkMegabytes * 1e6;
  const bigPath = join(work, "big.bin");
  writeNoise(bigPath, bigBytes);
  const big = [
    await rawCopy(link, bigBytes, rounds),
    ...await compare(bigPath, contenders, options),
  ];
  heading(`One file of ${sizes.linkMegabytes} MB over ${LINK_TEXT}, ${plural(rounds, "round")}`);
  compareTable(big, ["of the link", (seconds) => percent(shareOfLink(bigBytes, seconds))]);

  const smallBytes = sizes.linkFiles * SMALL_BYTES;
  const smallPath = join(work, "many");
  writeSmallFiles(smallPath, sizes.linkFiles, SMALL_BYTES);
  const small = [
    await rawCopy(link, smallBytes, rounds),
    ...await compare(smallPath, contenders, options),
  ];
  Deno.removeSync(smallPath, { recursive: true });
  heading(`${plural(sizes.linkFiles, "file")} of 20 KiB over the same link`);
  compareTable(small, ["of the link", (seconds) => percent(shareOfLink(smallBytes, seconds))]);

  const wholeOf = (name: string) =>
    median(big.find(({ contender }) => contender === name)?.seconds ?? []);
  const resumers = [ours];
  const rsync = peers.rsync?.("rsync daemon", "", ["--partial", "--append-verify"]);
  if (rsync !== undefined) resumers.push(rsync);
  const resumed: Resumed[] = [];
  for (const contender of resumers) {
    resumed.push(await resume(link, contender, bigPath, work, wholeOf(contender.name)));
  }
  Deno.removeSync(bigPath);
  heading(`The same file again over the same link, cut at ${percent(CUT_AT * 100)}, 1 round`);
  table(
    [":", "there before", "second run s", "sent again MB", "whole first time s", "of it"],
    resumed.map(({ contender, therePercent, seconds, sentBytes, wholeSeconds, failure }) =>
      failure === undefined
        ? [
          contender,
          percent(therePercent),
          fixed(seconds),
          (sentBytes / 1e6).toFixed(1),
          fixed(wholeSeconds),
          percent(100 * seconds / wholeSeconds),
        ]
        : [contender, "–", "–", "–", fixed(wholeSeconds), oneLine(failure)]
    ),
  );
  say("\nrsync runs with --partial --append-verify; nc, socat and scp begin again from the start.");

  const result = {
    section: "slow",
    link: LINK,
    rounds,
    big: { bytes: bigBytes, figures: big },
    small: { files: sizes.linkFiles, bytes: smallBytes, figures: small },
    resumed,
    claims: [
      { ...SHARE, claim: "one big file, of the link", ...shareBy(big, bigBytes), floor: 90 },
      { ...SHARE, claim: "small files, of the link", ...shareBy(small, smallBytes), floor: 70 },
      {
        claim: "resume, of the whole time",
        measured: 100 * resumed[0]!.seconds / resumed[0]!.wholeSeconds,
        unit: "%",
        floor: 15,
        isLimit: true,
      },
    ] satisfies Claim[],
  };
  finishSection(result);
  return result;
}

const SHARE = { unit: "%" } as const;

function shareBy(figures: readonly Figure[], bytes: number): { measured: number } {
  const ours = figures.find(({ contender }) => contender === "parley")!;
  return { measured: shareOfLink(bytes, median(ours.seconds)) };
}

function shareOfLink(bytes: number, seconds: number): number {
  return 100 * bytes / seconds / LINK.bytesPerSecond;
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}

/** Bytes over one connection and nothing else: what anybody can reach through the proxy. */
async function rawCopy(link: LinkProxy, bytes: number, rounds: number): Promise<Figure> {
  const chunk = new Uint8Array(65_536);
  const seconds: number[] = [];
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const takeAll = async () => {
    using connection = await listener.accept();
    const into = new Uint8Array(262_144);
    let taken = 0;
    for (let count; (count = await connection.read(into)) !== null;) taken += count;
    if (taken !== bytes) throw new Error(`The link lost ${bytes - taken} bytes`);
  };
  const bringAll = async () => {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: link.to(listener.addr.port),
    });
    for (let left = bytes; left > 0;) {
      left -= await connection.write(chunk.subarray(0, Math.min(left, chunk.length)));
    }
    await connection.closeWrite();
    await connection.read(chunk);
  };
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    const taking = takeAll();
    const bringing = bringAll();
    await taking;
    seconds.push((performance.now() - startedAt) / 1_000);
    await bringing;
  }
  return { contender: "raw TCP copy", promises: "nothing; what this link carries", seconds };
}

interface Resumed {
  readonly contender: string;
  /** How much of the file was there when it was sent again. */
  readonly therePercent: number;
  readonly seconds: number;
  /** What went over the link the second time. */
  readonly sentBytes: number;
  /** What the file took when it was not interrupted. */
  readonly wholeSeconds: number;
  /** Why there are no figures. */
  readonly failure?: string;
}

/** Cuts the cable and kills the sender when most has arrived, and sends again. */
async function resume(
  link: LinkProxy,
  contender: Contender,
  path: string,
  into: string,
  wholeSeconds: number,
): Promise<Resumed> {
  const { bytes } = contentOf(path);
  const { name } = contender;
  const to = join(into, "in");
  Deno.mkdirSync(to);
  try {
    await sendUntilCut(link, contender, path, to, CUT_AT * bytes);
    const therePercent = 100 * contentOf(to).bytes / bytes;
    const before = link.deliveredBytes;
    const seconds = await contender.send(path, to, { via: link.to });
    const arrived = arrivedIn(to);
    if (arrived.files !== 1 || arrived.bytes !== bytes) {
      throw new Error(`${arrived.files} files of ${arrived.bytes} bytes came of ${bytes} bytes`);
    }
    const sentBytes = link.deliveredBytes - before;
    return { contender: name, therePercent, seconds, sentBytes, wholeSeconds };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return {
      contender: name,
      therePercent: NaN,
      seconds: NaN,
      sentBytes: NaN,
      wholeSeconds,
      failure,
    };
  } finally {
    Deno.removeSync(to, { recursive: true });
  }
}

async function sendUntilCut(
  link: LinkProxy,
  contender: Contender,
  path: string,
  to: string,
  afterBytes: number,
): Promise<void> {
  const cutAt = link.deliveredBytes + afterBytes;
  const power = new AbortController();
  const cut = new Error("The cable was cut");
  const watch = setInterval(() => {
    if (link.deliveredBytes < cutAt) return;
    clearInterval(watch);
    // The sender goes first, so that it cannot dial again.
    power.abort(cut);
    link.cut();
  }, CUT_POLL_MS);
  try {
    await contender.send(path, to, { via: link.to, signal: power.signal });
  } catch (error) {
    if (error !== cut) throw error;
  } finally {
    clearInterval(watch);
  }
}
