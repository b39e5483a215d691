import { assertEquals } from "@std/assert";
import { readCommand } from "../../../terminal/commands/commands.ts";

const HOUR_MS = 3_600_000;

const read: Readonly<Record<string, object>> = {
  "/room": { kind: "room" },
  "/topic": { kind: "topic" },
  "/topic green tea": { kind: "moderate", action: "topic", topic: "green tea" },
  "/topic -": { kind: "moderate", action: "topic" },
  "/delete 42": { kind: "moderate", action: "delete", seq: 42 },
  "/delete #42": { kind: "moderate", action: "delete", seq: 42 },
  "/kick eve": { kind: "moderate", action: "kick", name: "eve" },
  "/kick eve far too loud": {
    kind: "moderate",
    action: "kick",
    name: "eve",
    reason: "far too loud",
  },
  "/ban eve": { kind: "moderate", action: "ban", name: "eve" },
  "/ban eve 2h": { kind: "moderate", action: "ban", name: "eve", forMs: 2 * HOUR_MS },
  "/BAN eve 10M ads": {
    kind: "moderate",
    action: "ban",
    name: "eve",
    forMs: 600_000,
    reason: "ads",
  },
  "/ban eve for ads": { kind: "moderate", action: "ban", name: "eve", reason: "for ads" },
  "/ban eve 3d": { kind: "moderate", action: "ban", name: "eve", forMs: 72 * HOUR_MS },
  "/ban eve 2w": { kind: "moderate", action: "ban", name: "eve", forMs: 336 * HOUR_MS },
  "/mute eve 30s": { kind: "moderate", action: "mute", name: "eve", forMs: 30_000 },
  "/unban eve": { kind: "moderate", action: "unban", name: "eve" },
  "/unmute eve": { kind: "moderate", action: "unmute", name: "eve" },
  "/invite eve": { kind: "moderate", action: "invite", name: "eve" },
  "/uninvite eve": { kind: "moderate", action: "uninvite", name: "eve" },
  "/op eve": { kind: "moderate", action: "op", name: "eve" },
  "/deop eve": { kind: "moderate", action: "deop", name: "eve" },
  "/private": { kind: "moderate", action: "private" },
  "/public": { kind: "moderate", action: "public" },
};

Deno.test("commands about rooms are read as they are written", () => {
  for (const [line, command] of Object.entries(read)) {
    assertEquals(readCommand(line), command as never);
  }
});

Deno.test("a command about a room that is not as it is written says how it is", () => {
  const wrong: Readonly<Record<string, string>> = {
    "/room den": "/room",
    "/delete": "/delete N",
    "/delete last": "/delete N",
    "/delete -1": "/delete N",
    "/kick": "/kick NAME [REASON]",
    "/ban": "/ban NAME [TIME] [REASON]",
    "/ban eve 10": "/ban NAME [TIME] [REASON]",
    "/ban eve 10x": "/ban NAME [TIME] [REASON]",
    "/ban eve 0m": "/ban NAME [TIME] [REASON]",
    "/ban eve 99999w": "/ban NAME [TIME] [REASON]",
    "/mute eve 999999999999999999999d": "/mute NAME [TIME] [REASON]",
    "/unban eve bob": "/unban NAME",
    "/op": "/op NAME",
    "/private den": "/private",
  };
  for (const [line, usage] of Object.entries(wrong)) {
    assertEquals(readCommand(line), { kind: "wrong", message: `It is written ${usage}` }, line);
  }
});
