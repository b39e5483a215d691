// How fast files go from one program to another on this machine, beside the programs that people use:
// a table for people, then one line of JSON. Every figure is of whole commands, program start included;
// the contenders take turns, and ratios are of medians. What is not installed is said and left out.
//
//   deno task bench:transfer [--rounds 5] [--size MiB] [--files N] [--dir DIR]
//
// --dir names the folder to work in: a tmpfs for the figures that are compared, a disk to see fsync.
// deno-lint-ignore-file no-console -- a program for people
import { join } from "@std/path";
import { parseArgs } from "@std/cli/parse-args";

const options = parseArgs(Deno.args, {
  string: ["rounds", "size", "files", "dir"],
  default: { rounds: "5", size: "1024", files: "10000" },
});
const rounds = Number(options["rounds"]);
const sizeMiB = Number(options["size"]);
const files = Number(options["files"]);
const root = new URL("../", import.meta.url).pathname;

interface Contender {
  readonly name: string;
  /** What verifies the content, and what is durable when the command ends. */
  readonly promises: string;
  /** Sends what is at `path` to the folder `to`; resolves when the sending command has ended well. */
  send(path: string, to: string): Promise<void>;
}

class Stack extends AsyncDisposableStack {}

await using stack = new Stack();
const base = typeof options["dir"] === "string" ? options["dir"] : await Deno.makeTempDir();
const work = await Deno.makeTempDir({ dir: base, prefix: "bench-" });
stack.defer(() => Deno.remove(work, { recursive: true }));

async function run(
  command: string,
  args: readonly string[],
  io: { stdinFile?: string; env?: Record<string, string> } = {},
): Promise<void> {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: io.stdinFile === undefined ? "null" : "piped",
    stdout: "null",
    stderr: "piped",
    ...(io.env === undefined ? {} : { env: io.env }),
  }).spawn();
  const piping = io.stdinFile === undefined
    ? Promise.resolve()
    : Deno.open(io.stdinFile).then((file) => file.readable.pipeTo(process.stdin));
  const [{ code }, complaint] = await Promise.all([
    process.status,
    new Response(process.stderr).text(),
    piping,
  ]);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${complaint}`);
}

async function installed(command: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${command}`],
    stdout: "null",
  }).output();
  if (!success) console.log(`${command} is not installed: left out`);
  return success;
}

/** Starts something that listens, and gives it back at the end. */
function background(command: string, args: readonly string[]): Deno.ChildProcess {
  const process = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  stack.defer(async () => {
    try {
      process.kill("SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await process.stdout.cancel().catch(() => {});
    await process.status;
  });
  return process;
}

async function listening(port: number): Promise<void> {
  for (;;) {
    try {
      (await Deno.connect({ port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Our two programs, with the permissions that a careful person gives them. */
function ours(
  name: string,
  promises: string,
  receive: string[],
  send: string[],
  wide = false,
): Contender {
  return {
    name,
    promises,
    async send(path, to) {
      const allow = wide ? ["-A"] : ["-P=receive", `--allow-read=${to}`, `--allow-write=${to}`];
      const receiver = new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-q",
          ...allow,
          "transfer/receive.ts",
          "--port",
          "0",
          "--out",
          to,
          "--once",
          ...receive,
        ],
        cwd: root,
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      }).spawn();
      const lines = receiver.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const port = /:(\d+)\n/.exec((await lines.read()).value!)![1]!;
      const reading = (async () => {
        while (!(await lines.read()).done);
      })();
      started = performance.now();
      await run(Deno.execPath(), [
        "run",
        "-q",
        ...(wide ? ["-A"] : ["-P=send", `--allow-read=${path}`]),
        join(root, "transfer/send.ts"),
        path,
        "--port",
        port,
        ...send,
      ]);
      ended = performance.now();
      await receiver.status;
      await reading;
    },
  };
}

/** When the sending command began and ended: what is prepared before and cleaned after is not counted. */
let started = 0;
let ended = 0;

function timed(work: () => Promise<void>): Promise<void> {
  started = performance.now();
  return work().then(() => {
    ended = performance.now();
  });
}

async function netcat(): Promise<Contender[]> {
  if (!await installed("nc")) return [];
  return [{
    name: "nc",
    promises: "nothing verified",
    async send(path, to) {
      const receiver = new Deno.Command("sh", {
        args: ["-c", `nc -l 127.0.0.1 18871 > ${join(to, "out")}`],
        stdin: "null",
      }).spawn();
      // It takes one connection only, so it cannot be asked whether it listens yet.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await timed(() => run("sh", ["-c", `nc -N 127.0.0.1 18871 < ${path}`]));
      await receiver.status;
    },
  }];
}

async function rsync(): Promise<Contender[]> {
  if (!await installed("rsync")) return [];
  const config = join(work, "rsyncd.conf");
  await Deno.writeTextFile(
    config,
    `port = 18873\naddress = 127.0.0.1\nuse chroot = no\nuid = root\ngid = root\n[in]\npath = ${work}\nread only = no\n`,
  );
  background("rsync", ["--daemon", "--no-detach", `--config=${config}`]);
  await listening(18873);
  const contender = (name: string, promises: string, args: string[]): Contender => ({
    name,
    promises,
    send: (path, to) =>
      timed(() =>
        run("rsync", [
          "-a",
          ...args,
          path,
          `rsync://127.0.0.1:18873/in/${to.slice(work.length + 1)}/`,
        ])
      ),
  });
  return [
    contender("rsync daemon", "verified by xxh128, not synced", ["--whole-file"]),
    contender("rsync --fsync", "verified by xxh128, on disk", ["--whole-file", "--fsync"]),
  ];
}

async function scp(): Promise<Contender[]> {
  if (!await installed("scp") || !await installed("/usr/sbin/sshd")) return [];
  const key = join(work, "key");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  await Deno.copyFile(`${key}.pub`, join(work, "authorized"));
  await Deno.mkdir("/run/sshd", { recursive: true });
  background("/usr/sbin/sshd", [
    "-D",
    "-e",
    "-f",
    "/dev/null",
    "-p",
    "18822",
    "-o",
    "ListenAddress=127.0.0.1",
    "-h",
    key,
    "-o",
    `AuthorizedKeysFile=${join(work, "authorized")}`,
    "-o",
    "StrictModes=no",
    "-o",
    "PidFile=none",
    "-o",
    "Subsystem=sftp internal-sftp",
  ]);
  await listening(18822);
  const quiet = ["-q", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"];
  return [{
    name: "scp",
    promises: "encrypted, not synced",
    send: (path, to) =>
      timed(() =>
        run("scp", ["-r", "-P", "18822", "-i", key, ...quiet, path, `root@127.0.0.1:${to}`])
      ),
  }];
}

interface Figure {
  readonly contender: string;
  readonly promises: string;
  readonly seconds: number[];
}

async function compare(
  title: string,
  path: string,
  contenders: readonly Contender[],
): Promise<void> {
  const figures: Figure[] = contenders.map(({ name, promises }) => ({
    contender: name,
    promises,
    seconds: [],
  }));
  for (let round = -1; round < rounds; round++) {
    for (const [at, contender] of contenders.entries()) {
      const to = join(work, "in");
      await Deno.mkdir(to);
      await contender.send(path, to);
      // The first round warms caches and is not counted.
      if (round >= 0) figures[at]!.seconds.push((ended - started) / 1_000);
      await Deno.remove(to, { recursive: true });
    }
  }
  const median = (seconds: readonly number[]) =>
    [...seconds].sort((a, b) => a - b)[seconds.length >> 1]!;
  const own = median(figures[0]!.seconds);
  console.log(`\n${title}, median of ${rounds} rounds\n`);
  console.log(
    "| | seconds | min | ours is so many times as fast | promises |\n|---|---:|---:|---:|---|",
  );
  for (const { contender, seconds, promises } of figures) {
    const middle = median(seconds);
    console.log(
      `| ${contender} | ${middle.toFixed(2)} | ${Math.min(...seconds).toFixed(2)} | ${
        (middle / own).toFixed(2)
      } | ${promises} |`,
    );
  }
  console.log(JSON.stringify({ title, rounds, figures }));
}

/** Bytes that nothing compresses, without holding them all. */
async function writeNoise(path: string, bytes: number): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true });
  const chunk = new Uint8Array(65_536);
  for (let left = bytes; left > 0; left -= chunk.length) {
    crypto.getRandomValues(chunk);
    await file.write(chunk.subarray(0, Math.min(left, chunk.length)));
  }
}

const big = join(work, "big.bin");
await writeNoise(big, sizeMiB * 2 ** 20);
const many = join(work, "many");
await Deno.mkdir(many);
for (let at = 0; at < files; at++) await writeNoise(join(many, `file-${at}`), 4_096);

const [nc, rs, sc] = [await netcat(), await rsync(), await scp()];
const sha = ours("parley", "verified by SHA-256, fsync", [], []);
const xxh = ours("parley --hash xxh128", "verified by xxh128, fsync", [], ["--hash", "xxh128"]);
await compare(`One file of ${sizeMiB} MiB`, big, [sha, xxh, ...nc, ...rs.slice(0, 1), ...sc]);
await compare(`${files} files of 4 KiB`, many, [
  sha,
  ours("parley -A", "the same, all permissions", [], [], true),
  ours("parley --no-fsync", "verified by SHA-256, not synced", ["--no-fsync"], []),
  ...rs,
  ...sc,
]);
