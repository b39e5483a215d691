import { assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { FolderInbox, type OnExists } from "../../transfer/folder_inbox.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";
import type { Attack } from "./attack.ts";
import { attempt } from "./attempt.ts";
import { TRANSFER_ATTACKS } from "./transfer_attacks.ts";

/** Tries an attack on our own receiver, in this process and with a clock that stands still. */
async function withstand(attack: Attack, onExists: OnExists): Promise<void> {
  await using around = new TempFolder();
  const folder = around.file("inbox");
  await Deno.mkdir(folder);
  const inbox = new FolderInbox(folder, { onExists, fsync: false });
  const clock = new FakeClock();
  const receivers: Promise<unknown>[] = [];
  const { failure, saved } = await attempt(attack, {
    dial() {
      const [here, there] = memoryPair();
      receivers.push(receiveFiles(there, inbox, { clock }).catch(() => {}));
      return Promise.resolve(here);
    },
    clock,
    pause: (ms) => clock.advanceAsync(ms),
    patienceMs: 60_000,
    folder: "hostile",
  });
  await Promise.all(receivers);
  assertEquals(failure, undefined, onExists);
  // What was told is what is there: no parts, nothing under another name, nothing elsewhere.
  assertEquals(around.names(), ["inbox"], onExists);
  assertEquals(filesIn(folder), saved.map(({ savedAs }) => savedAs).sort(), onExists);
  for (const { savedAs, content } of saved) {
    const path = `${folder}/${savedAs}`;
    assertEquals(await Deno.readTextFile(path), content, `${onExists}: ${savedAs}`);
    assertEquals((await Deno.stat(path)).mode! & 0o7000, 0, `${onExists}: setuid`);
  }
  assertEquals(clock.pending, 0, `${onExists}: timers are left`);
}

/** The paths of the files below a folder, relative to it, but for the receiver's own receipts. */
function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return filesIn(folder, `${below}${name}/`);
    return /^\.recv-.*\.journal$/.test(name) ? [] : [below + name];
  }).sort();
}

for (const attack of TRANSFER_ATTACKS) {
  Deno.test(`${attack.name}: the sender reads ${attack.reads.words}`, async () => {
    for (const onExists of ["rename", "overwrite", "skip", "refuse"] as const) {
      await withstand(attack, onExists);
    }
  });
}
