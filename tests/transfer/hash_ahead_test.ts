import { assertEquals } from "@std/assert";
import { memoryPair } from "../../net/memory.ts";
import { fileSource } from "../../transfer/file_source.ts";
import { createHasher, type HashKind } from "../../transfer/hash.ts";
import { sendFiles } from "../../transfer/sender.ts";
import type { Source } from "../../transfer/source.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const SIZE = 20_000_000;
const content = noise(SIZE);

/** The same source, which tells when it was read to its end the first time. */
function watched(source: Source): { readonly source: Source; readonly read: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let opened = 0;
  return {
    read: promise,
    source: {
      ...source,
      async open() {
        const isFirst = opened++ === 0;
        const reader = await source.open();
        return {
          async read(into) {
            const count = await reader.read(into);
            if (isFirst && count === null) resolve();
            return count;
          },
          [Symbol.dispose]: () => reader[Symbol.dispose](),
        };
      },
    },
  };
}

async function hashOf(bytes: Uint8Array<ArrayBuffer>, kind: HashKind): Promise<string> {
  return (await createHasher(kind)).digestOf(bytes);
}

for (const kind of ["sha256", "xxh128"] as const) {
  for (const offset of [0, 1, 8_388_607, 8_388_608, 8_388_609, 17_000_000, SIZE]) {
    for (const isSame of offset === 0 ? [true] : [true, false]) {
      const held = isSame ? "the same" : "another";
      Deno.test(`${kind}: what was hashed ahead of a late answer is right: ${offset} of ${held} file held`, async () => {
        await using from = new TempFolder();
        const { source, read } = watched(await fileSource(await from.write("big", content)));
        const [here, there] = memoryPair();
        const sending = sendFiles(here, [source], { hash: kind });
        using receiver = Wire.receiver(there);
        await receiver.send("welcome", { limits: {}, durable: "disk" });
        const { id } = await receiver.next("offer");
        await read;
        const prefix = isSame ? content.slice(0, offset) : noise(offset, 7);
        const hash = offset === 0 ? {} : { hash: await hashOf(prefix, kind) };
        await receiver.send("accept", { id, offset, ...hash });
        const start = await receiver.next("start");
        assertEquals(start.offset, isSame ? offset : 0);
        const end = await receiver.next("end");
        assertEquals([end.size, end.hash], [SIZE, await hashOf(content, kind)]);
        await receiver.send("done", { ...end, savedAs: "recv-big", durable: "disk" });
        await receiver.next("bye");
        await receiver.send("bye", { files: 1, bytes: SIZE });
        await receiver.closeWrite();
        assertEquals((await sending).files, 1);
      });
    }
  }
}
