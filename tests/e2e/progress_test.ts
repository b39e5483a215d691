import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { dial, listen } from "../../net/tcp.ts";
import type { SenderMessage } from "../../protocol/transfer.ts";
import { Program } from "../support/process.ts";
import { noise, TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";
import { Wire } from "../support/wire.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const RECEIVE = "transfer/receive.ts";
const SEND = "transfer/send.ts";

/** A program of ours on a terminal. */
function onTerminal(
  file: string,
  args: readonly string[],
  { cols = 100, before = "" }: { cols?: number; before?: string } = {},
): TestTerminal {
  const command = `${before} ${Deno.execPath()} run -q -A ${root}${file} ${args.join(" ")}`;
  return new TestTerminal(command, { cols, rows: 14 });
}

/** A receiver that answers when a test wants it to. */
class SlowReceiver implements Disposable {
  readonly port: number;
  readonly #listener = listen({ host: "127.0.0.1", port: 0 });
  #wire: Wire<SenderMessage> | undefined;

  constructor() {
    this.port = this.#listener.address.port;
  }

  /** Waits for a sender, and greets it. */
  async greet(): Promise<Wire<SenderMessage>> {
    for await (const connection of this.#listener) {
      this.#wire = Wire.receiver(connection);
      break;
    }
    await this.#wire!.next("hello");
    await this.#wire!.send("welcome", { limits: { maxOpenOffers: 256 }, durable: "disk" });
    return this.#wire!;
  }

  [Symbol.dispose](): void {
    this.#wire?.[Symbol.dispose]();
    this.#listener.close();
  }
}

/** A file without room on the disk. */
async function writeSparse(folder: TempFolder, name: string, size: number): Promise<string> {
  const path = await folder.write(name, "");
  await Deno.truncate(path, size);
  return path;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** The screen's lines with one space where there are several: rates have different widths. */
const squeezed = (lines: readonly string[]) => lines.map((line) => line.trim().replace(/ +/g, " "));

/** Whether a line of the screen is a bar. */
const isBar = (line: string) => /\d [kMG]?B\/s|█|░/.test(line);

Deno.test("a sender on a terminal shows percent, rate, time left and size, from where it goes on", async () => {
  await using from = new TempFolder();
  const big = await writeSparse(from, "big", 100_000_000);
  using receiver = new SlowReceiver();
  await using sender = onTerminal(SEND, ["--port", `${receiver.port}`, big]);
  const wire = await receiver.greet();
  const { id } = await wire.next("offer");
  const hash = await sha256(new Uint8Array(90_000_000));
  await wire.send("accept", { id, offset: 90_000_000, hash });
  await sender.until((lines) =>
    squeezed(lines).some((line) => /^9\d% █+░+ .* ETA .* 9\d\.\d MB of 100 MB big$/.test(line))
  );
  assert(isBar(sender.cursor.line), "it is the last line");
  // Ctrl-C leaves nothing of the bar, and the terminal as it was.
  await sender.type("\x03");
  const ending = wire.untilEnd();
  assertEquals(await sender.ended(), 1);
  wire.connection.close();
  await ending.catch(() => {});
  assertEquals(sender.lines.map((line) => line.replace(/\d+\.\d+ s/, "T s")), [
    "stopping: what was not sent is not saved",
    "not sent big: The transfer ended before the receipt came",
    "sent 0 files, 0 bytes in T s (0.00 MB/s), 1 not sent",
    "transfer/send.ts: The sender was stopped",
  ]);
  for (const taken of ["\x1b[?25l", "\x1b[?7l"]) {
    assert(!sender.raw.includes(taken), "cursor, wrapping");
  }
});

Deno.test("a sender on 40 columns shows what matters on one row, and counts its files meanwhile", async () => {
  await using from = new TempFolder();
  const name = "データ".repeat(20);
  await writeSparse(from, name, 100_000_000);
  for (let at = 0; at < 9; at++) await from.write(`small${at}`, "abc");
  using receiver = new SlowReceiver();
  await using sender = onTerminal(SEND, ["--port", `${receiver.port}`, from.path], { cols: 40 });
  const wire = await receiver.greet();
  await wire.next("offer");
  await sender.until((lines) => squeezed(lines).some((line) => /^0% .* \d+\/10/.test(line)));
  assertEquals(sender.lines.filter(isBar).length, 1);
});

Deno.test("lines that are printed while there is a bar are whole, and the bar stays below them", async () => {
  await using from = new TempFolder();
  const names = Array.from({ length: 40 }, (_, at) => `f${at}`);
  for (const name of names) await from.write(name, "abc");
  await Deno.symlink("nowhere", from.file("link"));
  using receiver = new SlowReceiver();
  await using sender = onTerminal(SEND, ["--port", `${receiver.port}`, from.path], { cols: 150 });
  const wire = await receiver.greet();
  await sender.until((lines) => lines.some((line) => /file 4\d of /.test(line)));
  for (let sent = 0; sent < names.length;) {
    const message = await wire.receive();
    if (message?.type !== "end") continue;
    const { id, size, hash } = message.payload;
    if (id % 10 === 9) await wire.send("error", { id, code: "write_failed", message: "No room" });
    else await wire.send("done", { id, savedAs: `recv-${id}`, size, hash, durable: "disk" });
    sent++;
    // The bar is drawn between some of them.
    if (sent === 20) await sender.until((lines) => lines.some((line) => /^sent /.test(line)));
  }
  await sender.until((lines) =>
    lines.filter((line) => /^(?:sent|not sent) /.test(line)).length === names.length
  );
  await sender.until((lines) => isBar(lines.at(-1)!));
  const [last, ...others] = sender.lines.toReversed();
  assert(isBar(last!));
  for (const line of others.filter((line) => !line.startsWith("skipped "))) {
    assertMatch(
      line,
      /^(?:sent \S+\/f\d+ as recv-\d+ 3 bytes sha256=[0-9a-f]{64}|not sent \S+\/f\d+: No room)$/,
    );
  }
  assertEquals(others.filter((line) => line.startsWith("not sent ")).length, 4);
});

Deno.test("--no-progress shows no bar, NO_COLOR one without colours", async () => {
  await using from = new TempFolder();
  const path = await writeSparse(from, "big", 100_000_000);
  const run = async (args: readonly string[], before: string) => {
    using receiver = new SlowReceiver();
    await using sender = onTerminal(SEND, ["--port", `${receiver.port}`, ...args, path], {
      before,
    });
    const wire = await receiver.greet();
    const { id } = await wire.next("offer");
    await wire.send("accept", { id, offset: 0 });
    // Without a bar there is nothing to wait for but the time in which one would come.
    if (args.length > 0) await new Promise((resolve) => setTimeout(resolve, 1_000));
    else await sender.until((lines) => lines.some(isBar));
    return sender.raw;
  };
  assertEquals(await run(["--no-progress"], ""), "");
  const plain = await run([], "");
  assert(!plain.includes("\x1b[2m"), JSON.stringify(plain));
  assertStringIncludes(await run([], "env -u NO_COLOR"), "\x1b[2mbig\x1b[22m");
});

Deno.test("a pipe has no percent, only bytes and rate", async () => {
  using receiver = new SlowReceiver();
  const send = `${Deno.execPath()} run -q -A ${root}${SEND} - --name pipe --port ${receiver.port}`;
  await using sender = new TestTerminal(`sh -c '(echo hello; cat) | ${send}'`, { cols: 100 });
  const wire = await receiver.greet();
  const { id } = await wire.next("offer");
  await wire.send("accept", { id, offset: 0 });
  await sender.until((lines) => squeezed(lines).some((line) => /^\d+ B\/s 6 B pipe$/.test(line)));
});

Deno.test("a receiver on a terminal shows the file that comes, and several senders as one", async () => {
  await using out = new TempFolder();
  await using receiver = onTerminal(RECEIVE, ["--port", "0", "--out", out.path]);
  await receiver.untilLine("listening on 127.0.0.1:");
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(receiver.text)![1]);
  const begin = async (name: string, inline?: true) => {
    const wire = Wire.sender(await dial({ host: "127.0.0.1", port }));
    await wire.send("hello", { protocol: 1, role: "send", hash: "sha256" });
    const key = name.repeat(16).slice(0, 16);
    await wire.send("offer", { id: 0, key, name, size: 1_000, kind: "file", inline });
    if (!inline) await wire.next("accept");
    await wire.send("start", { id: 0, offset: 0 });
    return wire;
  };
  using first = await begin("first");
  await first.data(new Uint8Array(420));
  await receiver.until((lines) =>
    squeezed(lines).some((line) => /^42% █+░+ .*\/s file 1 420 B first$/.test(line))
  );
  using second = await begin("second");
  await second.data(new Uint8Array(580));
  await receiver.until((lines) =>
    squeezed(lines).some((line) => /\/s 2 senders 2 files 1\.00 kB second$/.test(line))
  );
  for (const wire of [second, first]) {
    wire.connection.close();
    await receiver.untilLine(`received 0 files, 0 bytes from ${"127.0.0.1"}`);
  }
  await receiver.until((lines) =>
    lines.filter((line) => line.startsWith("received 0 files")).length === 2
  );
  assert(!receiver.lines.some((line) => line.includes("█")));
  await receiver.type("\x03");
  assertEquals(await receiver.ended(), 0);
});

Deno.test("--json --progress tells a sender's progress once a second, and at the end", async () => {
  await using from = new TempFolder();
  const big = await writeSparse(from, "big", 100_000_000);
  const small = await from.write("small", "abc");
  using receiver = new SlowReceiver();
  await using sender = Program.start(SEND, [
    ...["--port", `${receiver.port}`, "--json", "--progress"],
    ...[small, big],
  ]);
  const wire = await receiver.greet();
  const { id, size, hash } = await wire.next("end");
  await wire.send("done", { id, savedAs: "recv-small", size, hash, durable: "disk" });
  const offer = await wire.next("offer");
  const held = await sha256(new Uint8Array(90_000_000));
  await wire.send("accept", { id: offer.id, offset: 90_000_000, hash: held });
  await sender.line(/"name":"big"/);
  await sender.line(/"type":"progress".*"etaMs":(?:null|\d)/);
  sender.kill("SIGINT");
  const ending = wire.untilEnd();
  const { code, stdout } = await sender.finish();
  wire.connection.close();
  await ending.catch(() => {});
  assertEquals(code, 1);
  const told = stdout.map((line) => JSON.parse(line));
  assertEquals(told.slice(-2).map(({ type }) => type), ["progress", "summary"]);
  const { payload } = told.find(({ payload }) => payload.name === "big")!;
  const { bytes, bytesPerSecond, etaMs, fileBytes, ...known } = payload;
  assertEquals(known, {
    files: 1,
    failed: 0,
    totalFiles: 2,
    totalBytes: 100_000_003,
    name: "big",
    fileSize: 100_000_000,
  });
  assert(bytes >= 90_000_003 && bytes <= 100_000_003, `${bytes}`);
  assertEquals(fileBytes, bytes - 3);
  // Were the bytes that were there counted, it would be far above: a second has passed at least.
  assert(bytesPerSecond <= 10_000_003, `${bytesPerSecond}`);
  assert(etaMs === null || etaMs >= 0);
  const { elapsedMs, bytesPerSecond: _rate, ...summary } = told.at(-1).payload;
  assertEquals(summary, { files: 1, failed: 1, bytes: 3, resumedBytes: 0 });
  assert(elapsedMs >= 1_000);
});

Deno.test("--json --progress tells a receiver's progress for each sender", async () => {
  await using out = new TempFolder();
  await using receiver = Program.start(RECEIVE, [
    ...["--port", "0", "--out", out.path, "--once", "--json", "--progress"],
  ]);
  const [listening] = await receiver.line(/listening/);
  const { port } = JSON.parse(receiver.lines.stdout.find((line) => line.includes(listening!))!)
    .payload;
  using wire = Wire.sender(await dial({ host: "127.0.0.1", port }));
  await wire.send("hello", { protocol: 1, role: "send", hash: "sha256" });
  const key = "k".repeat(16);
  await wire.send("offer", { id: 0, key, name: "a", size: 1_000, kind: "file" });
  await wire.next("accept");
  await wire.send("start", { id: 0, offset: 0 });
  await wire.data(new Uint8Array(420));
  await receiver.line(/"type":"progress".*"fileBytes":420/);
  const content = new Uint8Array(1_000);
  await wire.data(content.subarray(420));
  await wire.send("end", { id: 0, size: 1_000, hash: await sha256(content) });
  await wire.next("done");
  await wire.send("bye", { files: 1, bytes: 1_000 });
  await wire.closeWrite();
  await wire.untilEnd();
  const { code, stdout } = await receiver.finish();
  assertEquals(code, 0, receiver.transcript);
  const told = stdout.map((line) => JSON.parse(line));
  assertEquals(told.slice(-3).map(({ type }) => type), ["received", "progress", "summary"]);
  const { peer, bytesPerSecond: _rate, ...last } = told.at(-2).payload;
  assertMatch(peer, /^127\.0\.0\.1:\d+$/);
  assertEquals(last, {
    files: 1,
    failed: 0,
    totalFiles: null,
    bytes: 1_000,
    totalBytes: null,
    etaMs: null,
    name: "a",
    fileBytes: 1_000,
    fileSize: 1_000,
  });
  assertEquals(told.at(-1).payload.peer, peer);
});

Deno.test("off a terminal nothing is told before the end, unless --progress asks for it", async () => {
  await using from = new TempFolder();
  const path = await writeSparse(from, "big", 100_000_000);
  const run = async (args: readonly string[]) => {
    using receiver = new SlowReceiver();
    await using sender = Program.start(SEND, ["--port", `${receiver.port}`, ...args, path]);
    const wire = await receiver.greet();
    const { id } = await wire.next("offer");
    if (args.includes("--progress")) {
      await sender.line(/^0% +0 B\/s +ETA --:-- +0 B of 100 MB$/, "stderr");
    } else await new Promise((resolve) => setTimeout(resolve, 1_500));
    await wire.send("refuse", { id, code: "no_space", message: "No room" });
    const ending = wire.untilEnd();
    await wire.send("bye", { files: 0, bytes: 0 });
    await wire.closeWrite();
    const { stdout, stderr } = await sender.finish();
    await ending;
    return { stdout, stderr };
  };
  const silent = await run([]);
  assertEquals([silent.stdout, silent.stderr.length], [[], 2]);
  const json = await run(["--json"]);
  assertEquals([json.stdout.length, json.stderr.length], [1, 1]);
  const asked = await run(["--progress"]);
  assertEquals(asked.stdout, []);
  assert(asked.stderr.length >= 3);
});

Deno.test("at the end both programs tell files, bytes, seconds and rate on standard error", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  await from.write("a", noise(1_000_000));
  await from.write("b", noise(2_345));
  const receiver = Program.start(RECEIVE, ["--port", "0", "--out", out.path]);
  await using _receiver = receiver;
  const [, port] = await receiver.line(/listening on 127\.0\.0\.1:(\d+)$/);
  const send = async (...args: string[]) => {
    await using sender = Program.start(SEND, ["--port", port!, ...args], { cwd: from.path });
    return await sender.finish();
  };
  const first = await send("a", "b", "gone");
  assertEquals([first.code, first.stdout.length], [1, 2]);
  const time = String.raw`in \d+\.\d\d s \(\d+\.\d\d MB/s\)`;
  assertMatch(
    first.stderr.at(-1)!,
    new RegExp(`^sent 2 files, 1,002,345 bytes ${time}, 1 not sent$`),
  );
  await receiver.line(
    new RegExp(String.raw`^received 2 files, 1,002,345 bytes from 127\.0\.0\.1:\d+ ${time}$`),
    "stderr",
  );
  assert(
    receiver.lines.stdout.every((line) => /^(?:transfer listening|received \w as)/.test(line)),
  );
  const single = await send("a", "--json");
  const { type, payload } = JSON.parse(single.stdout.at(-1)!);
  assertEquals([type, payload.files, payload.bytes, single.stderr], ["summary", 1, 1_000_000, []]);
});

Deno.test("after a resume the end tells what was there already", async () => {
  await using from = new TempFolder();
  await using out = new TempFolder();
  const size = 300_000_000;
  const big = await writeSparse(from, "big", size);
  await using receiver = Program.start(RECEIVE, ["--port", "0", "--out", out.path]);
  const [, port] = await receiver.line(/listening on 127\.0\.0\.1:(\d+)$/);
  await using sender = Program.start(SEND, ["--port", port!, big]);
  await out.until(() => out.names().some((name) => Deno.statSync(out.file(name)).size > 5e6));
  sender.kill("SIGKILL");
  await receiver.line(/the connection from .* ended/, "stderr");
  await using again = Program.start(SEND, ["--port", port!, big]);
  const { code, stderr } = await again.finish();
  assertEquals(code, 0, again.transcript);
  const match = /^sent 1 file, 300,000,000 bytes .*, ([\d,]+) bytes were there already$/
    .exec(stderr.at(-1)!);
  assert(match !== null, again.transcript);
  const resumed = Number(match[1]!.replaceAll(",", ""));
  assert(resumed >= 5e6 && resumed < size, `${resumed}`);
  const [line] = await receiver.line(/^received 1 file, 300,000,000 bytes.*/, "stderr");
  assertStringIncludes(line, `${match[1]} bytes were there already`);
});

for (const file of [SEND, RECEIVE]) {
  Deno.test(`${file} --progress --no-progress is one clear line and exit 2`, async () => {
    const args = ["--progress", "--no-progress", ...(file === SEND ? ["x"] : [])];
    await using program = Program.start(file, args);
    const { code, stderr } = await program.finish();
    assertEquals([code, stderr.length], [2, 1]);
    assertStringIncludes(stderr[0]!, "exclude each other");
  });
}
