import { assertEquals, assertThrows } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import type { Offer } from "../../protocol/transfer.ts";
import { SinkInbox } from "../../transfer/sink_inbox.ts";

function offer(name: string, kind: Offer["kind"] = "file"): Offer {
  return { id: 0, key: "k".repeat(16), name, size: null, kind };
}

Deno.test("a pipe takes one file, no folder, and no name that a folder would refuse", async () => {
  const written: number[] = [];
  const inbox = new SinkInbox({
    writeSync(bytes) {
      // It takes one byte at a time.
      written.push(bytes[0]!);
      return 1;
    },
  });
  const refusal = (of: Offer) => assertThrows(() => inbox.open(of), ProtocolError).code;
  assertEquals(refusal(offer("../x")), "invalid_path");
  assertEquals(refusal(offer("x", "directory")), "unsupported_kind");
  const part = inbox.open(offer("x"));
  part.begin(0);
  part.write(new Uint8Array([1, 2, 3]));
  assertEquals(await part.commit(""), "-");
  assertEquals(written, [1, 2, 3]);
  assertEquals(refusal(offer("y")), "exists");
});
