import type { CommandDoc } from "./command_doc.ts";
import { readTime } from "./times.ts";

/** What a typed line asks for that is about what was said. */
export type ReadingCommand =
  | { readonly kind: "history"; readonly limit: number }
  /** What was said in so many milliseconds before now. */
  | { readonly kind: "history"; readonly sinceMs: number }
  | {
    readonly kind: "search";
    readonly query: string;
    readonly room?: string;
    readonly from?: string;
  }
  | { readonly kind: "show"; readonly stream: string; readonly seq: number };

const DEFAULT_HISTORY = 20;
const MAX_HISTORY = 1_000;

/** What is in quotation marks, which is looked for as it is; and where to look. */
const SEARCH_PART = /"[^"]*"?|(?<=^|\s)(from|in):(\S+)/gi;

/** The commands with which one reads again, in the order of the help. */
export const READING_COMMANDS: readonly CommandDoc<ReadingCommand>[] = [
  {
    usage: "/history [N|TIME]",
    doc: `show the room's last N messages again (${DEFAULT_HISTORY}), or those of a time`,
    more: [
      `N is at most ${MAX_HISTORY}. Each message has its number, for /show and /delete.`,
      "  /history 50             the last 50",
      "  /history 2h             what was said in two hours; 10m, 3d, 2w are times",
    ],
    read(rest) {
      if (rest === "") return { kind: "history", limit: DEFAULT_HISTORY };
      const limit = /^\d{1,4}$/.test(rest) ? Number(rest) : 0;
      if (limit >= 1 && limit <= MAX_HISTORY) return { kind: "history", limit };
      const sinceMs = readTime(rest);
      return Number.isNaN(sinceMs) ? undefined : { kind: "history", sinceMs };
    },
  },
  {
    usage: "/search WORDS",
    doc: 'find messages; also from:NAME in:ROOM "some words" begin*',
    more: [
      "It looks in the rooms that you are in and in your private messages, but not",
      "in what is encrypted: the server cannot read that.",
      "  /search from:ann in:lobby tea",
      '  /search "tea at five"   these words, in this order',
      "  /search biscuit*        what begins with biscuit",
    ],
    keywords: { "from:": "name", "in:": "room" },
    read(rest) {
      const where: { from?: string; room?: string } = {};
      const query = rest.replaceAll(SEARCH_PART, (part, key?: string, value?: string) => {
        if (key === undefined) return part;
        where[key.toLowerCase() === "from" ? "from" : "room"] = value!;
        return "";
      }).trim();
      return query === "" ? undefined : { kind: "search", query, ...where };
    },
  },
  {
    usage: "/show ROOM N",
    doc: "show all of a room's message N, however long it is",
    more: [
      "Long messages are cut, and say what to type. @NAME is a person's inbox.",
      "  /show lobby 42",
    ],
    args: ["room"],
    read(rest) {
      const [, stream, seq] = /^(\S+)\s+#?(\d{1,15})$/.exec(rest) ?? [];
      return stream === undefined || seq === undefined
        ? undefined
        : { kind: "show", stream, seq: Number(seq) };
    },
  },
];
