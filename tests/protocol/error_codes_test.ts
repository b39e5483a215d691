import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { ERROR_CODES, isFatal } from "../../protocol/error_codes.ts";

const root = fromFileUrl(new URL("../../", import.meta.url));
const SOURCES = [
  "chat",
  "client",
  "codec",
  "net",
  "program",
  "protocol",
  "server",
  "terminal",
  "transfer",
  "web",
  "client.ts",
  "server.ts",
];

async function* sources(path: string): AsyncGenerator<string> {
  const found = await Deno.stat(join(root, path)).catch(() => undefined);
  if (found?.isFile && path.endsWith(".ts")) yield path;
  if (!found?.isDirectory) return;
  for await (const { name } of Deno.readDir(join(root, path))) yield* sources(`${path}/${name}`);
}

/**
 * Where a code stands: as the first argument of an error or of what makes one, as a field, compared.
 * (The operating system's codes, such as ENOENT, are upper case.)
 */
const USES =
  /(?:ProtocolError|#fail|fail|refuse|cancel)\(\s*(["`][^"`]*["`])\s*[,)]|(?<!typeof [\w.]*)\bcode(?::|\s*===|\s*!==)\s*(["`][a-z][^"`]*["`])/g;

/** Every error code that the source uses, with the first file that does. */
async function usedCodes(): Promise<Map<string, string>> {
  const used = new Map<string, string>();
  for (const folder of SOURCES) {
    for await (const path of sources(folder)) {
      const text = await Deno.readTextFile(join(root, path));
      for (const [, called, field] of text.matchAll(USES)) {
        const literal = (called ?? field)!.slice(1, -1);
        // `invalid_${kind}` of protocol/names.ts, by hand: a code is written out everywhere else.
        const codes = literal === "invalid_${kind}" ? ["invalid_name", "invalid_room"] : [literal];
        for (const code of codes) if (!used.has(code)) used.set(code, path);
      }
    }
  }
  return used;
}

Deno.test("Every error code that the source uses is listed", async () => {
  const used = await usedCodes();
  assert(used.size > 15, `${used.size} codes were found: the search is broken`);
  for (const [code, path] of used) {
    assert(Object.hasOwn(ERROR_CODES, code), `"${code}" of ${path} is not in error_codes.ts`);
  }
});

Deno.test("docs/PROTOCOL.md lists the error codes, their ends and their meanings", async () => {
  const document = await Deno.readTextFile(join(root, "docs/PROTOCOL.md"));
  const table = document.slice(document.indexOf("<!-- generated: error codes -->"));
  const rows = [...table.matchAll(/^\| `(\w+)` \| (yes|no) \| (.+) \|$/gm)];
  assertEquals(
    Object.fromEntries(rows.map(([, code, fatal, meaning]) => [code, [fatal, meaning]])),
    Object.fromEntries(
      Object.entries(ERROR_CODES).map(([code, { fatal, meaning }]) => {
        return [code, [fatal ? "yes" : "no", meaning.replaceAll("|", "\\|")]];
      }),
    ),
  );
});

Deno.test("isFatal takes a code that it does not know for fatal", () => {
  assertEquals(isFatal("forbidden"), false);
  assertEquals(isFatal("bad_frame"), true);
  for (const code of ["", "new_code", "toString", "__proto__", "constructor"]) {
    assertEquals(isFatal(code), true, code);
  }
});
