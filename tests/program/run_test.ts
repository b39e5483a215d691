import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { VERSION } from "../../program/version.ts";
import configuration from "../../deno.json" with { type: "json" };
import { deno } from "../tools/run_tool.ts";

/** Runs the example program. */
function run(args: readonly string[], ...permissions: readonly string[]) {
  return deno(
    "run",
    "-q",
    "--no-prompt",
    ...permissions,
    "tests/program/example_program.ts",
    ...args,
  );
}

Deno.test("A program prints to standard output and exits with what main answers", async () => {
  assertEquals(await run(["print"]), { code: 0, stdout: "size 5\n", stderr: "" });
  assertEquals(await run(["--json", "--size", "7", "print"]), {
    code: 0,
    stdout: '{"size":7}\n',
    stderr: "",
  });
  assertEquals((await run(["five"])).code, 5);
});

Deno.test("A program ends when main does, though something is still open", async () => {
  assertEquals((await run(["leave a timer"])).code, 0);
});

for (
  const [args, says] of [
    [["--size", "11", "print"], '--size cannot be "11": a whole number from 1 to 10 is allowed'],
    [
      ["--sise", "1", "print"],
      'Unknown option "--sise": example_program.ts --help lists what there is',
    ],
    [[], "WHAT is missing: example_program.ts WHAT, see --help"],
  ] as const
) {
  Deno.test(`A wrong command line is one line and exit 2: ${says}`, async () => {
    assertEquals(await run(args), {
      code: 2,
      stdout: "",
      stderr: `example_program.ts: ${says}\n`,
    });
  });
}

Deno.test("A failure that a person can act on is one line and exit 1", async () => {
  assertEquals(await run(["fail"]), {
    code: 1,
    stdout: "",
    stderr: "example_program.ts: There is no such thing: try another\n",
  });
});

Deno.test("A fault of the program's own is told with its place, and exit 1", async () => {
  const { code, stderr } = await run(["break"]);
  assertEquals(code, 1);
  assertMatch(stderr, /^example_program\.ts: unexpected: Error: a fault of our own\n\s+at /);
});

Deno.test("--help and --version print to standard output and exit 0", async () => {
  for (const flag of ["--help", "-h"]) {
    const { code, stdout, stderr } = await run([flag]);
    assertEquals([code, stderr], [0, ""]);
    assertStringIncludes(stdout, "Usage: deno run example_program.ts WHAT [OPTIONS]");
    assertMatch(stdout, /--size BYTES +how much \(default 5\)\n/);
  }
  assertEquals(await run(["--version"]), { code: 0, stdout: `parley ${VERSION}\n`, stderr: "" });
});

Deno.test("The version is that of deno.json", () => {
  assertEquals(VERSION, configuration.version);
});

Deno.test("A program that lacks permissions names the flags to add, and exits 1", async () => {
  const { code, stdout, stderr } = await run(["need"], "--allow-read=/srv/drop");
  assertEquals([code, stdout], [1, ""]);
  assertEquals(
    stderr,
    "example_program.ts: Not permitted: it needs network access to 127.0.0.1:12345 to listen, " +
      "write access to /srv/drop to save files. Grant it with: deno run -P=example " +
      "--allow-net=127.0.0.1:12345 --allow-write=/srv/drop example_program.ts\n",
  );
});

Deno.test("A program that has its permissions goes on", async () => {
  const all = ["--allow-net=127.0.0.1", "--allow-read=/srv", "--allow-write=/srv/drop"];
  assertEquals((await run(["need"], ...all)).code, 0);
});

Deno.test("A program whose reader has gone ends quietly", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "tests/program/example_program.ts", "print for ever"],
    cwd: new URL("../../", import.meta.url),
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [{ code }, stderr] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([code, stderr], [1, ""]);
});
