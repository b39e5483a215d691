import { assertEquals } from "@std/assert";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { TempFolder } from "../support/temp.ts";

Deno.test("a folder never gets setuid, setgid or sticky from its sender, and stays its owner's to use", async () => {
  await using to = new TempFolder();
  const inbox = new FolderInbox(to.path, { fsync: false });
  const part = await inbox.open({
    id: 0,
    key: "k".repeat(16),
    name: "top",
    size: 0,
    kind: "directory",
    mode: 0o7000,
  }, "sha256");
  part.begin(0);
  await part.commit("");
  assertEquals(Deno.statSync(to.file("recv-top")).mode! & 0o7777, 0o700);
});
