import { bare, type CommandDoc } from "./command_doc.ts";
import { splitWords } from "./words.ts";

/** What a typed line asks for that is about files. */
export type FileCommand =
  | { readonly kind: "send"; readonly paths: readonly string[]; readonly to?: string }
  | { readonly kind: "get"; readonly which: number | "all"; readonly folder?: string }
  | { readonly kind: "cancel" };

/** The commands about files, in the order of the help. */
export const FILE_COMMANDS: readonly CommandDoc<FileCommand>[] = [
  {
    usage: "/send PATH… [to NAME]",
    doc: "send files to the room, or to one person; quote a path with spaces",
    more: [
      "Paths are written as in a shell: quotes, \\ and ~ mean the same. Tab",
      "completes them. It goes on where a connection breaks; /cancel stops it.",
      "  /send photo.jpg",
      "  /send ~/notes/one.txt 'my plan.txt' to bob",
    ],
    rest: "path",
    keywords: { to: "name" },
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
    more: [
      "N is the number before the file. It is saved only if it is whole, never in",
      "place of another file, into DIR or the folder that --downloads names.",
      "  /get 3",
      "  /get all ~/Downloads",
    ],
    args: [undefined, "folder"],
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
  {
    usage: "/cancel",
    doc: "stop sending and saving files",
    more: ["What has come of a file is kept: /get again goes on from there."],
    read: bare({ kind: "cancel" }),
  },
];
