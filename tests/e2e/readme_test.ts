import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { Program } from "../support/process.ts";
import { TempFolder } from "../support/temp.ts";
import { TestTerminal } from "../support/terminal.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const readme = await Deno.readTextFile(join(root, "README.md"));

/** The commands that README.md tells people to type: its indented lines. */
const COMMANDS = readme.split("\n").filter((line) => /^ {4}\S/.test(line))
  .map((line) => line.trim());

/** The README's command of those words, to be run by the Deno that runs this test. */
function command(words: string): string {
  const found = COMMANDS.find((line) => line.includes(words));
  assert(found !== undefined, `README.md has no command with "${words}"`);
  return found.replace("npx --yes deno@2.9.6", Deno.execPath())
    .replace(/^deno /, `${Deno.execPath()} `);
}

/** A copy of what a newcomer has, to receive files in and to leave nothing behind. */
async function checkout(): Promise<TempFolder> {
  const folder = new TempFolder();
  const { stdout } = await new Deno.Command("git", {
    args: ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    cwd: root,
  }).output();
  for (const name of new TextDecoder().decode(stdout).split("\0").filter(Boolean)) {
    const target = folder.file(name);
    await Deno.mkdir(join(target, ".."), { recursive: true });
    await Deno.copyFile(join(root, name), target);
  }
  return folder;
}

/** Runs a command as a person does: typed in a terminal, in the checkout. */
function type(folder: TempFolder, line: string): TestTerminal {
  const script = `cd ${folder.path} && exec ${line}`;
  return new TestTerminal(`sh -c ${quote(script)}`, {
    cols: 120,
    rows: 30,
    env: { HOME: folder.path, DENO_DIR: denoDir },
  });
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const denoDir = JSON.parse(
  new TextDecoder().decode(
    (await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output()).stdout,
  ),
).denoDir as string;

/** The port that a program on a terminal says it listens on. */
async function portOf(terminal: TestTerminal): Promise<string> {
  const pattern = /listening on 127\.0\.0\.1:(\d+)/;
  await terminal.until((lines) => lines.some((line) => pattern.test(line)));
  return pattern.exec(terminal.text)![1]!;
}

Deno.test("README: one minute to a first chat", async () => {
  await using folder = await checkout();
  await using server = type(folder, `${command("task start")} --port 0 --web-port 0`);
  const port = await portOf(server);
  await using ann = type(
    folder,
    `${command("task client --name ann")} --host 127.0.0.1 --port ${port}`,
  );
  await ann.untilLine("You are in lobby");
  await using bob = type(
    folder,
    `${command("task client --name bob")} --host 127.0.0.1 --port ${port}`,
  );
  await bob.untilLine("You are in lobby");
  await bob.type("hello ann\r");
  await ann.untilLine("     bob: hello ann");
  const piped = command("build 1234 is green");
  await using filter = type(folder, `sh -c ${quote(`${piped} --port ${port}`)}`);
  assertEquals(await filter.ended(), 0, filter.text);
  await ann.untilLine("      ci: build 1234 is green");
  await ann.type("/help\r");
  await ann.untilLine("/msg NAME TEXT");
  await ann.type("exit\r");
  assertEquals(await ann.ended(), 0);
});

Deno.test("README: files in the chat", async () => {
  await using folder = await checkout();
  await using server = type(folder, `${command("task start")} --port 0 --web-port 0`);
  const port = await portOf(server);
  const client = (name: string) =>
    type(folder, `${command(`task client --name ${name}`)} --host 127.0.0.1 --port ${port}`);
  await using ann = client("ann");
  await ann.untilLine("You are in lobby");
  await using bob = client("bob");
  await bob.untilLine("You are in lobby");
  await ann.type(`${command("/send README.md")}\r`);
  await ann.answer(1, "y");
  await bob.untilLine("[1] README.md");
  await bob.type(`${command("/get 1")}\r`);
  await bob.answer(1, "y");
  await bob.answer(2, "y");
  await bob.untilLine(`Saved README.md as ${folder.file("recv-README.md")}`);
  assertEquals(await Deno.readTextFile(folder.file("recv-README.md")), readme);
  await using script = type(folder, `${command("client.ts --send README.md")} --port ${port}`);
  assertEquals(await script.ended(), 0, script.text);
  await bob.untilLine("[2] README.md");
});

Deno.test("README: one minute to a first file", async () => {
  await using folder = await checkout();
  await using receiver = type(folder, `${command("task receive")} --port 0`);
  const port = await portOf(receiver);
  await using sender = type(folder, `${command("task send README.md")} --port ${port}`);
  assertEquals(await sender.ended(), 0, sender.text);
  await receiver.untilLine("received README.md as recv-README.md");
  assertEquals(await Deno.readTextFile(folder.file("recv-README.md")), readme);
  const sum = new TextDecoder().decode(
    (await new Deno.Command("sha256sum", { args: [folder.file("README.md")] }).output()).stdout,
  ).split(" ")[0];
  assert(sender.text.includes(`sha256=${sum}`), "as sha256sum prints it");
  await using piped = type(folder, `sh -c ${quote(`${command("tar c docs")} --port ${port}`)}`);
  assertEquals(await piped.ended(), 0, piped.text);
  await receiver.untilLine("received docs.tar as recv-docs.tar");
});

Deno.test("README: every task it names is there, every program runs, every file it links exists", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const named = [...readme.matchAll(/\btask (\w+)/g)].map(([, task]) => task!);
  assertEquals(named.filter((task) => !(task in tasks)), []);
  for (const [, program] of readme.matchAll(/^ {4}deno run .*?([\w/]+\.ts)/gm)) {
    await using run = Program.start(program!, ["--help"], { deno: [] });
    assertEquals((await run.finish()).code, 0, program);
  }
  for (const [, link] of readme.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
    assert((await Deno.stat(join(root, link!))).isFile, link);
  }
});

Deno.test("README: every promise names tests that are there", async () => {
  const promises = /## What it promises\n([^]*?)\n## /.exec(readme)![1]!.split("\n- ").slice(1);
  assert(promises.length >= 8, `${promises.length} promises`);
  for (const promise of promises) {
    const tests = [...promise.matchAll(/`(tests\/[\w/]+_test\.ts)`/g)].map(([, path]) => path!);
    assert(tests.length > 0, `no test is named for: ${promise}`);
    for (const path of tests) {
      assert(/^ *(Deno\.test|test\w+)\(/m.test(await Deno.readTextFile(join(root, path))), path);
    }
  }
});

Deno.test("README: its program type-checks and echoes", async () => {
  await using folder = await checkout();
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readme)!;
  await using server = type(folder, `${command("task start")} --port 0 --web-port 0`);
  const port = await portOf(server);
  await folder.write("echo.ts", code!.replace("port: 12345", `port: ${port}`));
  await using ann = type(
    folder,
    `${command("task client --name ann")} --host 127.0.0.1 --port ${port}`,
  );
  await ann.untilLine("nobody else is here");
  await using bot = type(folder, `${Deno.execPath()} run -q -A echo.ts`);
  await ann.untilLine("guest-echo joined lobby");
  await ann.type("marco\r");
  await ann.untilLine("guest-echo: marco");
  await bot.untilLine("stored as number");
});
