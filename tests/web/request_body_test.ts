import { assertEquals, assertRejects } from "@std/assert";
import { ProtocolError } from "../../codec/errors.ts";
import { readJsonBody } from "../../web/request_body.ts";
import { FakeClock } from "../support/fake_clock.ts";

const encoder = new TextEncoder();

/** A request with a body that comes as a test wants. */
function post(body: BodyInit | null, type = "application/json"): Request {
  const headers = { "content-type": type };
  return new Request("http://localhost/", { method: "POST", headers, body });
}

async function codeOf(reading: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => reading, ProtocolError)).code;
}

Deno.test("readJsonBody gives what came, in however many pieces", async () => {
  const clock = new FakeClock();
  const pieces = ReadableStream.from(["{", '"a"', ": 1}"].map((text) => encoder.encode(text)));
  for (const type of ["application/json", "Application/JSON; charset=utf-8"]) {
    const body = type === "application/json" ? pieces : '{"a": 1}';
    const bytes = await readJsonBody(post(body, type), clock);
    assertEquals(new TextDecoder().decode(bytes), '{"a": 1}');
  }
  assertEquals((await readJsonBody(post(null), clock)).length, 0);
  assertEquals(clock.pending, 0);
});

Deno.test("readJsonBody takes 64 KiB, and not a byte more", async () => {
  const clock = new FakeClock();
  assertEquals((await readJsonBody(post("x".repeat(65_536)), clock)).length, 65_536);
  assertEquals(await codeOf(readJsonBody(post("x".repeat(65_537)), clock)), "too_large");
});

Deno.test("readJsonBody reads nothing that is not said to be JSON: a form of another site cannot say so", async () => {
  for (const type of ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]) {
    const reading = readJsonBody(post("{}", type), new FakeClock());
    assertEquals(await codeOf(reading), "unsupported_media_type", type);
  }
});

Deno.test("readJsonBody waits ten seconds for a body that stops coming, and lets go of it", async () => {
  const clock = new FakeClock();
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode("{")),
    cancel: () => void (isCancelled = true),
  });
  const reading = readJsonBody(post(body), clock);
  const code = codeOf(reading);
  await clock.advanceAsync(9_999);
  assertEquals(isCancelled, false);
  await clock.advanceAsync(1);
  assertEquals([await code, isCancelled, clock.pending], ["request_timeout", true, 0]);
});

Deno.test("readJsonBody says so where a body breaks off", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  assertEquals(await codeOf(readJsonBody(post(body), new FakeClock())), "invalid_json");
});
