import type { KeepOptions } from "../../log/sqlite.ts";
import { type Option, parseBytes, show } from "../command_line.ts";
import { UsageError } from "../failure.ts";

const MS_IN = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
} as const;

/** What each stream keeps, such as `age=30d,count=100000,bytes=1G`: any of the three, in any order. */
export function retention(doc: string): Option<KeepOptions | undefined> {
  return {
    placeholder: "age=30d,count=N,bytes=1G",
    doc,
    read(value, name) {
      if (value === undefined) return undefined;
      const wrong = (what: string) =>
        new UsageError(
          `${name} cannot be ${
            show(value)
          }: ${what}. age=30d (m, h, d, w or y), count=N and bytes=1G ` +
            "(K, M, G or T) are allowed, with commas between them",
        );
      const keep: { -readonly [K in keyof KeepOptions]: KeepOptions[K] } = {};
      for (const part of String(value).split(",")) {
        const [, what, amount = ""] = /^(age|count|bytes)=(.+)$/.exec(part) ?? [];
        if (what === undefined) throw wrong(`${show(part)} says nothing that is known`);
        const [key, number] = what === "age"
          ? ["maxAgeMs", parseAge(amount)] as const
          : [what === "count" ? "maxCount" : "maxBytes", parseBytes(amount)] as const;
        if (!(number >= 1 && number <= Number.MAX_SAFE_INTEGER)) {
          throw wrong(`${show(amount)} is no ${what}`);
        }
        if (keep[key] !== undefined) throw wrong(`${what} is there twice`);
        keep[key] = number;
      }
      return keep;
    },
  };
}

/** How long something is kept, such as `30d`. */
export function age(doc: string): Option<number | undefined> {
  return {
    placeholder: "AGE",
    doc,
    read(value, name) {
      if (value === undefined) return undefined;
      const ms = parseAge(String(value));
      if (ms >= 1 && ms <= Number.MAX_SAFE_INTEGER) return ms;
      throw new UsageError(
        `${name} cannot be ${show(value)}: a number with m, h, d, w or y is allowed, as in 30d`,
      );
    },
  };
}

function parseAge(text: string): number {
  const [, digits, unit] = /^(\d{1,9})([mhdwy])$/.exec(text) ?? [];
  return digits === undefined ? NaN : Number(digits) * MS_IN[unit as keyof typeof MS_IN];
}
