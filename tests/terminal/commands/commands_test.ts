import { assertEquals } from "@std/assert";
import { nameOf } from "../../../terminal/commands/command_doc.ts";
import { COMMANDS, findCommand, readCommand } from "../../../terminal/commands/commands.ts";

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
      ["/history 2h", { kind: "history", sinceMs: 7_200_000 }],
      ["/go 2", { kind: "go", room: 2 }],
      ["/go den", { kind: "go", room: "den" }],
      ["/go 2nd", { kind: "go", room: "2nd" }],
      ["/go 0", { kind: "go", room: "0" }],
      ["/r yes  please", { kind: "reply", text: "yes  please" }],
      ["/focus", { kind: "focus", names: [] }],
      ["/focus ann  bob", { kind: "focus", names: ["ann", "bob"] }],
      ["/ignore", { kind: "ignore" }],
      ["/ignore eve", { kind: "ignore", name: "eve" }],
      ["/unignore eve", { kind: "unignore", name: "eve" }],
      ["/away", { kind: "away" }],
      ["/away lunch, back at two", { kind: "away", text: "lunch, back at two" }],
      ["/back", { kind: "back" }],
      ["/rename ann2", { kind: "rename", name: "ann2" }],
      ["/theme", { kind: "theme" }],
      ["/theme dark", { kind: "theme", name: "dark" }],
      ["/set", { kind: "set" }],
      ["/set theme", { kind: "set", name: "theme" }],
      ["/set theme dark", { kind: "set", name: "theme", value: "dark" }],
      ["/bookmark work-2.b", { kind: "bookmark", name: "work-2.b" }],
      ["/help /msg", { kind: "help", command: "/msg" }],
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
      ["/history 0", "/history [N|TIME]"],
      ["/history 1001", "/history [N|TIME]"],
      ["/history 2x", "/history [N|TIME]"],
      ["/history 0h", "/history [N|TIME]"],
      ["/history 9999w", "/history [N|TIME]"],
      ["/go", "/go ROOM|N"],
      ["/go a b", "/go ROOM|N"],
      ["/r", "/r TEXT"],
      ["/unignore", "/unignore NAME"],
      ["/ignore a b", "/ignore [NAME]"],
      ["/back now", "/back"],
      ["/rename a b", "/rename NAME"],
      ["/theme a b", "/theme [NAME]"],
      ["/set theme dark now", "/set [NAME [VALUE]]"],
      ["/bookmark", "/bookmark NAME"],
      ["/bookmark ../x", "/bookmark NAME"],
      ["/bookmark .x", "/bookmark NAME"],
      [`/bookmark ${"x".repeat(33)}`, "/bookmark NAME"],
      ["/help a b", "/help [COMMAND]"],
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

Deno.test("readCommand names the command that was meant where one was mistyped", () => {
  for (
    const [typed, meant] of [
      ["/hlep", "/help"],
      ["/HISTROY 5", "/history"],
      ["/serch tea", "/search"],
      ["/quitt", "/quit"],
    ] as const
  ) {
    const message = `There is no ${typed.split(" ")[0]}: did you mean ${meant}?`;
    assertEquals(readCommand(typed), { kind: "wrong", message });
  }
});

Deno.test("readCommand reads whom to trust, and which room is secret; a passphrase is never part of a line", () => {
  assertEquals(readCommand("/secret attic"), { kind: "secret", room: "attic" });
  assertEquals(readCommand("/trust bob"), { kind: "trust", name: "bob" });
  for (const line of ["/secret", "/secret attic passphrase", "/trust", "/trust a b"]) {
    assertEquals(readCommand(line)?.kind, "wrong", line);
  }
});

Deno.test("readCommand knows what people type who come from irssi and weechat", () => {
  for (
    const [typed, same] of [
      ["/j den", "/join den"],
      ["/part", "/leave"],
      ["/names", "/who"],
      ["/nick ann2", "/rename ann2"],
      ["/m bob hi", "/msg bob hi"],
      ["/q bob hi", "/msg bob hi"],
      ["/query bob hi", "/msg bob hi"],
      ["/t", "/topic"],
      ["/k eve", "/kick eve"],
      ["/exit", "/quit"],
    ] as const
  ) assertEquals(readCommand(typed), readCommand(same), typed);
});

Deno.test("Every name of a command is one command's only", () => {
  const names = COMMANDS.flatMap((command) => [nameOf(command), ...command.aliases ?? []]);
  assertEquals(names.filter((name, at) => names.indexOf(name) !== at), []);
  for (const name of names) assertEquals(/^\/[a-z]+$/.test(name), true, name);
});

Deno.test("findCommand finds a command by its names, with and without the /", () => {
  for (const name of ["msg", "/msg", "MSG", "/q"]) {
    assertEquals(findCommand(name)?.usage, "/msg NAME TEXT", name);
  }
  for (const name of ["", "/", "//msg", "constructor"]) assertEquals(findCommand(name), undefined);
});
