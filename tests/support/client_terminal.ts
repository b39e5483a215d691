import type { TempFolder } from "./temp.ts";
import { TestTerminal } from "./terminal.ts";

/** How a client's terminal is opened. */
export interface TerminalOptions {
  /** What its program may read and write beside its config folder. */
  readonly folders?: readonly string[];
  readonly cwd?: string;
  /** More of its command line. */
  readonly more?: string;
  /** All of its command line. */
  readonly only?: string;
  /** What else is in its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A client's terminal, with a config folder of its own that is below the test's. */
export function openTerminal(
  temp: TempFolder,
  { port }: { readonly port: number },
  name: string,
  { folders = [], cwd = ".", more = "", only, env = {} }: TerminalOptions = {},
): TestTerminal {
  const config = temp.file(`config-${name}`);
  const paths = [config, ...folders].join(",");
  const root = new URL("../../", import.meta.url).pathname;
  const run = [
    `${Deno.execPath()} run -q --config ${root}deno.json -P=client`,
    `--allow-read=${paths} --allow-write=${paths} ${root}client.ts`,
    only ?? `--config ${config} --host 127.0.0.1 --port ${port} --name ${name} ${more}`,
  ].join(" ");
  return new TestTerminal(`sh -c 'cd ${cwd} && exec ${run}'`, { cols: 100, rows: 24, env });
}
