import { fold } from "../../protocol/names.ts";
import { type CommandDoc, nameOf } from "./command_doc.ts";
import { type Command, COMMANDS, findCommand } from "./commands.ts";
import { argumentAt } from "./completed_argument.ts";
import { pathCandidates, type PathName } from "./completed_path.ts";
import { escapeText } from "../escape.ts";

/** What Tab found. */
export interface Completion {
  /** The part of the text that the chosen candidate replaces: UTF-16 indices. */
  readonly from: number;
  readonly to: number;
  /** What may stand there, the likeliest first; safe to print. One that is complete ends with a space. */
  readonly candidates: readonly string[];
}

/** What there is to complete with, when Tab is pressed. */
export interface CompletionSources {
  /** The rooms that one may mean. */
  readonly rooms: readonly string[];
  /** Who is in the room: who spoke last comes first. */
  readonly names: readonly string[];
  readonly ignored: readonly string[];
  readonly themes: readonly string[];
  readonly bookmarks: readonly string[];
  readonly settings: readonly { readonly name: string; readonly values: readonly string[] }[];
  /**
   * What is in a folder.
   *
   * @param path A path as it was typed, without its quotes, up to the cursor; it may begin with `~/`.
   * @returns The names in the folder that it is in; none where it cannot be read, or nobody has permitted that.
   */
  paths(path: string): Promise<readonly PathName[]>;
  /** The fingerprints of one's own devices. */
  fingerprints?(): Promise<readonly string[]>;
}

/** The end of a text that may be the beginning of somebody's name. */
const NAME_END = /[\p{L}\p{M}\p{N}_.-]*$/u;

/**
 * Completes what is typed: a command at the line's begin, an argument by what the command takes, in a text a name: `ann: `
 * at its begin, `ann ` or `@ann ` elsewhere.
 *
 * - I1 Every candidate comes out of `escapeText` as it is: what a server or a folder calls something does nothing to a
 *   terminal.
 * - I2 What is behind the cursor stays, but for the end of the same word.
 * - I3 `readCommand` reads from the completed line what was meant: also a file of any name.
 *
 * @param text The line.
 * @param cursor Where in it, a UTF-16 index.
 * @param sources What there is.
 * @returns What may stand there; undefined for nothing.
 */
export function complete(
  text: string,
  cursor: number,
  sources: CompletionSources,
): Completion | undefined | Promise<Completion | undefined> {
  const begin = /^\s*/.exec(text)![0].length;
  if (cursor < begin) return undefined;
  if (!/^\/(?!\/)/.test(text.slice(begin))) return completeText(text, cursor, sources);
  const name = /^\S*/.exec(text.slice(begin))![0];
  const end = begin + name.length;
  if (cursor <= end) {
    const typed = text.slice(begin, cursor);
    return completion(text, { from: begin, cursor, end }, commandsLike(typed));
  }
  const command = findCommand(name);
  return command && completeArgument(text, end, cursor, command, sources);
}

function completeArgument(
  text: string,
  start: number,
  cursor: number,
  command: CommandDoc<Command>,
  sources: CompletionSources,
): Completion | undefined | Promise<Completion | undefined> {
  const argument = argumentAt(command, text, start, cursor);
  const { kind, prefix, from, end } = argument;
  const place = { from, cursor, end };
  const among = (words: readonly string[]) => completion(text, place, likeNames(prefix, words));
  switch (kind) {
    case undefined:
      return undefined;
    case "text":
      return completeText(text, cursor, sources, start);
    case "path":
    case "folder": {
      const isFolder = kind === "folder";
      const keywords = Object.keys(command.keywords ?? {});
      return sources.paths(prefix).then((names) =>
        completion(
          text,
          // Inside quotes what is behind the cursor would be left without the first of them.
          { from, cursor: argument.isOpen ? end : cursor, end },
          pathCandidates(prefix, names.filter((name) => name.isFolder || !isFolder), keywords),
        )
      );
    }
    case "fingerprint":
      return sources.fingerprints?.().then(among);
    case "command": {
      const names = commandsLike(`/${prefix.replace(/^\//, "")}`).map((name) => name.trimEnd());
      return among(prefix.startsWith("/") ? names : names.map((name) => name.slice(1)));
    }
    case "value":
      return among(
        sources.settings.find(({ name }) => name === argument.before.at(-1)?.toLowerCase())
          ?.values ?? [],
      );
    case "setting":
      return among(sources.settings.map(({ name }) => name));
    case "room":
    case "name":
    case "theme":
    case "bookmark":
      return among(sources[`${kind}s`]);
    case "ignored":
      return among(sources.ignored);
    default:
      return kind satisfies never;
  }
}

/** Completes a name in a text that people read; `start` is where a text begins that cannot address somebody. */
function completeText(
  text: string,
  cursor: number,
  { names }: CompletionSources,
  start?: number,
): Completion | undefined {
  const typed = NAME_END.exec(text.slice(0, cursor))![0];
  const isMention = text[cursor - typed.length - 1] === "@";
  if (typed === "" && !isMention) return undefined;
  const from = cursor - typed.length - (isMention ? 1 : 0);
  const isAddress = !isMention && start === undefined && text.slice(0, from).trim() === "";
  const candidates = likeNames(typed, names).map((name) =>
    isMention ? `@${name}` : isAddress ? `${name.trimEnd()}: ` : name
  );
  const end = cursor + /^[\p{L}\p{M}\p{N}_-]*/u.exec(text.slice(cursor))![0].length;
  return completion(text, { from, cursor, end }, candidates);
}

/** The commands that begin so; where there is none, what they are also called. */
function commandsLike(typed: string): string[] {
  const begins = (name: string) => name.startsWith(typed.toLowerCase());
  const spaced = (name: string, { usage }: CommandDoc<Command>) =>
    usage.includes(" ") ? `${name} ` : name;
  const found = COMMANDS.filter((command) => begins(nameOf(command)));
  if (found.length > 0) return found.map((command) => spaced(nameOf(command), command));
  return COMMANDS.flatMap((command) =>
    (command.aliases ?? []).filter(begins).map((alias) => spaced(alias, command))
  );
}

/** The words that begin so in any case, each once, with a space behind. */
function likeNames(typed: string, words: readonly string[]): string[] {
  const like = words.filter((word) => /^\S+$/.test(word) && fold(word).startsWith(fold(typed)));
  return [...new Set(like)].map((word) => `${word} `);
}

/** The candidates in their place: only those that go on as the word does behind the cursor, where there are some. */
function completion(
  text: string,
  { from, cursor, end }: { readonly from: number; readonly cursor: number; readonly end: number },
  found: readonly string[],
): Completion | undefined {
  const safe = found.filter((candidate) => escapeText(candidate) === candidate);
  if (safe.length === 0) return undefined;
  const word = fold(text.slice(from, end));
  const whole = safe.filter((candidate) => fold(candidate).startsWith(word));
  const [to, candidates] = whole.length > 0 ? [end, whole] : [cursor, safe];
  const isSpaced = /\s/.test(text[to] ?? "");
  return { from, to, candidates: isSpaced ? candidates.map((each) => each.trimEnd()) : candidates };
}
