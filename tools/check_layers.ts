// Fails on an import that goes up, sideways into another layer of the same height, or round in a
// circle. The order is that of docs/ARCHITECTURE.md. An argument names another folder to check.
// deno-lint-ignore-file no-console -- a program for people
import { dirname, fromFileUrl, join, relative, resolve } from "@std/path";

const root = resolve(Deno.args[0] ?? fromFileUrl(new URL("../", import.meta.url)));

/** From the top down; layers on one line may not import each other. */
const LAYERS: readonly (readonly string[])[] = [
  [
    "server.ts",
    "backup.ts",
    "client.ts",
    "token.ts",
    "password.ts",
    "transfer/send.ts",
    "transfer/receive.ts",
  ],
  ["program"],
  ["mod.ts"],
  ["server", "client"],
  ["web", "terminal"],
  ["files"],
  ["chat", "transfer"],
  ["log", "registry", "sealed"],
  ["net", "sqlite", "identity"],
  ["protocol"],
  ["clock", "codec"],
];

function layerOf(path: string): { height: number; name: string } {
  for (const [depth, names] of LAYERS.entries()) {
    const name = names.find((name) => path === name || path.startsWith(`${name}/`));
    if (name !== undefined) return { height: LAYERS.length - depth, name };
  }
  throw new Error(`${path} belongs to no layer: put it in one, or name its folder in LAYERS`);
}

const OUTSIDE = new Set(["tests", "tools", "bench", "types", "examples", "docs"]);

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) {
      if (!name.startsWith(".") && !OUTSIDE.has(relative(root, path))) yield* sources(path);
    } else if (name.endsWith(".ts")) yield relative(root, path);
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)(?:[^"'`;]*?\bfrom)?\s*["'](\.[^"']+)["']|\bimport\(\s*["'](\.[^"']+)["']/g;

const imports = new Map<string, readonly string[]>();
for await (const path of sources(root)) {
  const text = await Deno.readTextFile(join(root, path));
  imports.set(
    path,
    [...text.matchAll(IMPORT)].map(([, from, dynamic]) =>
      relative(root, join(root, dirname(path), (from ?? dynamic)!))
    ),
  );
}

const faults: string[] = [];
for (const [path, targets] of imports) {
  for (const target of targets) {
    const [from, to] = [layerOf(path), layerOf(target)];
    if (from.name !== to.name && from.height <= to.height) {
      faults.push(`${path} imports ${target}: ${to.name} is not below ${from.name}`);
    }
  }
}

const state = new Map<string, "open" | "done">();
function visit(path: string, trail: readonly string[]): void {
  if (state.get(path) === "done") return;
  if (state.get(path) === "open") {
    faults.push(`a circle: ${[...trail.slice(trail.indexOf(path)), path].join(" -> ")}`);
    return;
  }
  state.set(path, "open");
  for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
  state.set(path, "done");
}
for (const path of imports.keys()) visit(path, []);

for (const fault of faults) console.error(fault);
if (faults.length > 0) Deno.exitCode = 1;
else console.log(`${imports.size} files, every import goes down`);
