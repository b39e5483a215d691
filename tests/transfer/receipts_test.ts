import { assert, assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import type { Offer, ReceiverMessage } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { hashText } from "../../transfer/hash.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const DAY_MS = 86_400_000;
const KEY = "k".repeat(16);

interface Try {
  readonly key?: string;
  readonly name?: string;
  readonly text?: string;
  readonly inline?: boolean;
  readonly mtime?: number;
}

/** Sends one file over a connection of its own; what came back, and whether its bytes were asked for. */
async function send(
  inbox: FolderInbox,
  { key = KEY, name = "a", text = "abc", inline = false, mtime = 5 }: Try = {},
): Promise<{ readonly savedAs: string; readonly wasAsked: boolean }> {
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, inbox);
  using sender = Wire.sender(here);
  const bytes = new TextEncoder().encode(text);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  const offer: Offer = { id: 0, key, name, size: bytes.length, kind: "file", mtime };
  await sender.send("offer", inline ? { ...offer, inline } : offer);
  let answer: ReceiverMessage | undefined;
  if (!inline) {
    await sender.next("welcome");
    answer = await sender.receive();
  }
  const wasAsked = answer?.type === "accept";
  if (inline || wasAsked) {
    await sender.send("start", { id: 0, offset: 0 });
    await sender.data(bytes);
    await sender.send("end", { id: 0, size: bytes.length, hash: hashText(text) });
  }
  const done = answer?.type === "done" ? answer.payload : await sender.next("done");
  assertEquals([done.size, done.hash], [bytes.length, hashText(text)]);
  await sender.send("bye", { files: 1, bytes: bytes.length });
  await sender.next("bye");
  await sender.closeWrite();
  await receiving;
  return { savedAs: done.savedAs, wasAsked };
}

Deno.test("a key that was saved gets its receipt again, and makes no second copy", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  assertEquals(await send(inbox), { savedAs: "recv-a", wasAsked: true });
  assertEquals(await send(inbox), { savedAs: "recv-a", wasAsked: false });
  assertEquals(to.names(), ["recv-a"]);
});

Deno.test("another key is another file", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  await send(inbox);
  assertEquals((await send(inbox, { key: "l".repeat(16) })).savedAs, "recv-a (1)");
});

Deno.test("a key under another name, or with another size, is another file", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  await send(inbox);
  assertEquals((await send(inbox, { name: "b" })).savedAs, "recv-b");
  assertEquals((await send(inbox, { text: "longer" })).savedAs, "recv-a (1)");
});

Deno.test("a receipt outlives the receiver, wherever the file is by then", async () => {
  await using to = new TempFolder();
  await send(new FolderInbox(to.path));
  assertEquals((await send(new FolderInbox(to.path))).savedAs, "recv-a");
  await Deno.remove(to.file("recv-a"));
  assertEquals(await send(new FolderInbox(to.path)), { savedAs: "recv-a", wasAsked: false });
  assertEquals(to.names(), []);
  assertEquals((await Deno.stat(to.file(to.journals()[0]!))).mode! & 0o777, 0o600);
});

Deno.test("small files are remembered while the receiver runs, and are in no journal", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  await send(inbox, { inline: true });
  assertEquals((await send(inbox, { inline: true })).savedAs, "recv-a");
  assertEquals([to.names(), to.journals()], [["recv-a"], []]);
});

Deno.test("a receipt is kept for 7 days, its journal not for long after", async () => {
  await using to = new TempFolder();
  const clock = new FakeClock();
  await send(new FolderInbox(to.path, { clock }));
  clock.advance(6.9 * DAY_MS);
  assertEquals((await send(new FolderInbox(to.path, { clock }))).wasAsked, false);
  clock.advance(1.2 * DAY_MS);
  assertEquals((await send(new FolderInbox(to.path, { clock }))).savedAs, "recv-a (1)");
  assertEquals(to.journals().length, 1);
});

Deno.test("lines of a journal that are damaged are passed over, the others count", async () => {
  await using to = new TempFolder();
  await send(new FolderInbox(to.path));
  const [journal] = to.journals();
  const line = await Deno.readTextFile(to.file(journal!));
  const wrong = JSON.stringify({ ...JSON.parse(line), key: "l".repeat(16), savedAs: 5 });
  await Deno.writeTextFile(
    to.file(journal!),
    `\nnull\n[]\n{"key":\n${wrong}\n${line}${line.slice(0, 40)}`,
  );
  const inbox = new FolderInbox(to.path);
  assertEquals((await send(inbox)).wasAsked, false);
  assertEquals((await send(inbox, { key: "l".repeat(16) })).wasAsked, true);
});

Deno.test("a journal that is a link, a hard link or a pipe leads nowhere and is not written", async () => {
  await using outside = new TempFolder();
  for (const plant of ["link", "hard link", "dangling link", "pipe"]) {
    await using to = new TempFolder();
    await send(new FolderInbox(to.path));
    const journal = to.file(to.journals()[0]!);
    const secret = await outside.write("secret", await Deno.readTextFile(journal));
    await Deno.remove(journal);
    if (plant === "link") await Deno.symlink(secret, journal);
    else if (plant === "hard link") await Deno.link(secret, journal);
    else if (plant === "pipe") await new Deno.Command("mkfifo", { args: [journal] }).output();
    else await Deno.symlink(outside.file("new"), journal);
    const before = await Deno.readTextFile(secret);
    const { savedAs, wasAsked } = await send(new FolderInbox(to.path));
    if (plant !== "hard link") assertEquals([savedAs, wasAsked], ["recv-a (1)", true], plant);
    await send(new FolderInbox(to.path), { key: "m".repeat(16), name: "b" });
    assertEquals(await Deno.readTextFile(secret), before, plant);
    assertEquals(outside.names(), ["secret"], plant);
  }
});

/** As it lies when a receiver stopped between naming a file and saying so: two names, and no receipt. */
async function stoppedBeforeReceipt(to: TempFolder, text: string): Promise<void> {
  await send(new FolderInbox(to.path), { text });
  const part = `.recv-${hashText(JSON.stringify(["a", text.length, 5])).slice(0, 32)}.part`;
  await Deno.link(to.file("recv-a"), to.file(part));
  for (const journal of to.journals()) await Deno.remove(to.file(journal));
}

/** Offers the file that was placed, and is told so; then `goOn` sends what it wants to. */
async function offerPlaced(
  inbox: FolderInbox,
  text: string,
  goOn: (sender: Wire<ReceiverMessage>) => Promise<void>,
): Promise<void> {
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, inbox).catch(() => {});
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  const size = text.length;
  await sender.send("offer", { id: 0, key: KEY, name: "a", size, kind: "file", mtime: 5 });
  const { offset, hash } = await sender.next("accept");
  assertEquals([offset, hash], [size, hashText(text)]);
  await goOn(sender);
  await sender.closeWrite();
  await receiving;
}

Deno.test("a receiver that stopped between naming a file and saying so makes no second copy", async () => {
  await using to = new TempFolder();
  const text = "abc".repeat(1_000);
  await stoppedBeforeReceipt(to, text);
  const inbox = new FolderInbox(to.path);
  await offerPlaced(inbox, text, async (sender) => {
    await sender.send("start", { id: 0, offset: 3_000 });
    await sender.send("end", { id: 0, size: 3_000, hash: hashText(text) });
    assertEquals((await sender.next("done")).savedAs, "recv-a");
  });
  assertEquals(to.names(), ["recv-a"]);
  // The receipt was lost: the next receiver has it all the same.
  assertEquals(await send(new FolderInbox(to.path), { text }), {
    savedAs: "recv-a",
    wasAsked: false,
  });
});

Deno.test("nor does one whose sender was lost before it could say that it has the same", async () => {
  await using to = new TempFolder();
  const text = "abc".repeat(1_000);
  await stoppedBeforeReceipt(to, text);
  for (const inbox of [new FolderInbox(to.path), new FolderInbox(to.path)]) {
    await offerPlaced(inbox, text, () => Promise.resolve());
  }
  await offerPlaced(new FolderInbox(to.path), text, async (sender) => {
    await sender.send("start", { id: 0, offset: 3_000 });
    await sender.send("end", { id: 0, size: 3_000, hash: hashText(text) });
    assertEquals((await sender.next("done")).savedAs, "recv-a");
  });
  assertEquals(to.names(), ["recv-a"]);
});

Deno.test("a disk that takes no journal costs no file", async () => {
  await using to = new TempFolder();
  const day = new Date().toISOString().slice(0, 10);
  await Deno.mkdir(to.file(`.recv-${day}.journal`));
  assertEquals((await send(new FolderInbox(to.path))).savedAs, "recv-a");
  assert(to.names().includes("recv-a"));
});

Deno.test("a folder that cannot be looked through costs its receipts, not the connection", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path);
  await Deno.remove(to.path);
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, inbox);
  using sender = Wire.sender(here);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  await sender.send("offer", { id: 0, key: KEY, name: "a", size: 3, kind: "file", mtime: 5 });
  await sender.next("accept");
  await sender.send("start", { id: 0, offset: 0 });
  assertEquals((await sender.next("error")).code, "write_failed");
  await sender.send("end", { id: 0, size: 0, hash: hashText("") });
  await sender.send("bye", { files: 0, bytes: 0 });
  await sender.next("bye");
  await sender.closeWrite();
  assertEquals((await receiving).failed, 1);
});

Deno.test("an old journal that another receiver has removed meanwhile hides no other one", async () => {
  await using to = new TempFolder();
  await send(new FolderInbox(to.path));
  await to.write(".recv-2020-01-01.journal", "");
  const { removeSync } = Deno;
  Deno.removeSync = (path) => {
    removeSync(path);
    // As it is told to the later one of two.
    if (String(path).endsWith(".journal")) removeSync(path);
  };
  try {
    const { savedAs, wasAsked } = await send(new FolderInbox(to.path));
    assertEquals([savedAs, wasAsked], ["recv-a", false]);
  } finally {
    Deno.removeSync = removeSync;
  }
});
