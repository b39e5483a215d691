import { assertEquals } from "@std/assert";
import { commandHelp, COMMANDS, readCommand } from "../../terminal/commands.ts";

Deno.test("readCommand reads what is typed", () => {
  for (
    const [typed, command] of [
      ["", undefined],
      ["   ", undefined],
      ["hello there", { kind: "say", text: "hello there" }],
      ["  indented ", { kind: "say", text: "  indented" }],
      ["//quit", { kind: "say", text: "/quit" }],
      ["a /quit", { kind: "say", text: "a /quit" }],
      ["exit", { kind: "quit" }],
      ["exit now", { kind: "say", text: "exit now" }],
      ["/quit", { kind: "quit" }],
      ["/QUIT ", { kind: "quit" }],
      ["/join den", { kind: "join", room: "den" }],
      ["/leave", { kind: "leave" }],
      ["/msg bob  hi  there", { kind: "private", to: "bob", text: "hi  there" }],
      ["/msg bob two\nlines", { kind: "private", to: "bob", text: "two\nlines" }],
      ["/who", { kind: "who" }],
      ["/rooms", { kind: "rooms" }],
      ["/history", { kind: "history", limit: 20 }],
      ["/history 5", { kind: "history", limit: 5 }],
      ["/search tea at five", { kind: "search", query: "tea at five" }],
      ["/search from:ann in:Den tea*", { kind: "search", query: "tea*", from: "ann", room: "Den" }],
      ["/search tea from:ann", { kind: "search", query: "tea", from: "ann" }],
      ['/search "from:ann is" in: x', { kind: "search", query: '"from:ann is" in: x' }],
      ["/search within:den", { kind: "search", query: "within:den" }],
      ["/show lobby 7", { kind: "show", stream: "lobby", seq: 7 }],
      ["/show @ann #7", { kind: "show", stream: "@ann", seq: 7 }],
      ["/send a.txt", { kind: "send", paths: ["a.txt"] }],
      ["/send 'a b.txt' c\\ d", { kind: "send", paths: ["a b.txt", "c d"] }],
      ["/send ~/a.txt to bob", { kind: "send", paths: ["~/a.txt"], to: "bob" }],
      ['/send a "to" bob', { kind: "send", paths: ["a", "to", "bob"] }],
      ["/send to bob", { kind: "send", paths: ["to", "bob"] }],
      ["/get 3", { kind: "get", which: 3 }],
      ["/get [3]", { kind: "get", which: 3 }],
      ['/get 3 "my files"', { kind: "get", which: 3, folder: "my files" }],
      ["/get all", { kind: "get", which: "all" }],
      ["/get all ..", { kind: "get", which: "all", folder: ".." }],
      ["/cancel", { kind: "cancel" }],
      ["/link", { kind: "link" }],
      ["/fingerprint", { kind: "fingerprint" }],
      ["/fingerprint Bob", { kind: "fingerprint", name: "Bob" }],
      ["/devices", { kind: "devices" }],
      ["/revoke 7K2QD-0XW3M", { kind: "revoke", fingerprint: "7K2QD-0XW3M" }],
      ["/logout", { kind: "logout" }],
      ["/help", { kind: "help" }],
    ] as const
  ) assertEquals(readCommand(typed), command, typed);
});

Deno.test("readCommand says how a command is written that is written otherwise", () => {
  for (
    const [typed, usage] of [
      ["/join", "/join ROOM"],
      ["/join a b", "/join ROOM"],
      ["/msg bob", "/msg NAME TEXT"],
      ["/history 0", "/history [N]"],
      ["/history 1001", "/history [N]"],
      ["/search", "/search WORDS"],
      ["/search from:ann", "/search WORDS"],
      ["/show 7", "/show ROOM N"],
      ["/show lobby x", "/show ROOM N"],
      ["/who lobby", "/who"],
      ["/leave lobby", "/leave"],
      ["/send", "/send PATH… [to NAME]"],
      ['/send ""', "/send PATH… [to NAME]"],
      ['/send "a', "/send PATH… [to NAME]"],
      ["/get", "/get N [DIR]"],
      ["/get x", "/get N [DIR]"],
      ["/get 1 a b", "/get N [DIR]"],
      ['/get 1 ""', "/get N [DIR]"],
      ["/cancel it", "/cancel"],
      ["/link ABCD-EFGH-JKMN-PQRS", "/link"],
      ["/fingerprint a b", "/fingerprint [NAME]"],
      ["/revoke", "/revoke FINGERPRINT"],
      ["/logout now", "/logout"],
    ] as const
  ) assertEquals(readCommand(typed), { kind: "wrong", message: `It is written ${usage}` }, typed);
  assertEquals(readCommand("/frob x"), {
    kind: "wrong",
    message: "There is no /frob: /help lists the commands",
  });
});

Deno.test("commandHelp has a line for each command", () => {
  const help = commandHelp();
  for (const { usage, doc } of COMMANDS) {
    assertEquals(help.filter((line) => line.startsWith(usage) && line.endsWith(doc)).length, 1);
  }
});

Deno.test("readCommand reads whom to trust, and which room is secret; a passphrase is never part of a line", () => {
  assertEquals(readCommand("/secret attic"), { kind: "secret", room: "attic" });
  assertEquals(readCommand("/trust bob"), { kind: "trust", name: "bob" });
  for (const line of ["/secret", "/secret attic passphrase", "/trust", "/trust a b"]) {
    assertEquals(readCommand(line)?.kind, "wrong", line);
  }
});
