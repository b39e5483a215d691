import { UsageError } from "./failure.ts";

/** The shells for which there are completions. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = typeof SHELLS[number];

/** Which shell's completions are wanted, and for what command. */
export interface WantedCompletions {
  readonly shell: Shell;
  readonly command: string;
}

/**
 * Reads the value of `--completions`: `bash`, or `bash:NAME` for a program that is installed as NAME.
 *
 * @param value What was written.
 * @param command What the program is called by default.
 * @throws {UsageError} It names no shell that there are completions for.
 */
export function wantedCompletions(value: string, command: string): WantedCompletions {
  const [, shell, name = command] = /^([a-z]+)(?::(\w[\w.-]*))?$/.exec(value) ?? [];
  const found = SHELLS.find((each) => each === shell);
  if (found !== undefined) return { shell: found, command: name };
  throw new UsageError(
    `--completions cannot be ${JSON.stringify(value)}: allowed are ${
      SHELLS.join(", ")
    }, and bash:NAME for a program that is installed as NAME`,
  );
}
