import { assertEquals } from "@std/assert";
import { pathNames } from "../../../program/chat/path_names.ts";
import { deno } from "../../tools/run_tool.ts";
import { TestTerminal } from "../../support/terminal.ts";
import { TempFolder } from "../../support/temp.ts";

const byName = (one: { readonly name: string }, other: { readonly name: string }) =>
  one.name < other.name ? -1 : 1;

/** A folder with files, a folder, links, and names that are hard to type. */
async function tree(): Promise<TempFolder> {
  const folder = new TempFolder();
  for (const name of ["notes.txt", "new\nline", ".hidden"]) await folder.write(name, "");
  await Deno.mkdir(folder.file("nested"));
  await folder.write("nested/inner.txt", "");
  await Deno.symlink(folder.file("nested"), folder.file("link to folder"));
  await Deno.symlink(folder.file("notes.txt"), folder.file("link to file"));
  await Deno.symlink(folder.file("nowhere"), folder.file("link to nothing"));
  return folder;
}

Deno.test("pathNames gives what is in the folder, as far as it begins so", async () => {
  await using folder = await tree();
  assertEquals((await pathNames(`${folder.path}/n`)).toSorted(byName), [
    { name: "nested", isFolder: true },
    { name: "new\nline", isFolder: false },
    { name: "notes.txt", isFolder: false },
  ]);
  assertEquals(await pathNames(`${folder.path}/nested/`), [{ name: "inner.txt", isFolder: false }]);
  assertEquals((await pathNames(`${folder.path}/`)).length, 7);
});

Deno.test("pathNames follows links to see what they are", async () => {
  await using folder = await tree();
  assertEquals((await pathNames(`${folder.path}/link`)).toSorted(byName), [
    { name: "link to file", isFolder: false },
    { name: "link to folder", isFolder: true },
    { name: "link to nothing", isFolder: false },
  ]);
  assertEquals((await pathNames(`${folder.path}/link to folder/`)).length, 1);
});

Deno.test("pathNames finds nothing where there is no folder", async () => {
  await using folder = await tree();
  for (const path of ["none/x", "notes.txt/", "a\0b/"]) {
    assertEquals(await pathNames(`${folder.path}/${path}`), [], path);
  }
});

Deno.test("pathNames reads no more than a thousand names of a folder", async () => {
  await using folder = new TempFolder();
  for (let at = 0; at < 1_100; at++) Deno.writeTextFileSync(folder.file(`f${at}`), "");
  assertEquals((await pathNames(`${folder.path}/`)).length, 1_000);
});

const PROGRAM = "tests/program/chat/path_names_program.ts";

Deno.test("pathNames knows the home folder where that is permitted, and finds nothing else", async () => {
  await using folder = await tree();
  const env = `HOME=${folder.path}`;
  const run = (flags: string) => {
    const command = `${env} ${Deno.execPath()} run -q --no-prompt ${flags} ${PROGRAM} '~/no'`;
    return new Deno.Command("sh", { args: ["-c", command] }).output();
  };
  const read = `--allow-read=${folder.path}`;
  const text = async (flags: string) => new TextDecoder().decode((await run(flags)).stdout);
  assertEquals(
    await text(`${read} --allow-env=HOME`),
    '[{"name":"notes.txt","isFolder":false}]\n',
  );
  assertEquals(await text(read), "[]\n");
});

Deno.test("pathNames reads nothing that is not permitted, and asks nobody for it", async () => {
  await using folder = await tree();
  await Deno.symlink("/etc", folder.file("nested/etc"));
  const { stdout } = await deno("run", "-q", "--no-prompt", PROGRAM, `${folder.path}/`);
  assertEquals(stdout, "[]\n");
  // In a terminal Deno would ask.
  const paths = [`${folder.path}/n`, `${folder.path}/nested/`, "/etc/", "~/", "/proc/", "/dev/"]
    .map((path) => `'${path}'`).join(" ");
  const read = `--allow-read=${folder.path}/nested`;
  await using terminal = new TestTerminal(`${Deno.execPath()} run -q ${read} ${PROGRAM} ${paths}`);
  assertEquals(await terminal.ended(), 0, terminal.text);
  const [outside, inside, ...others] = terminal.text.split("\n");
  assertEquals([outside, others], ["[]", ["[]", "[]", "[]", "[]"]], terminal.text);
  assertEquals(JSON.parse(inside!).at(-1), { name: "inner.txt", isFolder: false });
});
