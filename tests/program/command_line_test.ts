import { assertEquals, assertThrows } from "@std/assert";
import {
  choice,
  flag,
  helpText,
  integer,
  port,
  readCommandLine,
  word,
} from "../../program/command_line.ts";
import { UsageError } from "../../program/failure.ts";

const options = {
  host: word("HOST", "where", "127.0.0.1"),
  name: word("NAME", "who", undefined),
  port: port("which port", 0, 12_345),
  limit: integer("N", "how many", { min: 1, max: 100 }, undefined),
  "on-exists": choice(["rename", "skip"], "what then", "rename"),
  json: flag("print JSON"),
};
const line = { program: "example.ts", summary: "An example.", options };
const withFiles = { ...line, operands: { placeholder: "FILE…", atLeast: 1 } };
const DEFAULTS = {
  host: "127.0.0.1",
  name: undefined,
  port: 12_345,
  limit: undefined,
  "on-exists": "rename",
  json: false,
  operands: [] as string[],
};

/** The one line that is printed for a wrong command line. */
function usageError(args: readonly string[], of: typeof line = line): string {
  const { message } = assertThrows(() => readCommandLine(args, of), UsageError);
  assertEquals(message.includes("\n"), false);
  return message;
}

Deno.test("readCommandLine gives the defaults where nothing is written", () => {
  assertEquals<unknown>(readCommandLine([], line), DEFAULTS);
});

Deno.test("readCommandLine reads options in both forms, in any order", () => {
  const expected = { ...DEFAULTS, host: "::1", port: 0, "on-exists": "skip", json: true };
  for (
    const args of [
      ["--host", "::1", "--port", "0", "--json", "--on-exists", "skip"],
      ["--json", "--on-exists=skip", "--port=0", "--host=::1"],
      ["--", "--json", "--on-exists=skip", "--port=0", "--host=::1"],
    ]
  ) assertEquals<unknown>(readCommandLine(args, line), expected);
});

Deno.test("readCommandLine takes the last of an option that is written twice", () => {
  assertEquals<unknown>(readCommandLine(["--port", "1", "--port=2"], line), {
    ...DEFAULTS,
    port: 2,
  });
});

Deno.test("readCommandLine keeps operands as they are written", () => {
  const files = ["a", "007", "1e3", "-", "ä b"];
  assertEquals<unknown>(
    readCommandLine([...files.slice(0, 2), "--json", ...files.slice(2)], withFiles),
    { ...DEFAULTS, json: true, operands: files },
  );
  assertEquals<unknown>(readCommandLine(["--", "--port", "1", "--json"], withFiles), {
    ...DEFAULTS,
    operands: ["--port", "1", "--json"],
  });
});

Deno.test("readCommandLine takes no value for a flag, and does not tell what it was", () => {
  const message = usageError(["--json=geheim"]);
  assertEquals([message.includes("--json takes no value"), message.includes("geheim")], [
    true,
    false,
  ]);
  assertEquals<unknown>(readCommandLine(["--", "--json=geheim"], withFiles), {
    ...DEFAULTS,
    operands: ["--json=geheim"],
  });
});

Deno.test("readCommandLine answers --help and --version before anything else", () => {
  assertEquals<unknown>(readCommandLine(["--help", "--port", "x"], line), { help: true });
  assertEquals<unknown>(readCommandLine(["-h"], withFiles), { help: true });
  assertEquals<unknown>(readCommandLine(["--version"], withFiles), { version: true });
});

Deno.test("readCommandLine refuses what it does not know, by name", () => {
  for (const arg of ["--prot", "-x", "--no-json", "--constructor", "--__proto__", "--operands"]) {
    assertEquals(
      usageError([arg]),
      `Unknown option "${arg}": example.ts --help lists what there is`,
    );
  }
  assertEquals<unknown>(
    usageError(["lobby"]),
    'Unknown argument "lobby": example.ts takes options only, see --help',
  );
  assertEquals(usageError([], withFiles), "FILE… is missing: example.ts FILE…, see --help");
});

Deno.test("readCommandLine refuses values that are not allowed, and says which are", () => {
  const range = "a whole number from 0 to 65535 is allowed";
  for (const value of ["65536", "-1", "1.5", "1e3", "0x10", "abc", " 1", "9".repeat(30), "NaN"]) {
    assertEquals(usageError(["--port", value]), `--port cannot be "${value}": ${range}`);
    assertEquals(usageError([`--port=${value}`]), `--port cannot be "${value}": ${range}`);
  }
  for (const args of [["--port"], ["--port="], ["--port", ""]]) {
    assertEquals(usageError(args), `--port cannot be empty: ${range}`);
  }
  assertEquals<unknown>(
    usageError(["--limit", "0"]),
    '--limit cannot be "0": a whole number from 1 to 100 is allowed',
  );
  assertEquals<unknown>(
    usageError(["--on-exists", "destroy"]),
    '--on-exists cannot be "destroy": allowed are rename, skip',
  );
  for (const args of [["--name"], ["--name="], ["--name", ""], ["--name", "--json"]]) {
    assertEquals(usageError(args), "--name needs a value: --name NAME");
  }
});

Deno.test("readCommandLine takes as many arguments as there may be, and a -- before options where none need be", () => {
  const upToOne = { ...line, operands: { placeholder: "[BOOKMARK]", atLeast: 0, atMost: 1 } };
  const read = (args: readonly string[]) => readCommandLine(args, upToOne);
  assertEquals<unknown>(read([]), DEFAULTS);
  assertEquals<unknown>(read(["work"]), { ...DEFAULTS, operands: ["work"] });
  assertEquals<unknown>(read(["--", "--name", "bob"]), { ...DEFAULTS, name: "bob" });
  assertEquals<unknown>(read(["--", "work"]), { ...DEFAULTS, operands: ["work"] });
  assertEquals<unknown>(
    usageError(["work", "play"], upToOne as never),
    'Unknown argument "play": example.ts takes [BOOKMARK], see --help',
  );
});

Deno.test("A refused value is shown on one line, with nothing in it that moves a cursor", () => {
  const message = usageError(["--port", "\u001b[2J\n"]);
  assertEquals(message.includes("\u001b"), false);
});

Deno.test("helpText shows every option with its default", () => {
  assertEquals<unknown>(
    helpText(withFiles),
    `An example.

Usage: deno run example.ts FILE… [OPTIONS]

  --host HOST              where (default 127.0.0.1)
  --name NAME              who
  --port PORT              which port (default 12345)
  --limit N                how many
  --on-exists rename|skip  what then (default rename)
  --json                   print JSON
  -h, --help               print this
  --completions SHELL      print completions for bash, zsh, fish
  --version                print the version`,
  );
});

Deno.test("readCommandLine reads for which shell completions are wanted, before anything else", () => {
  const read = (args: readonly string[], of: Parameters<typeof readCommandLine>[1]) =>
    readCommandLine<Record<string, never>>(args, of as never);
  assertEquals<unknown>(read(["--completions", "bash"], withFiles), {
    completions: { shell: "bash", command: "example" },
  });
  assertEquals<unknown>(read(["--completions=fish"], { ...withFiles, command: "parley-example" }), {
    completions: { shell: "fish", command: "parley-example" },
  });
  assertEquals<unknown>(read(["--completions", "zsh:my-chat"], line), {
    completions: { shell: "zsh", command: "my-chat" },
  });
  for (const value of ["tcsh", "", "bash:", "bash:-x", "bash:a b", "bash:$(x)"]) {
    const message = `--completions cannot be ${JSON.stringify(value)}: allowed are bash, zsh, fish`;
    assertThrows(() => read(["--completions", value], line), UsageError, message);
  }
});
