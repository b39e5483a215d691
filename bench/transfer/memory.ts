import { join } from "@std/path";
import { type Bench, plural } from "./bench.ts";
import { parley } from "./parley.ts";
import { peakMemory } from "./peak_memory.ts";
import {
  type Claim,
  finishSection,
  fixed,
  heading,
  say,
  type SectionResult,
  table,
} from "./report.ts";
import { writeSmallFiles, writeSparse } from "./test_data.ts";

const LIMIT_MIB = 128;
const SMALL_MIB = 100;
/** Small enough that 200,000 of them are made soon. */
const TINY_BYTES = 100;
/** What a folder's file system keeps free beside the file. */
const ROOM_FACTOR = 1.1;

interface Peak {
  readonly sent: string;
  /** Where the receiver writes. */
  readonly into: string;
  readonly senderMiB: number;
  readonly receiverMiB: number;
  readonly seconds: number;
}

/** The most memory that our programs need: by the size of a file, and by the number of files. */
export async function memory(bench: Bench): Promise<SectionResult> {
  const { work, disk, diskSystem, workSystem, sizes: { memoryMiB, memoryFiles } } = bench;
  const peaks: Peak[] = [];

  // A receiver that writes to a folder is the one that counts; both sizes go the same way.
  const hasRoom = diskSystem.freeBytes > memoryMiB * 2 ** 20 * ROOM_FACTOR;
  const fileWay = hasRoom
    ? { into: `a folder on ${diskSystem.type}`, folder: disk, receive: [] }
    : { into: "--stdout to /dev/null", folder: work, receive: ["--stdout"] };
  for (const mebibytes of [SMALL_MIB, memoryMiB]) {
    const path = join(work, "sparse.bin");
    writeSparse(path, mebibytes * 2 ** 20);
    peaks.push(
      await peakOf(bench, `1 file of ${mebibytes.toLocaleString("en")} MiB`, path, fileWay),
    );
    Deno.removeSync(path);
  }

  const filesWay = { into: `a folder on ${workSystem.type}`, folder: work, receive: [] };
  for (const count of [1, memoryFiles]) {
    const path = join(work, "tiny");
    // All in one folder: that its names are not gathered is what is hard.
    writeSmallFiles(path, count, TINY_BYTES);
    const sent = `${plural(count, "file")} of ${TINY_BYTES} bytes in one folder`;
    peaks.push(await peakOf(bench, sent, path, filesWay));
    Deno.removeSync(path, { recursive: true });
  }

  heading("Peak resident memory (VmHWM) of both programs, one run each");
  table(
    [":sent", ":received into", "sender MiB", "receiver MiB", "limit MiB", "seconds"],
    peaks.map(({ sent, into, senderMiB, receiverMiB, seconds }) => {
      const [sender, receiver] = [senderMiB.toFixed(0), receiverMiB.toFixed(0)];
      return [sent, into, sender, receiver, String(LIMIT_MIB), fixed(seconds)];
    }),
  );
  say("");
  for (const [small, large] of [peaks.slice(0, 2), peaks.slice(2)]) {
    const sender = signed(large!.senderMiB - small!.senderMiB);
    const receiver = signed(large!.receiverMiB - small!.receiverMiB);
    say(`${small!.sent} to ${large!.sent}: sender ${sender} MiB, receiver ${receiver} MiB.\n`);
  }
  say("The file is sparse: its zeros are read, hashed, sent and written like any bytes.");
  if (!hasRoom) {
    const needMiB = Math.ceil(memoryMiB * ROOM_FACTOR).toLocaleString("en");
    say(`${disk} has no room for ${needMiB} MiB: the big files were not saved in a folder.`);
  }
  const claims = peaks.flatMap(({ sent, senderMiB, receiverMiB }): Claim[] => [
    { ...PEAK, claim: `sender's peak, ${sent}`, measured: senderMiB },
    { ...PEAK, claim: `receiver's peak, ${sent}`, measured: receiverMiB },
  ]);
  const result = { section: "memory", peaks, claims };
  finishSection(result);
  return result;
}

const PEAK = { unit: "MiB", floor: LIMIT_MIB, isLimit: true } as const;

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(0)}`;
}

async function peakOf(
  bench: Bench,
  sent: string,
  path: string,
  { into, folder, receive }: { into: string; folder: string; receive: string[] },
): Promise<Peak> {
  const peaks: Record<"sender" | "receiver", Promise<number>> = {
    sender: Promise.resolve(NaN),
    receiver: Promise.resolve(NaN),
  };
  const programs = parley(bench, "parley", "", {
    receive,
    onStarted: (program, pid) => peaks[program] = peakMemory(pid),
  });
  const to = join(folder, "in");
  Deno.mkdirSync(to);
  try {
    const seconds = await programs.send(path, to);
    const senderMiB = await peaks.sender / 2 ** 20;
    const receiverMiB = await peaks.receiver / 2 ** 20;
    return { sent, into, senderMiB, receiverMiB, seconds };
  } finally {
    Deno.removeSync(to, { recursive: true });
  }
}
