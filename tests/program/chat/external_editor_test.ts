import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "../../support/temp.ts";

/** Begins to edit in a process of its own: the environment is everybody's. */
async function begin(temp: TempFolder, env: Record<string, string>, flags: readonly string[]) {
  const folder = temp.file("config");
  await Deno.mkdir(folder, { recursive: true });
  const program = new URL("./editing_program.ts", import.meta.url).pathname;
  const access = [`--allow-read=${folder}`, `--allow-write=${folder}`];
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", ...access, ...flags, program, folder],
    env: { EDITOR: "", VISUAL: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Edits, and gives what came of it. */
async function edit(temp: TempFolder, env: Record<string, string>, flags: readonly string[]) {
  const { stdout, stderr } = await (await begin(temp, env, flags)).output();
  assertEquals([...Deno.readDirSync(temp.file("config"))], [], "nothing of the text is left");
  const text = new TextDecoder().decode(stdout);
  return text === "" ? new TextDecoder().decode(stderr) : JSON.parse(text);
}

/** Edits in an editor that says `ready`, does something to the program then, and gives all that was written. */
async function editUntilReady(
  temp: TempFolder,
  path: string,
  then: (program: Deno.ChildProcess) => void,
): Promise<string> {
  await using program = await begin(temp, { EDITOR: path }, [
    "--allow-env",
    `--allow-run=${path}`,
  ]);
  let text = "";
  for await (const part of program.stdout.pipeThrough(new TextDecoderStream())) {
    const wasReady = text.includes("ready");
    text += part;
    if (!wasReady && text.includes("ready")) then(program);
  }
  await program.stderr.cancel();
  return text;
}

/** An editor that is a shell script; the file is its last argument. */
async function script(temp: TempFolder, name: string, text: string): Promise<string> {
  const path = temp.file(name);
  await Deno.writeTextFile(path, `#!/bin/sh\nfor file; do :; done\n${text}\n`, { mode: 0o755 });
  return path;
}

Deno.test("the editor that EDITOR names gets the text in a file of its owner's, and what it writes is taken", async () => {
  await using temp = new TempFolder();
  const path = await script(
    temp,
    "my editor",
    `{ cat "$file"; echo "$1"; stat -c %a "$file"; } > "$file.new" && cat "$file.new" > "$file" && rm "$file.new"`,
  );
  const flags = ["--allow-env=EDITOR,VISUAL", `--allow-run=${path}`];
  const found = await edit(temp, { EDITOR: `'${path}' --wait` }, flags);
  assertEquals(found, { edited: "one\ntwo\n--wait\n600" });
  // VISUAL comes first.
  const other = await script(temp, "other", `printf 'three\\r\\n' > "$file"`);
  const both = { EDITOR: path, VISUAL: other };
  assertEquals(await edit(temp, both, ["--allow-env", `--allow-run=${other}`]), {
    edited: "three",
  });
});

Deno.test("an editor that fails changes nothing; none, one that is not there, not permitted, or writes junk is told", async () => {
  await using temp = new TempFolder();
  const failing = await script(temp, "failing", `echo lost > "$file"; exit 1`);
  const allow = ["--allow-env", `--allow-run=${failing}`];
  assertEquals(await edit(temp, { EDITOR: failing }, allow), { edited: null });
  const told = async (env: Record<string, string>, flags: readonly string[]) =>
    (await edit(temp, env, flags)).failure as string;
  assertStringIncludes(await told({}, ["--allow-env"]), "EDITOR names none");
  assertStringIncludes(await told({ EDITOR: "a 'b" }, ["--allow-env"]), "is no command");
  const missing = temp.file("missing");
  assertStringIncludes(
    await told({ EDITOR: missing }, ["--allow-env", `--allow-run=${missing}`]),
    "there is no such program",
  );
  assertStringIncludes(await told({ EDITOR: failing }, ["--allow-env"]), "--allow-run=");
  const junk = await script(temp, "junk", `printf '\\377' > "$file"`);
  assertStringIncludes(
    await told({ EDITOR: junk }, ["--allow-env", `--allow-run=${junk}`]),
    "it is no UTF-8",
  );
});

Deno.test("the program that is asked to end ends its editor, one that does not want to as well, and leaves nothing (I1)", async () => {
  await using temp = new TempFolder();
  const willing = await script(temp, "willing", `echo ready; exec sleep 60`);
  const unwilling = await script(temp, "unwilling", `trap "" TERM HUP; echo ready; exec sleep 60`);
  const swapping = await script(
    temp,
    "swapping",
    `echo x > "$file.swp"; echo ready; exec sleep 60`,
  );
  const asked = [
    [willing, "SIGTERM"],
    [swapping, "SIGHUP"],
    [unwilling, "SIGTERM"],
  ] as const;
  for (const [path, signal] of asked) {
    const text = await editUntilReady(temp, path, (program) => program.kill(signal));
    assertEquals(text, 'ready\n{"edited":null}', path);
    assertEquals([...Deno.readDirSync(temp.file("config"))], []);
  }
});

Deno.test("Ctrl-C in an editor is the editor's", async () => {
  await using temp = new TempFolder();
  const go = temp.file("go");
  const waiting = await script(
    temp,
    "waiting",
    `echo ready; until [ -e "${go}" ]; do sleep 0.05; done; echo three >> "$file"`,
  );
  const text = await editUntilReady(temp, waiting, (program) => {
    program.kill("SIGINT");
    program.kill("SIGQUIT");
    Deno.writeTextFileSync(go, "");
  });
  assertEquals(text, 'ready\n{"edited":"one\\ntwo\\nthree"}');
});

Deno.test("what a killed program has left of a text is removed a day later, and nothing else (I1)", async () => {
  await using temp = new TempFolder();
  const old = new Date(Date.now() - 25 * 3_600_000);
  const folder = temp.file("config");
  const [left, recent, file, link] = Array.from(
    { length: 4 },
    () => `message-${crypto.randomUUID()}`,
  ) as [string, string, string, string];
  for (const name of [left, recent, "message-of-mine", "elsewhere"]) {
    await Deno.mkdir(`${folder}/${name}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${name}/message.txt`, "secret");
  }
  await Deno.writeTextFile(`${folder}/${file}`, "");
  await Deno.symlink("elsewhere", `${folder}/${link}`);
  for (const name of [left, "message-of-mine", "elsewhere", file]) {
    await Deno.utime(`${folder}/${name}`, old, old);
  }
  const editor = await script(temp, "editor", "exit 0");
  const flags = ["--allow-env", `--allow-run=${editor}`];
  const { stdout } = await (await begin(temp, { EDITOR: editor }, flags)).output();
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), { edited: "one\ntwo" });
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assertEquals(names.sort(), [recent, file, link, "message-of-mine", "elsewhere"].sort());
  assertEquals(await Deno.readTextFile(`${folder}/elsewhere/message.txt`), "secret");
});
