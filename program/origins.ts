import { parseOrigin } from "../web/origin.ts";
import type { Option } from "./command_line.ts";
import { UsageError } from "./failure.ts";

/** Origins of web pages, with commas between them; none where it is absent. */
export function origins(doc: string): Option<readonly string[]> {
  return {
    placeholder: "ORIGIN",
    doc,
    read(value, name) {
      if (value === undefined) return [];
      try {
        return String(value).split(",").map(parseOrigin);
      } catch (cause) {
        throw new UsageError(`${name}: ${(cause as Error).message}`, { cause });
      }
    },
  };
}
