import { ROOM_COMMANDS, type RoomCommand } from "./room_commands.ts";
import { splitWords } from "./words.ts";

/** What a typed line asks for. */
export type Command =
  | { readonly kind: "say"; readonly text: string }
  | { readonly kind: "join"; readonly room: string }
  | { readonly kind: "leave" }
  | { readonly kind: "private"; readonly to: string; readonly text: string }
  | { readonly kind: "who" }
  | { readonly kind: "rooms" }
  | { readonly kind: "history"; readonly limit: number }
  | {
    readonly kind: "search";
    readonly query: string;
    readonly room?: string;
    readonly from?: string;
  }
  | { readonly kind: "show"; readonly stream: string; readonly seq: number }
  | { readonly kind: "send"; readonly paths: readonly string[]; readonly to?: string }
  | { readonly kind: "get"; readonly which: number | "all"; readonly folder?: string }
  | RoomCommand
  | { readonly kind: "cancel" }
  | { readonly kind: "link" }
  | { readonly kind: "fingerprint"; readonly name?: string }
  | { readonly kind: "devices" }
  | { readonly kind: "revoke"; readonly fingerprint: string }
  | { readonly kind: "logout" }
  | { readonly kind: "secret"; readonly room: string }
  | { readonly kind: "trust"; readonly name: string }
  | { readonly kind: "help" }
  | { readonly kind: "quit" }
  | { readonly kind: "wrong"; readonly message: string };

/** A command as it is written, explained and read: parsing, help and README come from here. */
export interface CommandDoc {
  /** As it is written: `/msg NAME TEXT`. */
  readonly usage: string;
  /** What it does. */
  readonly doc: string;
  /** Reads what follows the command's name; undefined where that is not as `usage` says. */
  readonly read: (rest: string) => Command | undefined;
}

const DEFAULT_HISTORY = 20;
const MAX_HISTORY = 1_000;

/** What is in quotation marks, which is looked for as it is; and where to look. */
const SEARCH_PART = /"[^"]*"?|(?<=^|\s)(from|in):(\S+)/gi;

const bare =
  (kind: "cancel" | "leave" | "who" | "rooms" | "help" | "quit" | "link" | "devices" | "logout") =>
  (rest: string) => rest === "" ? { kind } : undefined;

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandDoc[] = [
  {
    usage: "/join ROOM",
    doc: "go to a room: what you type is said there",
    read: (rest) => /^\S+$/.test(rest) ? { kind: "join", room: rest } : undefined,
  },
  { usage: "/leave", doc: "leave the room that you are in", read: bare("leave") },
  {
    usage: "/msg NAME TEXT",
    doc: "write to one person, who may be away",
    read(rest) {
      const [, to, text] = /^(\S+)\s+(\S[^]*)$/.exec(rest) ?? [];
      return to === undefined || text === undefined ? undefined : { kind: "private", to, text };
    },
  },
  { usage: "/who", doc: "list who is in the room", read: bare("who") },
  { usage: "/rooms", doc: "list the rooms that have members", read: bare("rooms") },
  {
    usage: "/history [N]",
    doc: `show the room's last N messages again (${DEFAULT_HISTORY})`,
    read(rest) {
      const limit = rest === "" ? DEFAULT_HISTORY : /^\d{1,4}$/.test(rest) ? Number(rest) : 0;
      return limit >= 1 && limit <= MAX_HISTORY ? { kind: "history", limit } : undefined;
    },
  },
  {
    usage: "/search WORDS",
    doc: 'find messages; also from:NAME in:ROOM "some words" begin*',
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
    read(rest) {
      const [, stream, seq] = /^(\S+)\s+#?(\d{1,15})$/.exec(rest) ?? [];
      return stream === undefined || seq === undefined
        ? undefined
        : { kind: "show", stream, seq: Number(seq) };
    },
  },
  {
    usage: "/send PATH… [to NAME]",
    doc: "send files to the room, or to one person; quote a path with spaces",
    read(rest) {
      const words = splitWords(rest) ?? [];
      const isTo = words.length >= 3 && words.at(-2)!.text === "to" && !words.at(-2)!.isQuoted;
      const paths = (isTo ? words.slice(0, -2) : words).map(({ text }) => text);
      if (paths.length === 0 || paths.includes("")) return undefined;
      return { kind: "send", paths, ...(isTo ? { to: words.at(-1)!.text } : {}) };
    },
  },
  {
    usage: "/get N [DIR]",
    doc: "save file N, which a message showed, as recv-NAME; /get all saves every one",
    read(rest) {
      const [which, folder, ...more] = splitWords(rest) ?? [];
      if (which === undefined || folder?.text === "" || more.length > 0) return undefined;
      const number = /^\[?(\d{1,9})\]?$/.exec(which.text)?.[1];
      if (number === undefined && which.text !== "all") return undefined;
      return {
        kind: "get",
        which: number === undefined ? "all" : Number(number),
        ...(folder === undefined ? {} : { folder: folder.text }),
      };
    },
  },
  ...ROOM_COMMANDS,
  { usage: "/cancel", doc: "stop sending and saving files", read: bare("cancel") },
  { usage: "/link", doc: "take in another device of yours, by a code", read: bare("link") },
  {
    usage: "/fingerprint [NAME]",
    doc: "show this device's key, or somebody's, to compare",
    read: (rest) =>
      rest === ""
        ? { kind: "fingerprint" }
        : /^\S+$/.test(rest)
        ? { kind: "fingerprint", name: rest }
        : undefined,
  },
  { usage: "/devices", doc: "list your devices", read: bare("devices") },
  {
    usage: "/revoke FINGERPRINT",
    doc: "take your name from a device that is lost",
    read: (rest) => /^[\w-]+$/.test(rest) ? { kind: "revoke", fingerprint: rest } : undefined,
  },
  { usage: "/logout", doc: "end every token of your name, and leave", read: bare("logout") },
  {
    usage: "/secret ROOM",
    doc: "unlock a secret room, or make one: only who knows its passphrase can read it",
    read: (rest) => /^\S+$/.test(rest) ? { kind: "secret", room: rest } : undefined,
  },
  {
    usage: "/trust NAME",
    doc: "take a key that has changed for NAME's own, once you have compared it",
    read: (rest) => /^\S+$/.test(rest) ? { kind: "trust", name: rest } : undefined,
  },
  { usage: "/help", doc: "print this", read: bare("help") },
  { usage: "/quit", doc: "leave the chat; so do exit and Ctrl-D", read: bare("quit") },
];

const byName = new Map(COMMANDS.map((command) => [command.usage.split(" ")[0]!, command]));

/**
 * Reads a typed line.
 *
 * A line that begins with `/` is a command, one that begins with `//` a text that begins with `/`;
 * `exit` alone leaves; anything else is a text.
 *
 * @param line The line; a pasted block may have several.
 * @returns What it asks for; undefined for an empty line.
 */
export function readCommand(line: string): Command | undefined {
  const typed = line.trim();
  if (typed === "") return undefined;
  if (typed === "exit") return { kind: "quit" };
  if (!typed.startsWith("/")) return { kind: "say", text: line.trimEnd() };
  if (typed.startsWith("//")) return { kind: "say", text: typed.slice(1) };
  const [, name = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(typed) ?? [];
  const command = byName.get(name.toLowerCase());
  if (command === undefined) {
    return { kind: "wrong", message: `There is no ${name}: /help lists the commands` };
  }
  return command.read(rest) ?? { kind: "wrong", message: `It is written ${command.usage}` };
}

/** The lines of `/help`. */
export function commandHelp(): string[] {
  const width = Math.max(...COMMANDS.map(({ usage }) => usage.length));
  return [
    ...COMMANDS.map(({ usage, doc }) => `${usage.padEnd(width)}  ${doc}`),
    `${"//text".padEnd(width)}  say a text that begins with /`,
  ];
}
