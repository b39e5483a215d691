import { assert, assertEquals } from "@std/assert";
import { commandHelp } from "../../../terminal/commands/command_help.ts";
import { COMMAND_GROUPS, COMMANDS, readCommand } from "../../../terminal/commands/commands.ts";

Deno.test("commandHelp lists every command once, in groups, on 80 columns", () => {
  const help = commandHelp();
  for (const { usage } of COMMANDS) {
    const found = help.flatMap((line) => line.split("   ")).filter((part) => part.trim() === usage);
    assertEquals(found.length, 1, usage);
  }
  for (const { title } of COMMAND_GROUPS) assert(help.includes(`${title}:`), title);
  for (const line of help) assert(line.length <= 76, line);
});

Deno.test("commandHelp tells all of one command", () => {
  for (const name of ["msg", "/msg", "/MSG", "query"]) {
    assertEquals(commandHelp(name), [
      "/msg NAME TEXT: write to one person, who may be away",
      "It is stored until NAME has it. Between people with keys it is encrypted:",
      "such messages say [private, encrypted].",
      "  /msg bob are you there?",
      "Also /m, /q, /query",
    ]);
  }
});

Deno.test("commandHelp says that there is no such command, and which is near", () => {
  assertEquals(commandHelp("mgs"), ["There is no /mgs: did you mean /msg?"]);
  assertEquals(commandHelp("frobnicate"), ["There is no /frobnicate: /help lists the commands"]);
});

Deno.test("Every command tells more, in few and short lines, and its examples are read", () => {
  for (const { usage, doc, more } of COMMANDS) {
    assert(more.length >= 1 && more.length <= 6, usage);
    assert(doc.length > 0 && !doc.endsWith("."), usage);
    for (const line of more) {
      assert(line.trim() !== "" && line.length <= 76, `${usage}: ${line} (${line.length})`);
      const example = /^ {2}(\/.*?)(?: {3,}.*)?$/.exec(line)?.[1];
      if (example !== undefined) assert(readCommand(example)?.kind !== "wrong", example);
    }
  }
});
