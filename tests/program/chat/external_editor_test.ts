import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempFolder } from "../../support/temp.ts";

/** Edits in a process of its own: the environment is everybody's. */
async function edit(temp: TempFolder, env: Record<string, string>, flags: readonly string[]) {
  const folder = temp.file("config");
  await Deno.mkdir(folder, { recursive: true });
  const program = new URL("./editing_program.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        "-q",
        "--no-prompt",
        `--allow-read=${folder}`,
        `--allow-write=${folder}`,
        ...flags,
      ],
      ...[program, folder],
    ],
    env: { EDITOR: "", VISUAL: "", ...env },
  }).output();
  assertEquals([...Deno.readDirSync(folder)], [], "nothing of the text is left");
  const text = new TextDecoder().decode(stdout);
  return text === "" ? new TextDecoder().decode(stderr) : JSON.parse(text);
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
