import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { basename } from "@std/path";
import { encodeFrameHeader } from "../../codec/encoder.ts";
import { dial } from "../../net/tcp.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { Wire } from "../support/wire.ts";

const RECEIVE = "transfer/receive.ts";
const SEND = "transfer/send.ts";

/** A receiver with the narrow permissions that its users give it. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** A large file takes long enough to be interrupted. */
const SLOWLY = ["--limit-rate", "20M"];

async function startReceiver(
  out: string,
  args: readonly string[] = [],
  wrap: readonly string[] = [],
): Promise<{ readonly receiver: Program; readonly port: number }> {
  const receiver = Program.start(RECEIVE, ["--port", "0", "--out", out, ...args], {
    deno: ["-P=receive", `--allow-read=${out}`, `--allow-write=${out}`],
    wrap,
  });
  const [, port] = await receiver.line(/^transfer listening on 127\.0\.0\.1:(\d+)$/);
  return { receiver, port: Number(port) };
}

function startSender(from: string, port: number, args: readonly string[]): Program {
  return Program.start(SEND, ["--port", `${port}`, ...args], {
    deno: ["-P=send", `--allow-read=${from}`],
    cwd: from,
  });
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

Deno.test("files of awkward names and sizes arrive whole, and both programs print their receipts", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const names: readonly (readonly [string, number])[] = [
    ["plain.txt", 100],
    ["empty", 0],
    ["-rf", 1],
    ["--help", 5],
    ["with space 'and' \"quotes\".txt", 1_048_575],
    ["データ 📦.csv", 1_048_576],
    ["Ελληνικά", 1_048_577],
    ["$(reboot);`x`", 3],
    ["a".repeat(236) + ".txt", 2_500_000],
    ["é".repeat(120), 7],
  ];
  for (const [name, size] of names) await from.write(name, noise(size, size + 1));
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, ["--", ...names.map(([name]) => name)]);
  const { code, stdout } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertEquals(stdout.length, names.length);
  for (const [name, size] of names) {
    const content = noise(size, size + 1);
    const saved = `recv-${name}`;
    assertEquals(await Deno.readFile(out.file(saved)), content, name);
    const line = `${name} as ${saved} ${size} bytes sha256=${await sha256(content)}`;
    assert(stdout.includes(`sent ${line}`), `${line}\n${sender.transcript}`);
    await receiver.line(new RegExp(`^received ${RegExp.escape(line)}$`));
  }
  assertEquals(out.names().length, names.length);
});

Deno.test("--hash xxh128 and --json are told by both programs", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a.bin", "abc");
  const receiver = Program.start(RECEIVE, ["--port", "0", "--out", out.path, "--json", "--once"], {
    deno: ["-P=receive", `--allow-read=${out.path}`, `--allow-write=${out.path}`],
  });
  await using _receiver = receiver;
  const [listening] = await receiver.line(/^.*listening.*$/);
  const { port } = JSON.parse(listening).payload;
  await using sender = startSender(from.path, port, [path, "--hash", "xxh128", "--json"]);
  const { code, stdout } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertEquals(JSON.parse(stdout[0]!), {
    type: "sent",
    payload: {
      name: "a.bin",
      savedAs: "recv-a.bin",
      kind: "file",
      size: 3,
      xxh128: "06b05ab6733a618578af5f94892f3950",
      durable: "disk",
    },
  });
  const received = await receiver.finish();
  assertEquals([received.code, JSON.parse(received.stdout[1]!).type], [0, "received"]);
});

Deno.test("a file far larger than either program's memory passes through in bounded memory", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const size = 600 * 1_048_576;
  const path = from.file("sparse");
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, size);
  const { receiver, port } = await startReceiver(out.path, ["--once"]);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [path]);
  // The peak is read while the process still is there: when its last file has its receipt.
  const peak = async (pid: number) => {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)![1]) / 1024;
  };
  const peaks: number[] = [];
  const watching = (async () => {
    for (;;) {
      try {
        peaks.push(await peak(sender.pid), await peak(receiver.pid));
      } catch {
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  assertEquals((await sender.finish()).code, 0, sender.transcript);
  assertEquals((await receiver.finish()).code, 0, receiver.transcript);
  await watching;
  assertEquals((await Deno.stat(out.file("recv-sparse"))).size, size);
  assert(peaks.length > 0);
  assert(Math.max(...peaks) < 128, `peak ${Math.max(...peaks)} MiB`);
});

Deno.test("a name that is there is saved beside it, and the sender is told the name", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a.txt", "new");
  await out.write("recv-a.txt", "old");
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [path]);
  const { stdout } = await sender.finish();
  assertStringIncludes(stdout[0]!, "sent a.txt as recv-a (1).txt 3 bytes sha256=");
  assertEquals(await Deno.readTextFile(out.file("recv-a.txt")), "old");
});

Deno.test("a sender killed in mid-file leaves no file of that name, and the receiver serves on", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const big = from.file("big");
  await Deno.writeFile(big, new Uint8Array(0));
  await Deno.truncate(big, 1024 ** 3);
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [big]);
  // Data has come when the part has grown.
  await out.until(() => out.names().some((name) => Deno.statSync(out.file(name)).size > 5_000_000));
  sender.kill("SIGKILL");
  await receiver.line(/not received big/, "stderr");
  await receiver.line(/the connection from .* ended/, "stderr");
  assertEquals(out.names().filter((name) => name.startsWith("recv-")), []);
  const small = await from.write("small", "abc");
  await using second = startSender(from.path, port, [small]);
  assertEquals((await second.finish()).code, 0, second.transcript);
  assertEquals(out.names().filter((name) => name.startsWith("recv-")), ["recv-small"]);
});

Deno.test("a receiver killed in mid-file: the sender says so and ends with 1, no file has the name", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const big = from.file("big");
  await Deno.writeFile(big, new Uint8Array(0));
  await Deno.truncate(big, 1024 ** 3);
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [big, ...SLOWLY, "--retries", "0"]);
  await out.until(() => out.names().length > 0);
  receiver.kill("SIGKILL");
  const { code, stderr, stdout } = await sender.finish();
  assertEquals([code, stdout], [1, []], sender.transcript);
  assertMatch(stderr.join("\n"), /not sent big/);
  assertEquals(out.names().filter((name) => name.startsWith("recv-")), []);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`${signal} ends a receiver in mid-file: no file has the name, the sender ends with 1`, async () => {
    await using from = new TempFolder();
    await using out = new TempFolder();
    const big = from.file("big");
    await Deno.writeFile(big, new Uint8Array(0));
    await Deno.truncate(big, 1024 ** 3);
    const { receiver, port } = await startReceiver(out.path);
    await using _receiver = receiver;
    await using sender = startSender(from.path, port, [big, ...SLOWLY]);
    await out.until(() => out.names().length > 0);
    receiver.kill(signal);
    assertEquals((await receiver.finish()).code, 0, receiver.transcript);
    assertEquals((await sender.finish()).code, 1, sender.transcript);
    assertEquals(out.names().filter((name) => name.startsWith("recv-")), []);
  });
}

for (const victim of ["sender", "receiver"] as const) {
  Deno.test(`a ${victim} killed in mid-file: the same send again goes on from what arrived`, async () => {
    await using from = new TempFolder();
    await using out = new TempFolder();
    const size = 600 * 1024 ** 2;
    const big = from.file("big");
    await Deno.writeFile(big, noise(1_000_000));
    await Deno.truncate(big, size);
    const first = await startReceiver(out.path);
    await using _first = first.receiver;
    await using sender = startSender(from.path, first.port, [big, "--retries", "0"]);
    const arrived = () =>
      out.names().map((name) => Deno.statSync(out.file(name)).size).reduce((a, b) => a + b, 0);
    await out.until(() => arrived() >= 50_000_000);
    (victim === "sender" ? sender : first.receiver).kill("SIGKILL");
    await sender.finish();
    if (victim === "sender") await first.receiver.line(/the connection from .* ended/, "stderr");
    const kept = arrived();
    const second = victim === "sender" ? first : await startReceiver(out.path);
    await using _second = second.receiver;
    await using again = startSender(from.path, second.port, [big]);
    const { code, stdout } = await again.finish();
    assertEquals(code, 0, again.transcript);
    assertStringIncludes(stdout[0]!, `sent big as recv-big ${size} bytes`);
    assertEquals(out.names(), ["recv-big"], "the part became the file");
    assert(kept >= 50_000_000);
    assertEquals(Deno.statSync(out.file("recv-big")).size, size);
  });
}

Deno.test("a receiver killed in mid-file and started again: the sender goes on by itself", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const content = noise(60_000_000);
  const big = await from.write("big", content);
  const first = await startReceiver(out.path);
  await using _first = first.receiver;
  await using sender = startSender(from.path, first.port, [big, ...SLOWLY]);
  await out.until(() =>
    out.names().some((name) => Deno.statSync(out.file(name)).size > 20_000_000)
  );
  const { ino } = Deno.statSync(out.file(out.names()[0]!));
  first.receiver.kill("SIGKILL");
  await sender.line(/^the connection to .* broke \(.*\): try 1 of 10 in 0\.5 s$/, "stderr");
  const second = await startReceiver(out.path, ["--port", `${first.port}`]);
  await using _second = second.receiver;
  const { code, stdout } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertStringIncludes(stdout[0]!, "sent big as recv-big 60000000 bytes");
  assertEquals(out.names(), ["recv-big"]);
  assertEquals(await Deno.readFile(out.file("recv-big")), content);
  assertEquals(Deno.statSync(out.file("recv-big")).ino, ino, "the part became the file");
});

Deno.test("what a receiver does not take is told at both ends: too large, too many, no room", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const huge = await from.write("huge", "");
  // More than any disk has.
  await Deno.truncate(huge, 7 * 1024 ** 4);
  const files = [];
  for (const name of ["large", "one", "two", "three"]) {
    files.push(await from.write(name, name === "large" ? noise(2_000) : name));
  }
  const limits = ["--max-size", "1K", "--max-files", "2"];
  const limited = await startReceiver(out.path, limits);
  await using _limited = limited.receiver;
  await using sender = startSender(from.path, limited.port, files);
  const { code, stderr } = await sender.finish();
  assertEquals(code, 1, sender.transcript);
  assertEquals(stderr.filter((line) => line.startsWith("not sent")), [
    "not sent large: Cannot take a file of 2000 bytes: 1000 are allowed",
    "not sent three: Cannot take more than 2 files and folders over one connection",
  ]);
  const open = await startReceiver(out.path);
  await using _open = open.receiver;
  await using another = startSender(from.path, open.port, [huge]);
  assertEquals((await another.finish()).code, 1, another.transcript);
  const reason = /not received huge .*: Cannot take a file of 7696581394432 bytes: \d+ are free/;
  await open.receiver.line(reason, "stderr");
  assertEquals(out.names(), ["recv-one", "recv-two"]);
});

Deno.test("a receiver that has as many senders as it takes says so, and the next one comes in later", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const big = await from.write("big", noise(20_000_000));
  const small = await from.write("small", "abc");
  const { receiver, port } = await startReceiver(out.path, ["--max-connections", "1"]);
  await using _receiver = receiver;
  await using first = startSender(from.path, port, [big, ...SLOWLY]);
  await out.until(() => out.names().length > 0);
  await using second = startSender(from.path, port, [small]);
  await second.line(/The receiver has 1 sender, as many as it takes.*try 1 of 10/, "stderr");
  await receiver.line(/^refused 127\.0\.0\.1:\d+: The receiver has 1 sender/, "stderr");
  first.kill("SIGKILL");
  assertEquals((await second.finish()).code, 0, second.transcript);
});

Deno.test("a limited rate is kept to, by either program", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a", noise(1_500_000));
  for (const limits of [[["--limit-rate", "1M"], []], [[], ["--limit-rate", "1M"]]]) {
    const { receiver, port } = await startReceiver(out.path, limits[0]);
    await using _receiver = receiver;
    const began = performance.now();
    await using sender = startSender(from.path, port, [path, ...limits[1]!]);
    assertEquals((await sender.finish()).code, 0, sender.transcript);
    assert(performance.now() - began >= 1_400);
  }
});

Deno.test("a pipe goes through both programs: standard input to standard output, byte for byte", async () => {
  await using folder = new TempFolder();
  const content = noise(3_000_000);
  const input = await folder.write("input", content);
  const run = `${Deno.execPath()} run -q`;
  const script = `
    ${run} -P=receive ${RECEIVE} --port 0 --once --stdout > ${folder.file("output")} 2> ${
    folder.file("told")
  } &
    receiver=$!
    until port=$(sed -n 's/.*listening on 127.0.0.1:\\([0-9]*\\)$/\\1/p' ${
    folder.file("told")
  }) && [ -n "$port" ]
    do kill -0 $receiver || exit 9; done
    cat ${input} | ${run} -P=send ${SEND} - --name backup.tar --port $port
    echo "sent with $?"
    wait $receiver
    echo "received with $?"
  `;
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", script],
    cwd: new URL("../../", import.meta.url).pathname,
  }).output();
  const text = new TextDecoder().decode(stdout);
  const hash = await sha256(content);
  assertEquals(
    text.trim().split("\n"),
    [`sent backup.tar as - 3000000 bytes sha256=${hash}`, "sent with 0", "received with 0"],
    new TextDecoder().decode(stderr),
  );
  assertEquals(await Deno.readFile(folder.file("output")), content);
  const told = await Deno.readTextFile(folder.file("told"));
  assertStringIncludes(told, `received backup.tar as - 3000000 bytes sha256=${hash}`);
});

Deno.test("a pipe is saved under its name", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = Program.start(SEND, ["-", "--name", "notes.txt", "--port", `${port}`], {
    deno: ["-P=send"],
    cwd: from.path,
    stdin: true,
  });
  await sender.write("one\n");
  await sender.write("two\n");
  const { code, stdout } = await sender.finish();
  assertEquals(code, 0, sender.transcript);
  assertStringIncludes(stdout[0]!, "sent notes.txt as recv-notes.txt 8 bytes sha256=");
  assertEquals(await Deno.readTextFile(out.file("recv-notes.txt")), "one\ntwo\n");
});

Deno.test("a full disk is told at both ends, and nothing stays", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const big = await from.write("big", noise(3_000_000));
  // One that does not know its size begins, all others are refused before their first byte.
  const endless = `cat ${big} | ${Deno.execPath()} run -q -P=send ${SEND} - --name endless --port`;
  const small = await from.write("small", "abc");
  // A disk of 1 MiB, in a mount namespace of the receiver's own.
  const mount = `mount -t tmpfs -o size=1m tmpfs "$0" && exec "$@"`;
  const wrap = ["unshare", "-rm", "sh", "-c", mount, out.path];
  const { receiver, port } = await startReceiver(out.path, [], wrap);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [big, small]);
  const { code, stderr, stdout } = await sender.finish();
  assertEquals(code, 1, sender.transcript);
  const refused = "Cannot take a file of 3000000 bytes: 1048576 are free on the disk";
  assertEquals(stderr[0], `not sent big: ${refused}`);
  assertMatch(stderr[1]!, /^sent 1 file, 3 bytes in \S+ s \(.*\), 1 not sent$/);
  await receiver.line(new RegExp(`^not received big from .*: ${refused}$`), "stderr");
  const full = "Cannot write the file: the disk is full";
  const piped = await new Deno.Command("sh", { args: ["-c", `${endless} ${port}`], cwd: ROOT })
    .output();
  assertEquals(piped.code, 1);
  assertStringIncludes(new TextDecoder().decode(piped.stderr), `not sent endless: ${full}`);
  await receiver.line(new RegExp(`^not received endless from .*: ${full}$`), "stderr");
  // The space of the part is free again.
  assertStringIncludes(stdout[0]!, "sent small as recv-small");
  // Only the receiver's own namespace sees its disk.
  const inside = await Array.fromAsync(Deno.readDir(`/proc/${receiver.pid}/root${out.path}`));
  assertEquals(inside.map(({ name }) => name), ["recv-small"]);
});

Deno.test("a folder that vanished is told at both ends", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a", "abc");
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await Deno.remove(out.path, { recursive: true });
  await using sender = startSender(from.path, port, [path]);
  const { code, stderr } = await sender.finish();
  assertEquals([code, stderr[0]], [
    1,
    "not sent a: Cannot begin to save the file: the folder is gone",
  ]);
  await receiver.line(
    /not received a from .*: Cannot begin to save the file: the folder is gone/,
    "stderr",
  );
});

Deno.test("what cannot be read is told, and the rest is sent", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const good = await from.write("good", "abc");
  await new Deno.Command("mkfifo", { args: [from.file("pipe")] }).output();
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [from.file("gone"), from.file("pipe"), good]);
  const { code, stdout, stderr } = await sender.finish();
  assertEquals([code, stdout.length], [1, 1], sender.transcript);
  assertMatch(stderr.join("\n"), /not sent .*gone: .*there is no such file/);
  assertMatch(stderr.join("\n"), /not sent .*pipe: .*it is no regular file/);
});

Deno.test("nobody listening is a sentence that says what to check, exit 1", async () => {
  await using from = new TempFolder();
  const path = await from.write("a", "abc");
  await using sender = startSender(from.path, 1, [path]);
  const { code, stderr } = await sender.finish();
  assertEquals([code, stderr.length], [1, 1], sender.transcript);
  assertMatch(stderr[0]!, /Failed to connect to 127\.0\.0\.1:1 .*transfer\/receive\.ts/);
});

for (
  const [file, args, message] of [
    [SEND, [], "PATH… is missing"],
    [SEND, ["--prot", "1", "x"], 'Unknown option "--prot"'],
    [SEND, ["--port", "0", "x"], "--port cannot be"],
    [SEND, ["--hash", "md5", "x"], "--hash cannot be"],
    [SEND, ["--host", "a b", "x"], 'Cannot use the address "a b:12346"'],
    [SEND, ["--limit-rate", "10X", "x"], "--limit-rate cannot be"],
    [SEND, ["--limit-rate", "10", "x"], "a number of bytes from 1000 on"],
    [SEND, ["--retries", "-1", "x"], "--retries cannot be"],
    [SEND, ["-"], "needs a name"],
    [SEND, ["x", "--name", "y"], "needs a name"],
    [RECEIVE, ["--stdout"], "--once"],
    [RECEIVE, ["x"], 'Unknown argument "x"'],
    [RECEIVE, ["--port", "70000"], "--port cannot be"],
    [RECEIVE, ["--max-size", "-5"], "--max-size cannot be"],
    [RECEIVE, ["--host", "a b"], 'Cannot use the address "a b:12346"'],
    [RECEIVE, ["--max-files", "0"], "--max-files cannot be"],
    [RECEIVE, ["--max-connections", "many"], "--max-connections cannot be"],
    [RECEIVE, ["--on-exists", "explode"], "--on-exists cannot be"],
  ] as const
) {
  Deno.test(`${basename(file)} ${args.join(" ")} is one clear line and exit 2`, async () => {
    await using program = Program.start(file, args, { deno: [] });
    const { code, stdout, stderr } = await program.finish();
    assertEquals([code, stdout, stderr.length], [2, [], 1], program.transcript);
    assertStringIncludes(stderr[0]!, message);
  });
}

Deno.test("without permissions, and nobody to ask, both say what to add", async () => {
  await using out = new TempFolder();
  await using receiver = Program.start(RECEIVE, ["--port", "0", "--out", out.path], {
    deno: ["-P=receive"],
  });
  const { code, stderr } = await receiver.finish();
  assertEquals(code, 1);
  assertStringIncludes(
    stderr[0]!,
    `deno run -P=receive --allow-read=${out.path} --allow-write=${out.path} transfer/receive.ts`,
  );
  const path = await out.write("a", "abc");
  await using sender = Program.start(SEND, [path], { deno: ["-P=send"] });
  const refused = await sender.finish();
  assertEquals(refused.code, 1);
  assertStringIncludes(
    refused.stderr[0]!,
    `deno run -P=send --allow-read=${path} transfer/send.ts`,
  );
});

Deno.test("a folder that is not there, or is none, is told before anybody sends", async () => {
  await using out = new TempFolder();
  const file = await out.write("file", "");
  for (
    const [folder, reason] of [[out.file("gone"), "no such folder"], [file, "no folder"]] as const
  ) {
    await using receiver = Program.start(RECEIVE, ["--port", "0", "--out", folder]);
    const { code, stderr } = await receiver.finish();
    assertEquals([code, stderr.length], [1, 1]);
    assertStringIncludes(stderr[0]!, reason);
  }
});

Deno.test("a port in use is a sentence and exit 1", async () => {
  await using out = new TempFolder();
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  await using second = Program.start(RECEIVE, ["--port", `${port}`, "--out", out.path]);
  const { code, stderr } = await second.finish();
  assertEquals([code, stderr.length], [1, 1]);
  assertMatch(stderr[0]!, /is in use/);
});

Deno.test("what a hostile sender's names hold cannot touch the receiver's terminal", async () => {
  await using out = new TempFolder();
  const { receiver, port } = await startReceiver(out.path);
  await using _receiver = receiver;
  using sender = Wire.sender(await dial({ host: "127.0.0.1", port }));
  await sender.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  const name = "\x1b]0;owned\x07\u202egpj.exe\n\x9b2J";
  await sender.send("offer", { id: 0, key: "k".repeat(16), name, size: 1, kind: "file" });
  assertEquals((await sender.next("refuse")).code, "invalid_path");
  const [line] = await receiver.line(/not received/, "stderr");
  for (const printed of [line, ...receiver.lines.stderr]) {
    assert(!/\p{C}/u.test(printed), JSON.stringify(printed));
  }
});

Deno.test("--once ends after one sender: 0 if all was saved, else 1", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const path = await from.write("a", "abc");
  const { receiver, port } = await startReceiver(out.path, ["--once"]);
  await using _receiver = receiver;
  await using sender = startSender(from.path, port, [path]);
  assertEquals((await sender.finish()).code, 0);
  assertEquals((await receiver.finish()).code, 0);
  const again = await startReceiver(out.path, ["--once"]);
  await using _again = again.receiver;
  const half = await dial({ host: "127.0.0.1", port: again.port });
  await half.write(encodeFrameHeader("json", 100));
  half.close();
  assertEquals((await again.receiver.finish()).code, 1);
});
