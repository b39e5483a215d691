import { assert, assertEquals, assertMatch } from "@std/assert";
import { makeAgeIdentity } from "../../sealed/age_identity.ts";
import { age } from "../support/age.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";

const WORD = "xylophone-in-the-attic";

/** Sends a folder's paths to a receiver of its own, with the programs' own narrow permissions. */
async function transfer(
  { from, out, send, receive = [] }: {
    readonly from: TempFolder;
    readonly out: TempFolder;
    readonly send: readonly string[];
    readonly receive?: readonly string[];
  },
) {
  const folder = out.path;
  await using receiver = Program.start("transfer/receive.ts", [
    ...["--port", "0", "--out", folder, "--once", ...receive],
  ], { deno: ["-P=receive", `--allow-read=${folder},${from.path}`, `--allow-write=${folder}`] });
  const [, port] = await receiver.line(/^transfer listening on 127\.0\.0\.1:(\d+)$/);
  await using sender = Program.start("transfer/send.ts", ["--port", port!, ...send], {
    deno: ["-P=send", `--allow-read=${from.path}`],
    cwd: from.path,
  });
  const { code, stdout, stderr } = await sender.finish();
  const received = await receiver.finish();
  const told = [...stdout, ...stderr, ...received.stdout, ...received.stderr].join("\n");
  return { code, received: received.code, stdout: [...stdout], told };
}

Deno.test("--encrypt sends what a machine in between cannot read, and the age program opens", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const { recipient, secret } = await makeAgeIdentity();
  await from.write("plan.txt", WORD.repeat(10_000));
  await Deno.mkdir(from.file("dir"));
  await from.write("dir/b", noise(200_000));
  const send = ["plan.txt", "dir", "--encrypt", recipient];
  const { code, stdout, told } = await transfer({ from, out, send });
  assertEquals(code, 0, told);
  assertMatch(
    stdout[0]!,
    /^sent plan\.txt\.age as recv-plan\.txt\.age \d+ bytes sha256=[0-9a-f]{64}$/,
  );
  assertEquals(out.names(), ["recv-dir", "recv-plan.txt.age"]);
  const key = await from.write("key", `# made for a test\n${secret}\n`);
  const stored = await Deno.readFile(out.file("recv-plan.txt.age"));
  assert(!new TextDecoder().decode(stored).includes(WORD));
  const plain = await age(["-d", "-i", key], stored);
  assertEquals(new TextDecoder().decode(plain), WORD.repeat(10_000));
  const inside = await Deno.readFile(out.file("recv-dir/b.age"));
  assertEquals(await age(["-d", "-i", key], inside), noise(200_000));
  assert(!told.includes(String(secret)));
});

Deno.test("--identity saves the plaintext under the plain name, verified", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const [ann, bob] = [await makeAgeIdentity(), await makeAgeIdentity()];
  await from.write("a.bin", noise(1_000_000));
  await from.write("small", "abc");
  const key = await from.write("key", `${bob.secret}\n`);
  const list = await from.write("who", `# both\n${ann.recipient}\n\n${bob.recipient}\n`);
  const send = ["a.bin", "small", "--encrypt", list];
  const { code, told } = await transfer({ from, out, send, receive: ["--identity", key] });
  assertEquals(code, 0, told);
  assertEquals(out.names(), ["recv-a.bin", "recv-small"]);
  assertEquals(await Deno.readFile(out.file("recv-a.bin")), noise(1_000_000));
  assertEquals((await Deno.stat(out.file("recv-a.bin"))).mode! & 0o777, 0o644);
});

Deno.test("What the age program encrypted is received with --identity too; for somebody else it is not saved", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const [ann, bob] = [await makeAgeIdentity(), await makeAgeIdentity()];
  await from.write("x.age", await age(["-r", ann.recipient], noise(70_000)));
  const [annKey, bobKey] = [
    await from.write("ann", `${ann.secret}\n`),
    await from.write("bob", `${bob.secret}\n`),
  ];
  const no = await transfer({ from, out, send: ["x.age"], receive: ["--identity", bobKey] });
  assertEquals([no.code, no.received, out.names()], [1, 1, []]);
  assertMatch(no.told, /not sent x\.age: Cannot decrypt it: it is not encrypted to this device/);
  const yes = await transfer({ from, out, send: ["x.age"], receive: ["--identity", annKey] });
  assertEquals([yes.code, out.names()], [0, ["recv-x"]]);
  assertEquals(await Deno.readFile(out.file("recv-x")), noise(70_000));
});

Deno.test("A key that is none is told, without what is in its file", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const { secret } = await makeAgeIdentity();
  const broken = await from.write("broken", `${String(secret).slice(0, -3)}\n`);
  const empty = await from.write("empty", "# nothing\n");
  await from.write("a", "abc");
  const failing = async (program: string, args: string[]) => {
    const deno = [
      `-P=${program}`,
      `--allow-read=${from.path},${out.path}`,
      `--allow-write=${out.path}`,
    ];
    await using run = Program.start(`transfer/${program}.ts`, args, { deno, cwd: from.path });
    const { code, stderr } = await run.finish();
    const told = [...stderr].join("\n");
    assert(!told.includes(String(secret).slice(15, -3)), told);
    return [code, told] as const;
  };
  const receive = ["--port", "0", "--out", out.path, "--once", "--identity"];
  assertMatch((await failing("receive", [...receive, broken]))[1], /line 1 is no age identity/);
  assertMatch((await failing("receive", [...receive, empty]))[1], /there is no identity in it/);
  assertMatch((await failing("send", ["a", "--encrypt", "age1x"]))[1], /is no age recipient/);
  assertMatch((await failing("send", ["a", "--encrypt", broken]))[1], /line 1 is no age recipient/);
  assertMatch((await failing("send", ["a", "--encrypt", "gone"]))[1], /there is no such file/);
});
