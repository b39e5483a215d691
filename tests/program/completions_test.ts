import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { choice, type CommandLine, flag, type Option, word } from "../../program/command_line.ts";
import { completionScript } from "../../program/completions.ts";
import { SHELLS } from "../../program/wanted_completions.ts";
import { TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";
import { deno } from "../tools/run_tool.ts";

type Line = CommandLine<Record<string, Option<unknown>>>;

const LINE = {
  program: "transfer/send.ts",
  summary: "Sends files.",
  operands: { placeholder: "PATH…", atLeast: 1 },
  options: {
    host: word("ADDRESS", "where it is [a: host]", undefined),
    hash: choice(["sha256", "xxh128"], "what it's verified by", "sha256"),
    config: word("DIR", "the folder", undefined),
    "password-file": word("FILE", "the file", undefined),
    json: flag("print JSON"),
  },
} satisfies Line;

/** What bash's function gives for a command line: words, and what it leaves to bash itself. */
async function bash(line: Line, ...words: readonly string[]): Promise<string[]> {
  const { stdout, stderr, success } = await new Deno.Command("bash", {
    args: [
      "--norc",
      "-c",
      `set -eu
eval "$1"; shift
compopt() { printf '<%s>\n' "$2"; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_parley_send
[[ \${#COMPREPLY[@]} == 0 ]] || printf '%s\n' "\${COMPREPLY[@]}"`,
      "bash",
      completionScript(line, "bash", "parley-send"),
      "parley-send",
      ...words,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").slice(0, -1);
}

Deno.test("bash completes options, their values, files and folders", async () => {
  for (
    const [words, found] of [
      [["--h"], ["--host", "--hash", "--help"]],
      [["--json", "--ha"], ["--hash"]],
      [["-h"], ["-h"]],
      [["--hash", ""], ["sha256", "xxh128"]],
      [["--hash", "x"], ["xxh128"]],
      [["--hash", "="], ["sha256", "xxh128"]],
      [["--hash", "=", "x"], ["xxh128"]],
      [["--host", ""], []],
      [["--config", ""], ["<dirnames>"]],
      [["--password-file", ""], ["<default>"]],
      [["--completions", ""], ["bash", "zsh", "fish"]],
      [[""], ["<default>"]],
      [["a file", "b"], ["<default>"]],
      [["--", "--h"], ["<default>"]],
      [["--", "--hash", "x"], ["<default>"]],
      [["--nothing"], []],
    ] as const
  ) assertEquals(await bash(LINE, ...words), [...found], words.join(" "));
  const { operands: _none, ...withoutOperands } = LINE;
  assertEquals((await bash(withoutOperands, "")).slice(0, 2), ["--host", "--hash"]);
});

Deno.test("bash, zsh and fish run nothing of what a command line says (I1)", async () => {
  await using folder = new TempFolder();
  const mark = folder.file("mark");
  const hostile = [
    `$(touch ${mark})`,
    `\`touch ${mark}\``,
    `'; touch ${mark}; '`,
    "a b",
    "it's",
    "\\",
    "*",
  ];
  const line = {
    ...LINE,
    options: { ...LINE.options, hash: choice(hostile, `$(touch ${mark}) ' ] : \``, undefined) },
  };
  const found = await bash(line, "--hash", "");
  // What bash types for it is one word, and that is what was meant.
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", `printf '%s\n' ${found.join(" ")}`],
  }).output();
  assertEquals(new TextDecoder().decode(stdout).split("\n").slice(0, -1), hostile);
  for (const shell of ["zsh", "fish"] as const) {
    const script = completionScript(line, shell, "parley-send");
    if (await isInstalled(shell)) {
      const path = await folder.write(`script.${shell}`, script);
      const { success } = await new Deno.Command(shell, { args: ["-n", path] }).output();
      assert(success, script);
    }
    assert(!unquoted(script, shell).includes("touch"), script);
  }
  assertEquals(folder.names().includes("mark"), false);
});

Deno.test("zsh's and fish's scripts have all that a command line says in quotes (I1)", () => {
  const texts = fc.array(fc.string({ unit: "binary", minLength: 1 }));
  const lineOf = (choices: readonly string[], doc: string) => ({
    ...LINE,
    options: { x: choice(["x", ...choices], doc, undefined) },
  });
  fc.assert(fc.property(texts, fc.string(), (choices, doc) => {
    for (const shell of ["zsh", "fish"] as const) {
      assertEquals(
        unquoted(completionScript(lineOf(choices, doc), shell, "p"), shell),
        unquoted(completionScript(lineOf([], ""), shell, "p"), shell),
      );
    }
  }));
});

/** What of a script is neither in single quotes nor behind a backslash. */
function unquoted(script: string, shell: "zsh" | "fish"): string {
  // In fish a backslash escapes inside of them too.
  const quoted = shell === "fish" ? /'(?:[^\\']|\\[^])*'|\\./g : /'[^']*'|\\./g;
  return script.replaceAll(/^#.*$/gm, "").replaceAll(quoted, "");
}

Deno.test("fish's script has a line for each option", () => {
  const script = completionScript(LINE, "fish", "parley-send");
  assertEquals(script.split("\n").filter((line) => line.startsWith("complete")), [
    "complete -c parley-send -F",
    "complete -c parley-send -l host -x -d 'where it is [a: host]'",
    "complete -c parley-send -l hash -x -a '\\'sha256\\' \\'xxh128\\'' -d 'what it\\'s verified by'",
    "complete -c parley-send -l config -x -a '(__fish_complete_directories)' -d 'the folder'",
    "complete -c parley-send -l password-file -r -F -d 'the file'",
    "complete -c parley-send -l json -d 'print JSON'",
    "complete -c parley-send -s h -l help -d 'print the help'",
    "complete -c parley-send -l version -d 'print the version'",
    "complete -c parley-send -l completions -x -a '\\'bash\\' \\'zsh\\' \\'fish\\'' -d 'print this'",
  ]);
});

Deno.test("zsh's script has a spec for each option", () => {
  const script = completionScript(LINE, "zsh", "parley-send");
  assertMatch(script, /^#compdef parley-send\n/);
  for (
    const spec of [
      "'--host=[where it is \\[a\\: host\\]]:ADDRESS: '",
      "'--hash=[what it'\\''s verified by]:sha256|xxh128:(sha256 xxh128)'",
      "'--config=[the folder]:DIR:_files -/'",
      "'--password-file=[the file]:FILE:_files'",
      "'--json[print JSON]'",
      "'-h[print the help]'",
      "'*:PATH…:_files'",
    ]
  ) assert(script.includes(`    ${spec}`), `${spec} in\n${script}`);
});

Deno.test("in a real terminal Tab completes as in bash's own commands", async () => {
  await using folder = new TempFolder();
  await folder.write("a $(touch mark).txt", "");
  await folder.write("script.bash", completionScript(LINE, "bash", "parley-send"));
  await folder.write(
    "rc",
    "PS1='> '; bind 'set bell-style none'; source ./script.bash; parley-send() { printf '[%s]' \"$@\"; }\n",
  );
  await using terminal = new TestTerminal(
    `sh -c 'cd ${folder.path} && exec bash --noprofile --rcfile rc -i'`,
    { cols: 100 },
  );
  await terminal.untilLine(">");
  await terminal.type("parley-send --ha\tx\t a\t--json\r");
  await terminal.untilLine("[--hash][xxh128][a $(touch mark).txt][--json]");
  await terminal.type("parley-send --hash=x\t\r");
  await terminal.untilLine("[--hash=xxh128]");
  assertEquals(folder.names().includes("mark"), false);
  await terminal.type("exit\r");
  await terminal.ended();
});

Deno.test("Every program prints its completions, under the name that it is installed as", async () => {
  for (
    const [program, command] of [
      ["client.ts", "parley"],
      ["server.ts", "parley-server"],
      ["transfer/send.ts", "parley-send"],
      ["transfer/receive.ts", "parley-receive"],
      ["backup.ts", "parley-backup"],
      ["token.ts", "parley-token"],
      ["password.ts", "parley-password"],
    ] as const
  ) {
    for (const shell of SHELLS) {
      const { code, stdout } = await deno(
        "run",
        "-q",
        "--no-prompt",
        program,
        "--completions",
        shell,
      );
      assertEquals(code, 0, program);
      assert(
        stdout.split("\n").some((line) =>
          line.startsWith("complete ") || line.startsWith("#compdef ")
        ),
      );
      assert(stdout.includes(` ${command} `) || stdout.includes(` ${command}\n`), stdout);
    }
  }
});

async function isInstalled(shell: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${shell}`] })
    .output();
  return success;
}
