import { assertEquals } from "@std/assert";
import { encodeFrameHeader } from "../../codec/encoder.ts";
import { memoryPair } from "../../net/memory.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { hashText } from "../../transfer/hash.ts";
import { receiveFiles } from "../../transfer/receiver.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

Deno.test("a sender behind a very slow link is not given up: a kilobyte of a frame is a sign of life", async () => {
  await using folder = new TempFolder();
  const clock = new FakeClock();
  const [here, there] = memoryPair();
  const receiving = receiveFiles(there, new FolderInbox(folder.path), { clock });
  receiving.catch(() => {});
  using sender = Wire.sender(here);
  const content = "x".repeat(5_120);
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  const key = "k".repeat(16);
  await sender.send("offer", { id: 0, key, name: "a", size: content.length, kind: "file" });
  await sender.send("start", { id: 0, offset: 0 });
  await sender.raw(encodeFrameHeader("data", content.length));
  for (let at = 0; at < content.length; at += 1_024) {
    await sender.text(content.slice(at, at + 1_024));
    await clock.advanceAsync(60_000);
  }
  await sender.send("end", { id: 0, size: content.length, hash: hashText(content) });
  await sender.next("done");
  await sender.send("bye", { files: 1, bytes: content.length });
  await sender.next("bye");
  sender[Symbol.dispose]();
  assertEquals((await receiving).complete, true);
});
