import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ChatServer } from "../../server/chat_server.ts";
import configuration from "../../deno.json" with { type: "json" };
import { TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const readme = await Deno.readTextFile(`${root}README.md`);
/** README's lines, by the command that each installs. */
const LINES = new Map(
  readme.split("\n").flatMap((line) => {
    const [, name] = /^ {4}deno install -g -n (\S+) /.exec(line) ?? [];
    return name === undefined ? [] : [[name, line.trim()] as const];
  }),
);

/** An empty home, and what runs there; what Deno has fetched is the machine's. */
async function emptyHome(temp: TempFolder) {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(stdout));
  const env = {
    HOME: temp.path,
    DENO_INSTALL_ROOT: temp.file(".deno"),
    DENO_DIR: denoDir as string,
    PATH: `${temp.file(".deno/bin")}:${Deno.execPath().replace(/\/[^/]*$/, "")}:/usr/bin:/bin`,
    NO_COLOR: "1",
  };
  const run = async (command: string, cwd = temp.path) => {
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", command],
      cwd,
      env,
      clearEnv: true,
      stdin: "null",
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  return { env, run };
}

Deno.test("README's lines install every program, with no more than its permission set allows", () => {
  const programs = { client: "parley" } as Record<string, string>;
  for (const [set, permissions] of Object.entries(configuration.permissions)) {
    const line = LINES.get(programs[set] ?? `parley-${set}`);
    assert(line !== undefined, `README does not install ${set}`);
    const granted = [...line.matchAll(/--allow-([a-z]+)=([^" ]+)/g)].map(([, kind, list]) =>
      [kind, list!.split(",")] as const
    );
    const config = ["$HOME/.config/parley"];
    const expected = set === "client"
      ? { ...permissions, read: config, write: config }
      : permissions as Record<string, string[]>;
    assertEquals(Object.fromEntries(granted), expected, set);
  }
});

Deno.test("what is installed runs from any folder: parley's first run asks, keeps a key, and knows it again", async () => {
  await using temp = new TempFolder();
  const { env, run } = await emptyHome(temp);
  for (const line of LINES.values()) {
    const { code, stderr } = await run(line, root);
    assertEquals(code, 0, `${line}\n${stderr}`);
  }
  for (const name of LINES.keys()) {
    const { code, stdout, stderr } = await run(`${name} --version`);
    assertEquals([code, stdout], [0, `parley ${configuration.version}\n`], stderr);
  }
  await using server = ChatServer.listen({ port: 0, guests: "guest" });
  const { port } = server.address;
  const open = (args: string) =>
    new TestTerminal(`sh -c 'cd ${temp.path} && exec parley ${args}'`, { cols: 100, env });
  {
    await using terminal = open("");
    await terminal.untilLine("Server address [127.0.0.1]:");
    await terminal.type("\r");
    await terminal.untilLine("Port [12345]:");
    await terminal.type(`${port}\r`);
    await terminal.untilLine("Your name:");
    await terminal.type("ann\r");
    await terminal.untilLine("You are in lobby, nobody else is here");
    assert(!terminal.raw.includes("Allow?"), terminal.raw);
    await terminal.type("hello\r");
    await terminal.untilLine("ann: hello");
    await terminal.type("/quit\r");
    assertEquals(await terminal.ended(), 0);
  }
  assertEquals((await Deno.stat(temp.file(".config/parley/key.json"))).mode! & 0o777, 0o600);
  await using again = open(`--host 127.0.0.1 --port ${port} --name ann`);
  await again.untilLine("Connected as ann");
  await again.type("/quit\r");
  assertEquals(await again.ended(), 0);
});
