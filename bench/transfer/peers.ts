import { basename, join } from "@std/path";
import { type Commands, isInstalled } from "./commands.ts";
import type { Contender, RunHow, Surroundings } from "./contender.ts";
import { freePort, untilListening } from "./ports.ts";

/** The peers that are installed; undefined is what is not. */
export interface Peers {
  readonly nc: Contender | undefined;
  readonly socat: Contender | undefined;
  /** `rsync -a` to a daemon, with what else is asked for. @default {["--whole-file"]} */
  readonly rsync:
    | ((name: string, promises: string, options?: readonly string[]) => Contender)
    | undefined;
  readonly scp: Contender | undefined;
  /** What is not installed. */
  readonly missing: readonly string[];
}

/**
 * Finds the peers that are installed, and starts their daemons.
 *
 * @param surroundings Where they run; ending its commands ends the daemons.
 */
export async function findPeers(surroundings: Surroundings): Promise<Peers> {
  const missing: string[] = [];
  const installed = async (...names: string[]) => {
    const lacks: string[] = [];
    for (const name of names) if (!await isInstalled(name)) lacks.push(name);
    missing.push(...lacks);
    return lacks.length === 0;
  };
  const { commands } = surroundings;
  return {
    nc: await installed("nc") ? netcat(commands) : undefined,
    socat: await installed("socat") ? socat(commands) : undefined,
    rsync: await installed("rsync") ? await rsync(surroundings) : undefined,
    scp: await installed("scp", "ssh-keygen", SSHD) ? await scp(surroundings) : undefined,
    missing,
  };
}

const SSHD = "/usr/sbin/sshd";

function netcat(commands: Commands): Contender {
  return plainPipe(
    commands,
    "nc",
    (port) => ["nc", "-l", "127.0.0.1", String(port)],
    // Both ends' own redirections; -N ends the connection at the end of the file.
    (path, port) => ["sh", "-c", 'exec nc -N 127.0.0.1 "$1" < "$2"', "sh", String(port), path],
  );
}

function socat(commands: Commands): Contender {
  // Its default block of 8 KiB makes it half as fast.
  const block = ["-b", "262144"];
  return plainPipe(
    commands,
    "socat -u -b 262144",
    (port) => ["socat", "-u", ...block, `TCP-LISTEN:${port},bind=127.0.0.1`, "STDOUT"],
    (path, port) => ["socat", "-u", ...block, `OPEN:${path},rdonly`, `TCP:127.0.0.1:${port}`],
  );
}

/** A pair of commands that copies one file's bytes, and knows of nothing else. */
function plainPipe(
  commands: Commands,
  name: string,
  listen: (port: number) => string[],
  connect: (path: string, port: number) => string[],
): Contender {
  return {
    name,
    promises: "nothing verified, nothing durable",
    async send(path, to, { via = (port) => port, signal }: RunHow = {}) {
      const port = freePort();
      const [command, ...args] = listen(port);
      const receiver = commands.start(command!, args, { output: join(to, basename(path)) });
      try {
        await untilListening(port);
        const startedAt = performance.now();
        const [sender, ...senderArgs] = connect(path, via(port));
        await commands.run(sender!, senderArgs, signal === undefined ? {} : { signal });
        // There is no receipt: it is over when the receiver has written everything.
        await receiver.ended;
        return (performance.now() - startedAt) / 1_000;
      } finally {
        await receiver.stop();
      }
    },
  };
}

async function rsync(
  { commands, scratch, roots }: Surroundings,
): Promise<NonNullable<Peers["rsync"]>> {
  const port = freePort();
  const config = join(scratch, "rsyncd.conf");
  // Only root may be told whom to become; others stay who they are.
  const identity = Deno.uid() === 0 ? ["uid = root", "gid = root"] : [];
  const modules = roots.flatMap((root, at) => [`[root${at}]`, `path = ${root}`, "read only = no"]);
  await Deno.writeTextFile(
    config,
    [`port = ${port}`, "address = 127.0.0.1", "use chroot = no", ...identity, ...modules, ""]
      .join("\n"),
  );
  commands.start("rsync", ["--daemon", "--no-detach", `--config=${config}`]);
  await untilListening(port);
  return (name, promises, options = ["--whole-file"]) => ({
    name,
    promises,
    send(path, to, { via = (port) => port, signal }: RunHow = {}) {
      const at = roots.findIndex((root) => to.startsWith(`${root}/`));
      const target = `rsync://127.0.0.1:${via(port)}/root${at}/${to.slice(roots[at]!.length + 1)}/`;
      return commands.run(
        "rsync",
        ["-a", ...options, path, target],
        signal === undefined ? {} : { signal },
      );
    },
  });
}

async function scp({ commands, scratch }: Surroundings): Promise<Contender> {
  const port = freePort();
  const key = join(scratch, "key");
  const authorized = join(scratch, "authorized");
  await commands.run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  await Deno.copyFile(`${key}.pub`, authorized);
  if (Deno.uid() === 0) await Deno.mkdir("/run/sshd", { recursive: true });
  const daemon = [
    `Port=${port}`,
    "ListenAddress=127.0.0.1",
    `AuthorizedKeysFile=${authorized}`,
    "StrictModes=no",
    "PidFile=none",
    "Subsystem=sftp internal-sftp",
  ];
  const client = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"];
  const settings = (lines: string[]) => lines.flatMap((line) => ["-o", line]);
  commands.start(SSHD, ["-D", "-e", "-f", "/dev/null", "-h", key, ...settings(daemon)]);
  await untilListening(port);
  const user = await userName();
  return {
    name: "scp -r",
    promises: "encrypted, nothing durable",
    send: (path, to, { via = (port) => port, signal }: RunHow = {}) =>
      commands.run("scp", [
        ...["-q", "-r", "-P", String(via(port)), "-i", key, ...settings(client)],
        ...[path, `${user}@127.0.0.1:${to}`],
      ], signal === undefined ? {} : { signal }),
  };
}

async function userName(): Promise<string> {
  const { stdout } = await new Deno.Command("id", { args: ["-un"] }).output();
  return new TextDecoder().decode(stdout).trim();
}
