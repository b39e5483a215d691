// A worker's file, and everything that it imports, would have to be readable at run time, and no program
// of Parley may need a file beside the ones it was started from (docs/ARCHITECTURE.md, permissions). So a
// worker's source is made of functions that are here anyway. They may use what they are handed and what
// every worker has, and nothing else of the module that they are written in.

/** A function that can run in a worker: it uses nothing but its parameters and what is global. */
// deno-lint-ignore ban-types -- any function's source text can be taken
export type Portable = Function;

/**
 * Starts a worker on functions of this program.
 *
 * @param main Called in the worker with `parts`.
 * @param parts What `main` is given: functions go as their source, the rest as JSON.
 * @param imports Modules that the worker is to import for `main`, by the name in `parts`: `node:` only.
 * @returns The worker; who started it ends it.
 */
export function inlineWorker(
  main: Portable,
  parts: Readonly<Record<string, unknown>>,
  imports: Readonly<Record<string, string>> = {},
): Worker {
  const modules = Object.entries(imports)
    .map(([name, specifier]) => `import * as ${name} from ${JSON.stringify(specifier)};\n`);
  const source = `${modules.join("")}(${main})({${
    [
      ...Object.keys(imports),
      ...Object.entries(parts).map(([name, part]) => `${name}: ${sourceOf(part)}`),
    ]
      .join(", ")
  }});`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return new Worker(url, { type: "module" });
  } finally {
    URL.revokeObjectURL(url);
  }
}

function sourceOf(part: unknown): string {
  if (typeof part === "function") return `(${part})`;
  if (typeof part !== "object" || part === null || Array.isArray(part)) {
    return JSON.stringify(part) ?? "undefined";
  }
  return `{${
    Object.entries(part).map(([name, inner]) => `${JSON.stringify(name)}: ${sourceOf(inner)}`).join(
      ", ",
    )
  }}`;
}
