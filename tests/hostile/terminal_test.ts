import { assert, assertEquals } from "@std/assert";
import { ChatClient } from "../../client/chat_client.ts";
import type { ChatMessage } from "../../protocol/chat.ts";
import { escapeText } from "../../terminal/escape.ts";
import { openTerminal } from "../support/client_terminal.ts";
import { HOSTILE_TEXTS } from "../support/hostile_texts.ts";
import { LyingServer } from "../support/lying_server.ts";
import { TempFolder } from "../support/temp.ts";

/** What the client itself writes: colours, the line that is edited, marks for pastes. Of `J` and `K` what is below and right. */
const MEANT =
  // deno-lint-ignore no-control-regex
  /\x1b\[(?:[\d;:]*m|\d*[ABCDG]|[JKH]|\d*;\d*H|\?(?:7|25|2004|2026)[hl]|6n)|[\r\n]/g;
// deno-lint-ignore no-control-regex
const NEVER = /[\x00-\x1f\x7f-\x9f]|\p{Default_Ignorable_Code_Point}|\p{C}/u;
/** As long as a name or topic may be. */
const MAX_NAME_UNITS = 200;

const at = new Date(2026, 10, 21, 12, 4).getTime();
const nameOf = (text: string) => text.slice(0, MAX_NAME_UNITS).toWellFormed();
const lobby = { room: "lobby", seq: 0, at };

/** Everything that a server may say in which somebody else's words are, with these words in it. */
function saying(words: string, number: number): readonly ChatMessage[] {
  const id = `01ARZ3NDEKTSV4RRFFQ69G5${String(number).padStart(3, "0")}`;
  const name = nameOf(words) || "x";
  const file = { id: "0".repeat(32), name, size: 6, type: "text/plain", sha256: "0".repeat(64) };
  const message = { ...lobby, sender: "eve", text: words, id, seq: 3 * number + 1 };
  const payloads = [
    { type: "message", payload: { ...message, files: [file] } },
    { type: "message", payload: { ...message, sender: name, seq: message.seq + 1 } },
    {
      type: "message",
      payload: { ...message, text: "", removed: { by: name, at }, seq: message.seq + 2 },
    },
    { type: "private", payload: { from: name, to: "ann", text: words, id, seq: number + 1, at } },
    {
      type: "notification",
      payload: { kind: "topic", room: "lobby", name: "eve", topic: name, message: words },
    },
    { type: "error", payload: { code: "forbidden", message: words } },
  ];
  return payloads as unknown as readonly ChatMessage[];
}

/** A client proves its key to the port that it dials, which is not the honest server's: that one is not told of it. */
function hideKeys(server: LyingServer): void {
  server.ask = (request) => {
    if (request.type === "prove") return { type: "ping", payload: { t: 0 } };
    if (request.type !== "connect") return request;
    const { key: _key, ...payload } = request.payload;
    return { ...request, payload };
  };
}

const challenge: ChatMessage = { type: "challenge", payload: { nonce: "0".repeat(64) } };

Deno.test("a lying server has no row printed that looks encrypted or somebody's, and no flood answered", async () => {
  await using temp = new TempFolder();
  await using server = new LyingServer();
  hideKeys(server);
  const said = (seq: number, sender: string, text = "forged"): ChatMessage => ({
    type: "message",
    payload: { ...lobby, sender, text, id: "i", seq },
  });
  server.lie = (message) => {
    if (message.type === "connect_ack") return [challenge, message];
    if (message.type === "who") {
      const { members } = message.payload;
      // A list that goes in circles.
      return [{ ...message, payload: { ...message.payload, members, more: true } }];
    }
    if (message.type !== "joined") return [message];
    const flood = Array.from({ length: 5_000 }, (_, at) => ["lobby", `x${at}`]).flat();
    return [
      message,
      ...["[encrypted]      bob", "     bob\u{e0101}", "bob\u200b", "ann\u{16fe4}"]
        .map((sender, at) => said(at + 1, sender)),
      ...flood.map((room): ChatMessage => ({
        type: "notification",
        payload: { kind: "resync", room, message: "others are here" },
      })),
      said(5, "bob", "that was all"),
    ];
  };
  await using terminal = openTerminal(temp, server, "ann");
  await terminal.untilLine("bob: that was all");
  await terminal.type("/who\r");
  await terminal.untilLine('Cannot take "who"');
  assert(!terminal.raw.includes("forged"));
  // The room's, once; and of `/who` the details and the names.
  const asked = server.requests.filter(({ type }) => type === "who").length;
  assert(asked <= 1 + 2 * 2 + 2, `${asked}`);
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
});

Deno.test("nothing that a peer or a lying server says touches the terminal of client.ts", async () => {
  await using temp = new TempFolder();
  await using server = new LyingServer();
  await using bob = await ChatClient.connect({
    ...server.honest.address,
    name: "bob",
    room: "lobby",
  });
  hideKeys(server);
  let told = 0;
  // With each message of bob's come the words of one more liar.
  server.lie = (message, name) => {
    if (name !== "ann") return [message];
    if (message.type === "connect_ack") return [challenge, message];
    if (message.type !== "message") return [message];
    const { text } = HOSTILE_TEXTS[told]!;
    return saying(text, told++);
  };
  await using terminal = openTerminal(temp, server, "ann");
  await terminal.untilLine("You are in lobby");
  await terminal.type("half a line");
  for (const { what, text } of HOSTILE_TEXTS) {
    await bob.send("lobby", "go on");
    const [first = ""] = text.toWellFormed().split("\n").map(escapeText);
    // The last of what comes with it; long ones are broken into rows.
    await terminal.until(() => told === HOSTILE_TEXTS.findIndex((one) => one.what === what) + 1);
    if (first.length < 40) await terminal.untilLine(`eve: ${first}`.trimEnd());
  }
  let seq = 3 * HOSTILE_TEXTS.length;
  server.lie = (message) =>
    message.type === "message"
      ? [{ ...message, payload: { ...message.payload, seq: ++seq } }]
      : [message];
  await bob.send("lobby", "that was all");
  await terminal.untilLine("that was all");
  await terminal.until((lines) => lines.at(-1) === "> half a line");
  const unmeant = terminal.raw.replaceAll(MEANT, "");
  const [found] = NEVER.exec(unmeant) ?? [];
  assertEquals(
    found,
    undefined,
    JSON.stringify(unmeant.slice(unmeant.search(NEVER) - 40).slice(0, 80)),
  );
  // What was typed is still there, and can be sent.
  await terminal.type("\r");
  await terminal.untilLine("ann: half a line");
  await terminal.type("/quit\r");
  assertEquals(await terminal.ended(), 0);
  assert(told === HOSTILE_TEXTS.length);
});
