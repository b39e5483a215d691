import { assert, assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const root = fromFileUrl(new URL("../../", import.meta.url));
const read = (path: string) => Deno.readTextFile(join(root, path));
const page = await read("docs/SECURITY.md");

/** What the page claims: the rows of its tables that end with a test. */
const CLAIMS = page.split("\n").filter((line) => line.startsWith("|") && line.includes("`tests/"));
/** How a row names a test: its file, and words of its name. */
const REFERENCE = /`(tests\/[\w/]+_test\.ts)` \*([^*]+)\*/g;

Deno.test("docs/SECURITY.md: every claim names tests that are there", async () => {
  assert(CLAIMS.length >= 40, `${CLAIMS.length} claims`);
  const missing: string[] = [];
  for (const claim of CLAIMS) {
    const references = [...claim.matchAll(REFERENCE)];
    if (references.length === 0) missing.push(claim);
    for (const [, path, words] of references) {
      const names = await testNames(path!);
      const wanted = words!.split("…").map((part) => part.trim());
      const isThere = names.some((name) => wanted.every((part) => name.includes(part)));
      if (!isThere) missing.push(`${path}: ${words}`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("docs/SECURITY.md: each section that promises something has claims", () => {
  const sections = page.split("\n## ").slice(1);
  for (const title of ["The network", "The server", "Another member", "An outsider", "A thief"]) {
    const section = sections.find((text) => text.startsWith(title));
    assert(section !== undefined, `no section "${title}"`);
    assert([...section.matchAll(REFERENCE)].length > 0, `"${title}" names no test`);
    assert(/what is not/i.test(section), `"${title}" does not say what is not protected`);
  }
});

/** What the tests of a file are called: any string of it that could be a name. */
async function testNames(path: string): Promise<string[]> {
  const text = await read(path).catch(() => "");
  return [...text.matchAll(/"((?:[^"\\\n]|\\.)+)"|`((?:[^`\\]|\\.)+)`/g)]
    .map(([, quoted, template]) => quoted ?? template ?? "");
}
