import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Command, COMMANDS, readCommand } from "../../../terminal/commands/commands.ts";
import { nameOf } from "../../../terminal/commands/command_doc.ts";
import {
  complete,
  type Completion,
  type CompletionSources,
} from "../../../terminal/commands/completion.ts";
import { escapeText } from "../../../terminal/escape.ts";
import { LineSession } from "../../../terminal/editor/line_session.ts";
import { quoteWord } from "../../../terminal/commands/words.ts";

/** Folders, by the path before the name that is typed. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "": ["notes.txt", "my plan.txt", "my photos/", ".hidden", "to", "docs/"],
  "docs/": ["a.md", "b.md"],
  "my photos/": ["cat.jpg"],
  "~/": ["mail/"],
};

const SOURCES: CompletionSources = {
  rooms: ["lobby", "tea", "Straße"],
  names: ["ann", "Anna", "bob", "Ζωή"],
  ignored: ["eve"],
  themes: ["auto", "dark", "light", "mono"],
  bookmarks: ["work"],
  settings: [{ name: "theme", values: ["dark", "light"] }, {
    name: "bell",
    values: ["off", "all"],
  }],
  paths(path) {
    const names = FOLDERS[path.slice(0, path.lastIndexOf("/") + 1)] ?? [];
    return Promise.resolve(
      names.map((name) => ({ name: name.replace(/\/$/, ""), isFolder: name.endsWith("/") })),
    );
  },
  fingerprints: () => Promise.resolve(["7K2QD-0XW3M", "9ABCD-EFGHJ"]),
};

/** Completes where `|` is. */
async function at(
  marked: string,
  sources: CompletionSources = SOURCES,
): Promise<Completion | undefined> {
  const cursor = marked.indexOf("|");
  return await complete(marked.replace("|", ""), cursor, sources);
}

/** What each candidate makes of the line. */
async function lines(marked: string, sources?: CompletionSources): Promise<string[]> {
  const text = marked.replace("|", "");
  const found = await at(marked, sources);
  if (found === undefined) return [];
  const { from, to, candidates } = found;
  return candidates.map((candidate) => text.slice(0, from) + candidate + text.slice(to));
}

Deno.test("complete finds commands at the line's begin", async () => {
  for (
    const [typed, completed] of [
      ["/jo|", ["/join "]],
      ["/JO|", ["/join "]],
      ["  /jo|", ["  /join "]],
      ["/le|", ["/leave"]],
      ["/un|", ["/unignore ", "/unban ", "/unmute ", "/uninvite "]],
      ["/que|", ["/query "]],
      ["/j|", ["/join "]],
      ["/jo|in lobby", ["/join lobby"]],
      [
        "/|join lobby",
        ["/join lobby"],
      ],
      ["/jo|hello", ["/join hello"]],
      ["/zzz|", []],
      ["say /jo|", []],
      ["//jo|", []],
    ] as const
  ) {
    assertEquals(await lines(typed), [...completed], typed);
  }
  assertEquals((await at("/|"))?.candidates.length, COMMANDS.length);
});

Deno.test("complete finds what a command takes", async () => {
  for (
    const [typed, completed] of [
      ["/join t|", ["/join tea "]],
      ["/j STRASS|", ["/j Straße "]],
      ["/join |", ["/join lobby ", "/join tea ", "/join Straße "]],
      ["/join tea |", []],
      ["/go l|", ["/go lobby "]],
      ["/msg AN|", ["/msg ann ", "/msg Anna "]],
      ["/msg b|ob hi", ["/msg bob hi"]],
      ["/msg bo| hi", ["/msg bob hi"]],
      ["/msg bob ask an|", ["/msg bob ask ann ", "/msg bob ask Anna "]],
      ["/msg bob an|", ["/msg bob ann ", "/msg bob Anna "]],
      ["/kick b|", ["/kick bob "]],
      ["/focus ann b|", ["/focus ann bob "]],
      ["/focus ζ|", ["/focus Ζωή "]],
      ["/unignore |", ["/unignore eve "]],
      ["/search from:an|", ["/search from:ann ", "/search from:Anna "]],
      ["/search tea in:l|", ["/search tea in:lobby "]],
      ["/search an|", []],
      ["/show l|", ["/show lobby "]],
      ["/help m|", ["/help msg ", "/help mute "]],
      ["/help /ms|", ["/help /msg "]],
      ["/theme d|", ["/theme dark "]],
      ["/set b|", ["/set bell "]],
      ["/set bell |", ["/set bell off ", "/set bell all "]],
      ["/set theme l|", ["/set theme light "]],
      ["/set nothing |", []],
      ["/bookmark w|", ["/bookmark work "]],
      ["/revoke 7|", ["/revoke 7K2QD-0XW3M "]],
      ["/history |", []],
      ["/frob a|", []],
    ] as const
  ) assertEquals(await lines(typed), [...completed], typed);
});

Deno.test("complete finds names in a text: who spoke last comes first", async () => {
  for (
    const [typed, completed] of [
      ["an|", ["ann: ", "Anna: "]],
      ["  an|", ["  ann: ", "  Anna: "]],
      ["@an|", ["@ann ", "@Anna "]],
      ["hello an|", ["hello ann ", "hello Anna "]],
      ["hello (BO|", ["hello (bob "]],
      ["hello @bo|, there", ["hello @bob , there"]],
      ["bo|hello", ["bob: hello"]],
      ["b|ob", ["bob: "]],
      ["b|ob hello", ["bob: hello"]],
      ["hello @|", ["hello @ann ", "hello @Anna ", "hello @bob ", "hello @Ζωή "]],
      ["first line\nan|", ["first line\nann ", "first line\nAnna "]],
      ["//an|", ["//ann ", "//Anna "]],
      ["|", []],
      ["hello |", []],
      ["hello. |", []],
    ] as const
  ) assertEquals(await lines(typed), [...completed], typed);
});

Deno.test("complete finds paths, quotes them, and shows hidden ones only when asked", async () => {
  for (
    const [typed, completed] of [
      ["/send n|", ["/send notes.txt "]],
      ["/send my|", ["/send my\\ photos/", "/send my\\ plan.txt "]],
      ["/send my\\ ph|", ["/send my\\ photos/"]],
      ['/send "my pl|', ["/send my\\ plan.txt "]],
      ["/send 'my pl|an.txt' to bob", ["/send my\\ plan.txt to bob"]],
      ["/send my\\ photos/|", ["/send my\\ photos/cat.jpg "]],
      ["/send docs/|", ["/send docs/a.md ", "/send docs/b.md "]],
      ["/send .|", ["/send .hidden "]],
      ["/send ~|", ["/send ~/"]],
      ["/send ~/|", ["/send ~/mail/"]],
      ["/send notes.txt d|", ["/send notes.txt docs/"]],
      ["/send notes.txt to b|", ["/send notes.txt to bob "]],
      ['/send notes.txt "to" n|', ['/send notes.txt "to" notes.txt ']],
      ["/send t|", ["/send \\to "]],
      ["/send nothing|", []],
      ["/get 3 d|", ["/get 3 docs/"]],
      ["/get 3 n|", []],
      ["/get d|", []],
    ] as const
  ) assertEquals(await lines(typed), [...completed], typed);
  assertEquals((await lines("/send |")).includes("/send .hidden "), false);
  const home = [{ name: "~", isFolder: true }];
  const withHome = { ...SOURCES, paths: () => Promise.resolve(home) };
  assertEquals(await lines("/send |", withHome), ["/send ./~/"]);
});

Deno.test("complete leaves out what a server says and no terminal may show (I1)", async () => {
  const names = ["bob", "b\x1b[2J", "b\u202eb", "b ob", "b\n"];
  const sources = { ...SOURCES, names, rooms: names, fingerprints: () => Promise.resolve(names) };
  for (const typed of ["b|", "@b|", "/msg b|", "/join b|", "/revoke b|"]) {
    assertEquals((await at(typed, sources))?.candidates.length, 1, typed);
  }
});

/** File names that were made to do harm, or only to be hard to type. */
const fileName = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ..."\x1b\n\r\t\x07\x9b\u202e\u200b\u2028\u0301\ufeff\u3000 \"'\\$`;|&<>(){}*?~!#.to",
    ),
    fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
  ),
  minLength: 1,
  maxLength: 12,
}).filter((name) => !name.includes("/") && !name.includes("\0") && name !== "." && name !== "..");

const folderName = fc.constantFrom("", "docs/", "my files/", "../", "/tmp/", "~/");

/** The paths of a command that takes some. */
function pathsOf(command: Command | undefined): readonly (string | undefined)[] {
  if (command?.kind === "send") return command.paths;
  return command?.kind === "get" ? [command.folder] : [];
}

/** Lines with a path to complete, one of each command that takes some. */
const AROUND = [["/send ", ""], ["/send a.txt ", " to bob"], ["/get 3 ", ""], [
  "/get all ",
  "",
]] as const;

/** The beginning of a path as somebody types it: in quotes that are closed behind the cursor, or with escapes. */
function typedAs(path: string, style: "quotes" | "escapes"): readonly [string, string] {
  if (style === "quotes" && !path.includes('"')) return [`"${path}`, '"'];
  return [path === "" ? "" : quoteWord(path), ""];
}

Deno.test("readCommand reads from a completed line the path that was meant, whatever it is called (I1, I3)", async () => {
  const commands = COMMANDS.filter(({ args = [], rest }) =>
    [...args, rest].some((kind) => kind === "path" || kind === "folder")
  );
  // Another command that takes a path has to be tried too.
  assertEquals(commands.map(nameOf), ["/send", "/get"]);
  await fc.assert(
    fc.asyncProperty(
      fileName,
      folderName,
      fc.nat(12),
      fc.constantFrom(...AROUND),
      fc.constantFrom("quotes", "escapes"),
      async (name, folder, typedChars, [before, after], style) => {
        const isFolder = before.startsWith("/get");
        const sources = { ...SOURCES, paths: () => Promise.resolve([{ name, isFolder }]) };
        const begin = [...name].slice(0, typedChars).join("");
        const [typed, close] = typedAs(folder + begin, style);
        const [line, rest] = [before + typed, close + after];
        const found = await complete(line + rest, line.length, sources);
        if (begin === "" && name.startsWith(".")) return assertEquals(found, undefined);
        // It is the home folder's name then.
        if (folder + begin === "~") return;
        assert(found !== undefined, "it is found");
        const { from, to, candidates: [candidate = ""] } = found;
        assertEquals(escapeText(candidate), candidate);
        const read = readCommand(
          (line + rest).slice(0, from) + candidate + (line + rest).slice(to),
        );
        const path = (folder === "" && name === "~" ? "./~" : folder + name) +
          (isFolder ? "/" : "");
        assert(pathsOf(read).includes(path), `${candidate} gives ${JSON.stringify(read)}`);
        if (before === AROUND[1][0]) {
          assertEquals(read, { kind: "send", paths: ["a.txt", path], to: "bob" });
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("Tab and Enter send the file that is in the folder, whatever it is called (I3)", async () => {
  const press = (name: string) =>
    ({ kind: "key", name, ctrl: false, alt: false, shift: false }) as const;
  await fc.assert(
    fc.asyncProperty(fileName.filter((name) => !name.startsWith(".")), async (name) => {
      const sources = {
        ...SOURCES,
        paths: () => Promise.resolve([{ name, isFolder: false }]),
      };
      const { promise, resolve } = Promise.withResolvers<string>();
      const session = new LineSession({
        prompt: "> ",
        complete: (text, cursor) => complete(text, cursor, sources),
        onFound: resolve,
      });
      session.press({ kind: "text", text: "/send " });
      session.press(press("tab"));
      assertEquals(await promise, "changed");
      const outcome = session.press(press("enter"));
      assert(typeof outcome === "object", "the line is entered");
      const path = name === "~" ? "./~" : name;
      assertEquals(readCommand(outcome.entered), { kind: "send", paths: [path] });
    }),
    { numRuns: 500 },
  );
});

Deno.test("complete keeps what is behind the cursor, and offers what can be printed, wherever it is (I1, I2)", async () => {
  const typed = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...COMMANDS.map(nameOf)).chain((name) =>
      fc.string({ unit: fc.constantFrom(..."abm no\"'\\$@/.:-\n~") }).map((rest) =>
        `${name} ${rest}`
      )
    ),
  );
  await fc.assert(
    fc.asyncProperty(typed, fc.nat(), async (text, place) => {
      const cursor = place % (text.length + 1);
      const found = await complete(text, cursor, SOURCES);
      if (found === undefined) return;
      assert(found.from <= cursor && cursor <= found.to);
      for (const candidate of found.candidates) assertEquals(escapeText(candidate), candidate);
      // Only the word that the cursor is in, with its quotes, is replaced.
      assert(/^\S*$/.test(text.slice(cursor, found.to)) || /["'\\]/.test(text.slice(0, cursor)));
    }),
    { numRuns: 2_000 },
  );
});
