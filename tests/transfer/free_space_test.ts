import { assert, assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { FolderInbox } from "../../transfer/folder_inbox.ts";
import { FreeSpace } from "../../transfer/free_space.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TempFolder } from "../support/temp.ts";

function codeOf(work: () => unknown): string {
  return assertThrows(work, ProtocolError).code;
}

Deno.test("what does not fit is no_space, with both numbers; what fits is taken", () => {
  const space = new FreeSpace("/", new FakeClock(), () => 1_000);
  space.take(1_000);
  const { code, message } = assertThrows(() => space.take(1), ProtocolError);
  assertEquals(code, "no_space");
  assertEquals(message, "Cannot take a file of 1 bytes: 0 are free on the disk");
});

Deno.test("the disk is looked at again after a second, and not for every file", () => {
  const clock = new FakeClock();
  let looks = 0;
  const space = new FreeSpace("/", clock, () => (looks++, 10_000));
  for (let file = 0; file < 100; file++) space.take(100);
  assertEquals(looks, 1);
  assertEquals(codeOf(() => space.take(1)), "no_space");
  clock.advance(1_000);
  space.take(10_000);
  assertEquals(looks, 2);
});

Deno.test("where the room cannot be told, everything is taken", () => {
  new FreeSpace("/", new FakeClock(), () => undefined).take(Number.MAX_SAFE_INTEGER);
});

Deno.test("the system is asked where the program may", () => {
  const space = new FreeSpace(Deno.cwd());
  space.take(1);
  // More than any disk has.
  assertEquals(codeOf(() => space.take(Number.MAX_SAFE_INTEGER)), "no_space");
});

Deno.test("an inbox refuses what does not fit; of a file that is there in part the rest has to fit", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path, { measureFree: () => 600, clock: new FakeClock() });
  const offer = (name: string, size: number | null, id = 0): Offer => ({
    id,
    key: `${name}`.padEnd(16, "k"),
    name,
    size,
    kind: "file",
    mtime: 5,
  });
  assertEquals(codeOf(() => inbox.open(offer("large", 601), "sha256")), "no_space");
  // What does not know its size is found out when it is written.
  (await inbox.open(offer("pipe", null), "sha256")).abort();
  const roomy = new FolderInbox(folder.path, { measureFree: () => 10_000 });
  const part = await roomy.open(offer("half", 1_000), "sha256");
  part.begin(0);
  part.write(new Uint8Array(500));
  part.abort(true);
  const rest = await inbox.open(offer("half", 1_000, 1), "sha256");
  assertEquals(rest.held?.size, 500);
  rest.abort(true);
  const tight = new FolderInbox(folder.path, { measureFree: () => 499 });
  let code = "";
  try {
    await tight.open(offer("half", 1_000, 2), "sha256");
  } catch (error) {
    code = (error as ProtocolError).code;
  }
  assertEquals(code, "no_space");
  // The part is still there for later.
  assert(folder.names().some((name) => name.endsWith(".part")));
});

Deno.test("the room of a file that came to nothing is there at once, for the sender that connects again", async () => {
  await using folder = new TempFolder();
  const inbox = new FolderInbox(folder.path, { measureFree: () => 1_000, clock: new FakeClock() });
  const offer: Offer = { id: 0, key: "k".repeat(16), name: "a", size: 900, kind: "file", mtime: 5 };
  const first = await inbox.open(offer, "sha256");
  assertEquals(codeOf(() => inbox.open({ ...offer, name: "b" }, "sha256")), "no_space");
  first.abort(true);
  const second = await inbox.open(offer, "sha256");
  second.begin(0);
  second.write(new Uint8Array(900));
  await second.commit("0".repeat(64));
  // What was saved is no room.
  assertEquals(codeOf(() => inbox.open({ ...offer, name: "b" }, "sha256")), "no_space");
});
