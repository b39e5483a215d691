import { assert, assertEquals, assertMatch } from "@std/assert";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

/** Sends paths to a receiver of its own; both programs have ended then. */
async function transfer(
  { from, out, send = [], receive = [] }: {
    readonly from: TempFolder;
    readonly out: TempFolder;
    readonly send?: readonly string[];
    readonly receive?: readonly string[];
  },
): Promise<{ readonly code: number; readonly stdout: string[]; readonly stderr: string[] }> {
  const folder = out.path;
  await using receiver = Program.start("transfer/receive.ts", [
    ...["--port", "0", "--out", folder, "--once", ...receive],
  ], { deno: ["-P=receive", `--allow-read=${folder}`, `--allow-write=${folder}`] });
  const [, port] = await receiver.line(/^transfer listening on 127\.0\.0\.1:(\d+)$/);
  await using sender = Program.start("transfer/send.ts", ["--port", port!, ...send], {
    deno: ["-P=send", `--allow-read=${from.path}`],
    cwd: from.path,
  });
  const { code, stdout, stderr } = await sender.finish();
  assertEquals((await receiver.finish()).code, code, receiver.transcript);
  return { code, stdout: [...stdout], stderr: [...stderr] };
}

Deno.test("--no-fsync is told in the receipt: memory, where it is disk without", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await from.write("a", "abc");
  for (const [receive, durable] of [[[], "disk"], [["--no-fsync"], "memory"]] as const) {
    const { code, stdout } = await transfer({ from, out, send: ["a", "--json"], receive });
    assertEquals(code, 0);
    assertEquals(JSON.parse(stdout[0]!).payload.durable, durable);
  }
});

for (const side of ["send", "receive"] as const) {
  Deno.test(`--no-preserve of ${side}.ts leaves time and permission bits behind`, async () => {
    await using from = new TempFolder();
    await using out = new TempFolder();
    const path = await from.write("a", "abc");
    await Deno.chmod(path, 0o750);
    await Deno.utime(path, 1_000_000, 1_000_000);
    await transfer({ from, out, send: ["a"] });
    const kept = await Deno.stat(out.file("recv-a"));
    assertEquals([kept.mtime?.getTime(), kept.mode! & 0o777], [1_000_000_000, 0o750]);
    const options = { send: ["a"], receive: [] as string[] };
    options[side].push("--no-preserve");
    await transfer({ from, out, ...options });
    const plain = await Deno.stat(out.file("recv-a (1)"));
    assert(plain.mtime!.getTime() > 1_000_000_000);
    assertEquals(plain.mode! & 0o111, 0);
  });
}

Deno.test("--keep-partial says how long what is left of an interrupted file is kept", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await from.write("a", "abc");
  const part = `.recv-${"0".repeat(32)}.part`;
  await out.write(part, "half");
  await transfer({ from, out, send: ["a"] });
  assertEquals(out.names(), [part, "recv-a"]);
  await transfer({ from, out, send: ["a"], receive: ["--keep-partial", "0"] });
  assertEquals(out.names(), ["recv-a", "recv-a (1)"]);
});

Deno.test("--follow-symlinks sends what links in folders lead to; else they are skipped, and told", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await Deno.mkdir(from.file("folder"));
  await from.write("target", "abc");
  await Deno.symlink(from.file("target"), from.file("folder/link"));
  const { code, stderr } = await transfer({ from, out, send: ["folder"] });
  assertEquals(code, 0);
  assertMatch(stderr[0]!, /^skipped folder\/link: it is a link: --follow-symlinks/);
  assertEquals([...Deno.readDirSync(out.file("recv-folder"))], []);
  await transfer({ from, out, send: ["folder", "--follow-symlinks"] });
  assertEquals(await Deno.readTextFile(out.file("recv-folder/link")), "abc");
  assert(Deno.lstatSync(out.file("recv-folder/link")).isFile);
});
