import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { encodeFrame, encodeFrameHeader } from "../../codec/encoder.ts";
import { ChatServer } from "../../server/chat_server.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Wire } from "../support/wire.ts";

const text = (value: string) => new TextEncoder().encode(value);
const json = (value: string) => encodeFrame("json", text(value));

/** What a bad peer sends first, and the code that it reads before the end. */
const FIRST_WORDS: readonly (readonly [string, Uint8Array<ArrayBuffer>, string])[] = [
  ["an HTTP request", text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), "bad_frame"],
  ["a TLS hello", new Uint8Array([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), "bad_frame"],
  ["one byte of garbage", new Uint8Array([0xff]), "bad_frame"],
  ["an unknown frame kind", new Uint8Array([0, 0, 0, 1, 9, 0]), "unknown_frame_kind"],
  ["a json frame over the limit", new Uint8Array([0, 1, 0, 1, 1]), "frame_too_large"],
  ["a data frame over the limit", new Uint8Array([0, 0x10, 0, 1, 2]), "frame_too_large"],
  ["a data frame", encodeFrame("data", new Uint8Array(3)), "unexpected_data"],
  ["an empty data frame", encodeFrameHeader("data", 0), "unexpected_data"],
  ["JSON that is none", json("{"), "invalid_json"],
  ["an empty json frame", json(""), "invalid_json"],
  ["broken UTF-8", encodeFrame("json", new Uint8Array([0x22, 0xc3, 0x28, 0x22])), "invalid_json"],
  ["a JSON array", json("[]"), "invalid_json"],
  ["a JSON null", json("null"), "invalid_json"],
  ["a JSON string", json('"connect"'), "invalid_json"],
  ["JSON nested deeply", json("[".repeat(30_000)), "invalid_json"],
  ["a message without a type", json('{"payload":{}}'), "invalid_message"],
  ["a payload that is no object", json('{"type":"connect","payload":[]}'), "invalid_message"],
  ["a type that does not exist", json('{"type":"dance","payload":{}}'), "unknown_type"],
  ["a type of the prototype's", json('{"type":"__proto__","payload":{}}'), "unknown_type"],
  ["a type of the server's", json('{"type":"ack","payload":{}}'), "unknown_type"],
  ["a wrong first message", json('{"type":"join","payload":{"room":"x"}}'), "unexpected_message"],
  [
    "connect without a name",
    json('{"type":"connect","payload":{"protocol":1}}'),
    "invalid_message",
  ],
  [
    "a version that is not spoken",
    json('{"type":"connect","payload":{"protocol":7,"name":"x"}}'),
    "unsupported_protocol",
  ],
  [
    "a transfer",
    json('{"type":"hello","payload":{"protocol":1,"role":"send","hash":"sha256"}}'),
    "files_not_offered",
  ],
];

for (const [what, bytes, code] of FIRST_WORDS) {
  Deno.test(`a peer whose first word is ${what} reads ${code}, and no reset`, async () => {
    await using server = ChatServer.listen({ port: 0 });
    using bad = await Wire.dial(server.address);
    await bad.raw(bytes);
    // More than any buffer between holds: unread, it would turn the server's close into a reset.
    const flood = bad.raw(new Uint8Array(1_000_000)).catch(() => {});
    assertEquals(await bad.errorsUntilEnd(), [code]);
    bad[Symbol.dispose]();
    await flood;
    using good = await Wire.dial(server.address);
    await good.send("connect", { protocol: 1, name: "ann" });
    assertEquals((await good.next("connect_ack")).name, "ann");
  });
}

for (
  const [what, bytes] of [
    ["a header", new Uint8Array([0, 0, 0])],
    ["a json payload", new Uint8Array([0, 0, 0, 9, 1, 0x7b])],
  ] as const
) {
  Deno.test(`input that ends inside ${what} is truncated_frame`, async () => {
    await using server = ChatServer.listen({ port: 0 });
    using bad = await Wire.dial(server.address);
    await bad.raw(bytes);
    await bad.closeWrite();
    assertEquals(await bad.errorsUntilEnd(), ["truncated_frame"]);
  });
}

Deno.test("after connect a broken message is answered with its ref and the session goes on", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  await ann.send("message", { room: 7, text: "x", id: "m", ref: "a" });
  const invalid = await ann.next("error");
  assertEquals([invalid.code, invalid.ref, invalid.id], ["invalid_message", "a", "m"]);
  assertStringIncludes(invalid.message, "room");
  await ann.send("dance", { ref: "b" });
  const unknown = await ann.next("error");
  assertEquals([unknown.code, unknown.ref], ["unknown_type", "b"]);
  await ann.send("message", { room: "lobby", text: "x", id: "bad id\n" });
  assertEquals((await ann.next("error")).code, "invalid_message");
  await ann.send("message", { room: "lobby", text: "still here", id: "m2" });
  assertEquals((await ann.next("ack")).id, "m2");
});

Deno.test("bad peers disturb nobody: a good one talks on among two hundred of them", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using ann = await Wire.dial(server.address);
  await ann.send("connect", { protocol: 1, name: "ann", room: "lobby" });
  await ann.next("joined");
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      using bad = await Wire.dial(server.address);
      await bad.raw(new Uint8Array(bytes));
      await bad.closeWrite();
      const codes = await bad.errorsUntilEnd();
      assert(codes.length <= 1, "one error at most");
    }),
    { numRuns: 200 },
  );
  await ann.send("message", { room: "lobby", text: "unmoved", id: "m" });
  assertEquals((await ann.next("ack")).id, "m");
});

Deno.test("a peer that says nothing is told and closed by the handshake's deadline", async () => {
  const clock = new FakeClock();
  await using server = ChatServer.listen({ port: 0, clock });
  using bad = await Wire.dial(server.address);
  // Half a frame is no handshake.
  await bad.raw(new Uint8Array([0, 0]));
  const reading = bad.errorsUntilEnd();
  while (server.connections === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  for (let second = 0; second < 12; second++) await clock.advanceAsync(1_000);
  assertEquals(await reading, ["handshake_timeout"]);
});

Deno.test("broken messages are paced like requests: a flood of them is not answered as it comes", async () => {
  const clock = new FakeClock();
  await using server = ChatServer.listen({ port: 0, clock });
  using bad = await Wire.dial(server.address);
  await bad.send("connect", { protocol: 1, name: "ann" });
  await bad.next("connect_ack");
  for (let at = 0; at < 100; at++) await bad.send("dance", { ref: `${at}` });
  await bad.closeWrite();
  let answered = 0;
  const reading = (async () => {
    for (let message = await bad.receive(); message !== undefined; answered++) {
      message = await bad.receive();
    }
  })();
  for (let turns = 0; turns < 20; turns++) await clock.advanceAsync(1);
  assert(answered < 25, `${answered} answers at once`);
  for (let second = 0; second < 12; second++) await clock.advanceAsync(1_000);
  await reading;
  assertEquals(answered, 100);
});

Deno.test("a name cannot break out of the JSON that it is put into", async () => {
  await using server = ChatServer.listen({ port: 0 });
  using bad = await Wire.dial(server.address);
  for (const name of ['a","admin":true,"x":"', "a\\", "a\u2028b", "a\nb", "a\u001b[2J"]) {
    await bad.send("connect", { protocol: 1, name });
    assertEquals((await bad.next("error")).code, "invalid_name");
  }
  await bad.send("connect", { protocol: 1, name: "ann" });
  await bad.next("connect_ack");
  await bad.send("private", { to: 'ann","x":"', text: "x", id: "m" });
  assertEquals((await bad.next("error")).code, "invalid_name");
});
