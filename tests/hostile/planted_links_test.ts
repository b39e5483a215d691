import { assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { FolderInbox, type OnExists } from "../../transfer/folder_inbox.ts";
import { hashText } from "../../transfer/hash.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";
import { type Answer, BadSender } from "./attack.ts";

// Whoever plants has the inbox's folder too: these attacks cannot be tried over the network alone.

const NAME = "top/below/file";
const MINE = "somebody's own";
const EVIL = "the sender's";
const MTIME = 1_700_000_000_000;

/** The name of the part that a later run would go on with: whoever knows the file knows it. */
const PART = `.recv-${hashText(JSON.stringify([NAME, EVIL.length, MTIME])).slice(0, 32)}.part`;

/** What is planted: where, and to what outside of the inbox; what is there already makes room. */
const PLANTS: readonly (readonly [string, (inbox: TempFolder, outside: TempFolder) => void])[] = [
  ["a link at the target to somebody's file", (inbox, outside) => {
    makeRoom(inbox, "recv-top/below/file");
    Deno.symlinkSync(outside.file("victim"), inbox.file("recv-top/below/file"));
  }],
  ["a link at the target to nothing yet", (inbox, outside) => {
    makeRoom(inbox, "recv-top/below/file");
    Deno.symlinkSync(outside.file("new"), inbox.file("recv-top/below/file"));
  }],
  ["a link at the target to a folder", (inbox, outside) => {
    makeRoom(inbox, "recv-top/below/file");
    Deno.symlinkSync(outside.path, inbox.file("recv-top/below/file"));
  }],
  ["a hard link at the target to somebody's file", (inbox, outside) => {
    makeRoom(inbox, "recv-top/below/file");
    Deno.linkSync(outside.file("victim"), inbox.file("recv-top/below/file"));
  }],
  ["a link at the folder", (inbox, outside) => {
    makeRoom(inbox, "recv-top/below");
    Deno.symlinkSync(outside.path, inbox.file("recv-top/below"));
  }],
  ["a link at the top folder", (inbox, outside) => {
    makeRoom(inbox, "recv-top");
    Deno.mkdirSync(outside.file("below"), { recursive: true });
    Deno.symlinkSync(outside.path, inbox.file("recv-top"));
  }],
  ["a link at the top folder to nothing yet", (inbox, outside) => {
    makeRoom(inbox, "recv-top");
    Deno.symlinkSync(outside.file("new"), inbox.file("recv-top"));
  }],
  ["a link at the part to somebody's file", (inbox, outside) => {
    makeRoom(inbox, PART);
    Deno.symlinkSync(outside.file("victim"), inbox.file(PART));
  }],
  ["a link at the part to nothing yet", (inbox, outside) => {
    makeRoom(inbox, PART);
    Deno.symlinkSync(outside.file("new"), inbox.file(PART));
  }],
  ["a hard link at the part to somebody's file", (inbox, outside) => {
    makeRoom(inbox, PART);
    Deno.linkSync(outside.file("victim"), inbox.file(PART));
  }],
  ["a folder at the part", (inbox) => {
    makeRoom(inbox, PART);
    Deno.mkdirSync(inbox.file(PART));
  }],
];

/** Takes away what has a name, and makes the folders above it where there are none. */
function makeRoom(inbox: TempFolder, name: string): void {
  const above = inbox.file(name).replace(/\/[^/]*$/, "");
  Deno.mkdirSync(above, { recursive: true });
  try {
    Deno.removeSync(inbox.file(name), { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

const MOMENTS = ["before the offer", "after the offer", "in mid-file", "before the end"] as const;

/** Sends one file, plants at a moment, and answers what was said of it. */
async function sendAndPlant(
  inbox: TempFolder,
  onExists: OnExists,
  mode: number | undefined,
  moment: typeof MOMENTS[number],
  plant: () => void,
): Promise<Answer> {
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(inbox.path, { onExists, fsync: false }))
    .catch(() => {});
  using wire = Wire.sender(here);
  const sender = new BadSender(wire, "", () => Promise.resolve());
  /** When a ping is answered, everything before it has been done. */
  const doneSoFar = async (at: typeof moment) => {
    if (at !== moment) return;
    await wire.send("ping", { t: 1 });
    await wire.next("pong");
    plant();
  };
  await sender.hello();
  await doneSoFar("before the offer");
  const id = await sender.offer(NAME, { size: EVIL.length, mtime: MTIME, mode });
  await doneSoFar("after the offer");
  await sender.start(id);
  await sender.data(EVIL.slice(0, 5));
  await doneSoFar("in mid-file");
  await sender.data(EVIL.slice(5));
  await doneSoFar("before the end");
  await sender.end(id, EVIL);
  for (;;) {
    const said = await wire.receive();
    if (said === undefined) throw new Error("Nothing was said of the file");
    if (said.type === "done" || said.type === "refuse" || said.type === "error") {
      wire[Symbol.dispose]();
      await receiving;
      return said;
    }
  }
}

/** A file whose bits are set takes one step more. */
const CASES = (["rename", "overwrite", "skip", "refuse"] as const).flatMap((onExists) =>
  ([undefined, 0o604] as const).map((mode) => [onExists, mode] as const)
);

for (const [what, plant] of PLANTS) {
  for (const moment of MOMENTS) {
    Deno.test(`${what}, planted ${moment}, leads no byte out of the inbox`, async () => {
      for (const [onExists, mode] of CASES) {
        await using around = new TempFolder();
        await using inbox = new TempFolder(around.file("inbox"));
        await using outside = new TempFolder(around.file("outside"));
        for (const { path } of [inbox, outside]) Deno.mkdirSync(path);
        await outside.write("victim", MINE);
        await Deno.utime(outside.file("victim"), 1_000, 1_000);
        const victim = Deno.statSync(outside.file("victim"));
        let before: string[] = [];
        const answer = await sendAndPlant(inbox, onExists, mode, moment, () => {
          plant(inbox, outside);
          before = outside.names();
        });
        const about = `${onExists}, ${mode}: ${JSON.stringify(answer.payload)}`;
        assertEquals(outside.names(), before, about);
        assertEquals(await Deno.readTextFile(outside.file("victim")), MINE, about);
        assertEquals(Deno.statSync(outside.file("victim")).mtime, victim.mtime, about);
        assertEquals(Deno.statSync(outside.file("victim")).mode, victim.mode, about);
        // What is planted may stay; of ours nothing but a file that has its receipt.
        const strangers = inbox.names().filter((name) =>
          name !== PART && name !== "recv-top" && !name.endsWith(".journal")
        );
        assertEquals(strangers, [], about);
        // What took the part's place while it was written is not ours to remove.
        if (what.includes("at the part") && ["in mid-file", "before the end"].includes(moment)) {
          assertEquals(inbox.names().includes(PART), true, about);
        }
        if (answer.type !== "done") continue;
        const saved = inbox.file(answer.payload.savedAs);
        assertEquals(Deno.lstatSync(saved).isFile, true, about);
        assertEquals(
          Deno.realPathSync(saved),
          `${Deno.realPathSync(inbox.path)}/${answer.payload.savedAs}`,
        );
        assertEquals(await Deno.readTextFile(saved), EVIL, about);
      }
    });
  }
}
