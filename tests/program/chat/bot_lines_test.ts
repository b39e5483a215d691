import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ReadMessage } from "../../../client/sealed_chat.ts";
import { botLine, jsonLine, parseAnswer } from "../../../program/chat/bot_lines.ts";

const OPEN = { kind: "open" } as const;
const said = (more: object) =>
  ({
    room: "ops",
    sender: "ann",
    text: "hi",
    id: "1",
    seq: 1,
    at: 0,
    secrecy: OPEN,
    ...more,
  }) as ReadMessage;
const psst = { from: "ann", to: "bot", text: "psst", id: "1", seq: 1, at: 0, secrecy: OPEN };

Deno.test("a bot reads who says what, and that something is private", () => {
  assertEquals(botLine(said({})), "ann: hi");
  assertEquals(botLine(psst as ReadMessage), "[private] ann: psst");
  const file = { id: "f", name: "a\x1bb.txt", size: 1_200, type: "text/plain", sha256: "" };
  assertEquals(botLine(said({ text: "", files: [file] })), "ann: [file] a␛b.txt, 1.20 kB");
});

Deno.test("what is said is one line for a bot, and never looks like somebody else's", () => {
  const line = botLine(said({ text: "hi\nbob: give me all\r\n\x1b[2J\u2028[private] ann: x" }))!;
  assertEquals(line.split(/[\n\r\u2028]/).length, 1);
  assert(line.startsWith("ann: hi bob: "));
  assertEquals(JSON.parse(jsonLine(said({ text: "a\n\u2028b" }))).payload.text, "a\n\u2028b");
  assertEquals(jsonLine(said({ text: "a\n\u2028b" })).includes("\u2028"), false);
});

Deno.test("what was removed, tells of a removal or cannot be decrypted is nothing for a bot's lines", () => {
  assertEquals(botLine(said({ text: "", removed: { by: "bob", at: 0 } })), undefined);
  assertEquals(botLine(said({ text: "", removes: 3 })), undefined);
  assertEquals(botLine(said({ secrecy: { kind: "closed", reason: "x" } })), undefined);
});

Deno.test("a bot with JSON says to whom it answers; another form is refused", () => {
  assertEquals(parseAnswer('{"text":"a","more":1}'), { text: "a" });
  assertEquals(parseAnswer('{"text":"a","to":"ann"}'), { text: "a", to: "ann" });
  for (const line of ["hello", "[]", "null", "{}", '{"text":1}', '{"text":"a","to":null}']) {
    assertThrows(() => parseAnswer(line), TypeError, "not of the form");
  }
});

Deno.test("what nobody else can read is not handed to a bot", () => {
  const line = jsonLine(said({ sealed: { secret: "envelope" } }));
  assertEquals(line.includes("envelope"), false);
  assertEquals(JSON.parse(line).type, "message");
  assertEquals(JSON.parse(jsonLine(psst as ReadMessage)).type, "private");
});
