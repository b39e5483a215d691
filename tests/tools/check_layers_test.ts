import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { deno } from "./run_tool.ts";

/** Runs the check on a tree of these files. */
async function checkTree(files: Readonly<Record<string, string>>) {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), text);
    }
    return await deno("run", "-q", `--allow-read=${root}`, "tools/check_layers.ts", root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const codec = "export const frame = 1;\n";

Deno.test("The layer check holds for the project", async () => {
  const { code, stderr } = await deno("task", "-q", "layers");
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("The layer check lets imports go down, and within a layer", async () => {
  const { code, stdout, stderr } = await checkTree({
    "codec/frame.ts": codec,
    "codec/decoder.ts": 'import { frame } from "./frame.ts";\nexport const decoder = frame;\n',
    "net/reader.ts": 'import {\n  decoder,\n} from "../codec/decoder.ts";\nexport { decoder };\n',
    "server.ts": 'import "./net/reader.ts";\n',
    "tests/net/any_test.ts": 'import "../../server.ts";\n',
  });
  assertEquals([code, stdout.trim(), stderr], [0, "4 files, every import goes down", ""]);
});

for (
  const [says, files, fault] of [
    ["goes up", {
      "codec/frame.ts":
        'import { reader } from "../net/reader.ts";\nexport const frame = reader;\n',
      "net/reader.ts": "export const reader = 1;\n",
    }, "codec/frame.ts imports net/reader.ts: net is not below codec"],
    ["goes up for a type alone", {
      "codec/frame.ts":
        'import type { Reader } from "../net/reader.ts";\nexport type F = Reader;\n',
      "net/reader.ts": "export type Reader = 1;\n",
    }, "codec/frame.ts imports net/reader.ts"],
    ["goes up in an export", {
      "codec/frame.ts": 'export * from "../net/reader.ts";\n',
      "net/reader.ts": "export const reader = 1;\n",
    }, "codec/frame.ts imports net/reader.ts"],
    ["goes up for its effects alone", {
      "codec/frame.ts": 'import "../net/reader.ts";\n',
      "net/reader.ts": "export const reader = 1;\n",
    }, "codec/frame.ts imports net/reader.ts"],
    ["goes up at run time", {
      "codec/frame.ts": 'export const load = () => import("../net/reader.ts");\n',
      "net/reader.ts": "export const reader = 1;\n",
    }, "codec/frame.ts imports net/reader.ts"],
    ["goes sideways", {
      "chat/hub.ts": 'import "../transfer/sender.ts";\n',
      "transfer/sender.ts": "export {};\n",
    }, "chat/hub.ts imports transfer/sender.ts: transfer is not below chat"],
    ["goes to a program", {
      "server/serve.ts": 'import "../server.ts";\n',
      "server.ts": "export {};\n",
    }, "server/serve.ts imports server.ts: server.ts is not below server"],
  ] as const
) {
  Deno.test(`The layer check fails on an import that ${says}`, async () => {
    const { code, stderr } = await checkTree(files);
    assertEquals(code, 1);
    assertStringIncludes(stderr, fault);
  });
}

Deno.test("The layer check fails on imports that go round in a circle", async () => {
  const { code, stderr } = await checkTree({
    "codec/a.ts": 'import "./b.ts";\n',
    "codec/b.ts": 'import "./c.ts";\n',
    "codec/c.ts": 'import "./a.ts";\n',
  });
  assertEquals(code, 1);
  assertEquals(stderr.match(/a circle: .*/)?.[0].split(" -> ").length, 4);
});

Deno.test("The layer check fails on a file that belongs to no layer", async () => {
  const { code, stderr } = await checkTree({ "misc/utils.ts": 'import "../codec/frame.ts";\n' });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "misc/utils.ts belongs to no layer");
});
