import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Program, type ProgramOptions } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";

const RECEIVE = "transfer/receive.ts";
const SEND = "transfer/send.ts";
const LISTENING = /^transfer listening on 127\.0\.0\.1:(\d+)$/;

function startReceiver(out: string, args: readonly string[] = [], options?: ProgramOptions) {
  const deno = ["-P=receive", `--allow-read=${out}`, `--allow-write=${out}`];
  return Program.start(RECEIVE, ["--port", "0", "--out", out, ...args], { deno, ...options });
}

function startSender(
  from: string,
  port: string,
  args: readonly string[],
  options?: ProgramOptions,
) {
  const deno = ["-P=send", `--allow-read=${from}`];
  return Program.start(SEND, ["--port", port, ...args], { deno, cwd: from, ...options });
}

/** A file that takes a while to send and, until it has been sent, no room on the disk. */
async function writeHuge(folder: TempFolder, name: string): Promise<string> {
  const path = await folder.write(name, "");
  await Deno.truncate(path, 1024 ** 3);
  return path;
}

/** Waits until a file in a folder has grown to 1 MB: data is coming in. */
function untilDataCame(folder: TempFolder): Promise<void> {
  return folder.until(() =>
    folder.names().some((name) => Deno.lstatSync(folder.file(name)).size > 1_000_000)
  );
}

/** What has a final name: parts are kept, to go on with. */
function finished(folder: TempFolder): string[] {
  return folder.names().filter((name) => !name.endsWith(".part"));
}

/**
 * What takes root's right to read and write everything away, so that a file's mode counts in a test that
 * runs as root; other users need nothing.
 */
const asMortal = Deno.uid() === 0
  ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
  : [];

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a sender in mid-file: the receiver says why, and serves on`, async () => {
    await using from = new TempFolder();
    await using out = new TempFolder();
    const huge = await writeHuge(from, "huge");
    const small = await from.write("small", "abc");
    await using receiver = startReceiver(out.path);
    const [, port] = await receiver.line(LISTENING);
    await using sender = startSender(from.path, port!, [huge, "--limit-rate", "20M"]);
    await untilDataCame(out);
    sender.kill(signal);
    const { code, stdout } = await sender.finish();
    assertEquals([code, stdout], [1, []], sender.transcript);
    await receiver.line(/not received huge .*: The other side was told to stop/, "stderr");
    await receiver.line(/the connection from .* ended/, "stderr");
    assertEquals(finished(out), []);
    await using second = startSender(from.path, port!, [small]);
    assertEquals((await second.finish()).code, 0, second.transcript);
    assertEquals(finished(out), ["recv-small"]);
  });

  Deno.test(`${signal} ends a receiver that serves --once with 1, and no file has the name`, async () => {
    await using from = new TempFolder();
    await using out = new TempFolder();
    const huge = await writeHuge(from, "huge");
    await using receiver = startReceiver(out.path, ["--once"]);
    const [, port] = await receiver.line(LISTENING);
    await using sender = startSender(from.path, port!, [huge, "--limit-rate", "20M"]);
    await untilDataCame(out);
    receiver.kill(signal);
    assertEquals((await receiver.finish()).code, 1, receiver.transcript);
    assertEquals(finished(out), []);
    const { code, stderr } = await sender.finish();
    assertEquals(code, 1, sender.transcript);
    assertStringIncludes(stderr.join("\n"), "not sent huge: The other side was told to stop");
  });

  Deno.test(`${signal} ends a receiver that still waits: 0, but 1 where it was to serve --once`, async () => {
    await using out = new TempFolder();
    for (const [args, code] of [[[], 0], [["--once"], 1]] as const) {
      await using receiver = startReceiver(out.path, args);
      await receiver.line(LISTENING);
      receiver.kill(signal);
      assertEquals((await receiver.finish()).code, code, receiver.transcript);
    }
  });
}

Deno.test("a receiver whose output nobody reads ends with 1, without a stack trace, and what came is saved", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a", "abc");
  // The reader takes the first line, and goes.
  await using receiver = startReceiver(out.path, [], {
    wrap: ["sh", "-c", `{ "$@"; echo "code $?" >&2; } | head -n 1`, "sh"],
  });
  const [, port] = await receiver.line(LISTENING);
  await using sender = startSender(from.path, port!, [path]);
  await sender.finish();
  await receiver.line(/^code 1$/, "stderr");
  const { stderr } = await receiver.finish();
  assert(!stderr.some((line) => /Uncaught|^ +at /.test(line)), receiver.transcript);
  assertEquals(out.names(), ["recv-a"]);
});

Deno.test("a file that its mode forbids to read is told, and the rest is sent", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const secret = await from.write("secret", "abc");
  await Deno.chmod(secret, 0);
  const good = await from.write("good", "abc");
  await using receiver = startReceiver(out.path);
  const [, port] = await receiver.line(LISTENING);
  await using sender = startSender(from.path, port!, [secret, good], { wrap: asMortal });
  const { code, stdout, stderr } = await sender.finish();
  assertEquals([code, stdout.length], [1, 1], sender.transcript);
  assertMatch(stderr.join("\n"), /not sent secret: .*access is denied/);
  assertEquals(out.names(), ["recv-good"]);
});

Deno.test("a folder that its mode forbids to write is told at both ends", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a", "abc");
  await Deno.chmod(out.path, 0o555);
  await using receiver = startReceiver(out.path, [], { wrap: asMortal });
  const [, port] = await receiver.line(LISTENING);
  await using sender = startSender(from.path, port!, [path]);
  const { code, stderr } = await sender.finish();
  const reason = "Cannot begin to save the file: access is denied";
  assertEquals([code, stderr[0]], [1, `not sent a: ${reason}`], sender.transcript);
  await receiver.line(new RegExp(`^not received a from .*: ${reason}$`), "stderr");
  assertEquals(out.names(), []);
});
