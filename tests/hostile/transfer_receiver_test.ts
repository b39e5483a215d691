import { assert, assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { memoryPair } from "../../net/memory.ts";
import type { SenderMessage } from "../../protocol/transfer.ts";
import { sendFiles } from "../../transfer/sender.ts";
import type { FailedFile } from "../../transfer/transferred_file.ts";
import type { Source } from "../../transfer/source.ts";
import { turn } from "../support/fake_clock.ts";
import { Wire } from "../support/wire.ts";

/** A source without an end, that counts what was read of it. */
class Endless implements Source {
  readonly name = "endless";
  readonly size = null;
  bytes = 0;

  open() {
    return Promise.resolve({
      read: async (into: Uint8Array<ArrayBuffer>) => {
        await turn();
        this.bytes += into.length;
        return into.length;
      },
      [Symbol.dispose]() {},
    });
  }
}

function smallFile(name: string, size: number): Source {
  return {
    name,
    size,
    open: () => Promise.reject(new Error("it is small, and goes with its offer")),
    readWhole: () => size,
  };
}

/** A sender of some sources, and a raw receiver that has said welcome. */
async function meet(sources: Iterable<Source>): Promise<{
  readonly receiver: Wire<SenderMessage>;
  /** What the sender ended with. */
  readonly sending: Promise<unknown>;
  readonly failed: FailedFile[];
}> {
  const [here, there] = memoryPair();
  const failed: FailedFile[] = [];
  const sending = sendFiles(here, sources, { onFailed: (file) => failed.push(file) });
  sending.catch(() => {});
  const receiver = Wire.receiver(there);
  await receiver.next("hello");
  await receiver.send("welcome", { limits: {}, durable: "disk" });
  return { receiver, sending, failed };
}

/** What the sender says to a receiver that reads everything and answers nothing, until it waits. */
async function heardWithoutAnswer(sources: Iterable<Source>): Promise<SenderMessage[]> {
  const { receiver, sending } = await meet(sources);
  const heard: SenderMessage[] = [];
  const reading = (async () => {
    for (let said = await receiver.receive(); said !== undefined;) {
      heard.push(said);
      said = await receiver.receive();
    }
  })().catch(() => {});
  for (let before = -1; before !== heard.length;) {
    before = heard.length;
    for (let turns = 0; turns < 50; turns++) await turn();
  }
  receiver[Symbol.dispose]();
  await reading;
  await assertRejects(() => sending);
  return heard;
}

Deno.test("a receiver that never answers gets no more than 256 offers", async () => {
  function* sources() {
    for (let at = 0; at < 1_000; at++) yield smallFile(`f${at}`, 0);
  }
  const heard = await heardWithoutAnswer(sources());
  const offers = heard.filter(({ type }) => type === "offer").length;
  assert(offers >= 100 && offers <= 256, `${offers} offers`);
});

Deno.test("a receiver that never answers gets no more than 16 MiB with offers", async () => {
  function* sources() {
    for (let at = 0; at < 200; at++) yield smallFile(`f${at}`, 131_072);
  }
  const heard = await heardWithoutAnswer(sources());
  const ended = heard.filter(({ type }) => type === "end").length;
  assert(ended >= 1 && ended <= 128, `${ended} files of 128 KiB`);
});

Deno.test("a file that is refused in its midst is not sent to its end", async () => {
  const endless = new Endless();
  const { receiver, sending, failed } = await meet([endless]);
  await receiver.next("offer");
  await receiver.send("accept", { id: 0, offset: 0 });
  await receiver.next("start");
  await receiver.send("error", { id: 0, code: "no_space", message: "the disk is full" });
  assertEquals((await receiver.next("cancel")).id, 0);
  assertEquals((await receiver.next("bye")).files, 0);
  await receiver.send("bye", { files: 0, bytes: 0 });
  await receiver.closeWrite();
  await sending;
  assertEquals(failed.map(({ error }) => error.code), ["no_space"]);
});

for (
  const [what, misbehave, code] of [
    ["data", (receiver) => receiver.data(new Uint8Array(1)), "unexpected_data"],
    [
      "a sender's message",
      (receiver) => receiver.send("offer", { id: 0, name: "a" }),
      "unknown_type",
    ],
    ["garbage", (receiver) => receiver.text("garbage"), "bad_frame"],
    [
      "an answer to what was never offered",
      (receiver) => receiver.send("refuse", { id: 77, code: "exists", message: "x" }),
      "unexpected_message",
    ],
    [
      "a receipt for what was not sent yet",
      (receiver) =>
        receiver.send("done", {
          id: 0,
          savedAs: "x",
          size: 0,
          hash: "0".repeat(64),
          durable: "disk",
        }),
      "unexpected_message",
    ],
    [
      "two answers to one offer",
      async (receiver) => {
        await receiver.send("refuse", { id: 0, code: "exists", message: "x" });
        await receiver.send("refuse", { id: 0, code: "exists", message: "x" });
      },
      "unexpected_message",
    ],
    [
      "a negative offset",
      (receiver) => receiver.send("accept", { id: 0, offset: -1 }),
      "invalid_message",
    ],
  ] as readonly (readonly [string, (receiver: Wire<SenderMessage>) => Promise<void>, string])[]
) {
  Deno.test(`a receiver of ${what} reads ${code}, and nothing counts as sent`, async () => {
    const { receiver, sending } = await meet([new Endless()]);
    await receiver.next("offer");
    await misbehave(receiver);
    assertEquals((await receiver.next("error")).code, code);
    await receiver.closeWrite();
    assertEquals((await assertRejects(() => sending, ProtocolError)).code, code);
    receiver[Symbol.dispose]();
  });
}
