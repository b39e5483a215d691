import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { writeBody } from "../../web/upload_body.ts";
import { TestStore } from "../files/stores.ts";
import { turn } from "../support/fake_clock.ts";

for (const lengths of [[6], [1, 5], [1, 1, 1, 1, 1, 1]]) {
  Deno.test(`a body whose size is not told, in pieces of ${lengths}, is refused where it is too long, and not cut`, async () => {
    await using test = await TestStore.open({ maxFileBytes: 5 });
    const upload = test.store.begin("ann", { name: "a", size: null });
    const given = Promise.withResolvers<void>();
    // It does not end: who sends it waits for an answer.
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        for (const length of lengths) controller.enqueue(new Uint8Array(length));
      },
      cancel: () => given.resolve(),
    });
    const error = await assertRejects(() => writeBody(body, upload, test.clock), ProtocolError);
    assertEquals(error.code, "too_large");
    await given.promise;
    upload.close();
    await upload.closed;
  });
}

Deno.test("a piece that could not be written is not left out where the body ends later", async () => {
  await using test = await TestStore.open({ maxFileBytes: 5 });
  const upload = test.store.begin("ann", { name: "a", size: null });
  let controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (own) => void (controller = own),
  });
  const refused = assertRejects(() => writeBody(body, upload, test.clock), ProtocolError);
  for (const length of [1, 5]) controller.enqueue(new Uint8Array(length));
  while (upload.offset < 1) await turn();
  for (let at = 0; at < 10; at++) await turn();
  try {
    controller.enqueue(new Uint8Array(1));
    controller.close();
  } catch (error) {
    // It is not taken any more.
    assertInstanceOf(error, TypeError);
  }
  await refused;
  upload.close();
  await upload.closed;
});
