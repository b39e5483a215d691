import type { ArgumentKind, CommandDoc } from "./command_doc.ts";
import { scanWords, type Word } from "./words.ts";

/** The argument that the cursor is in. */
export interface CompletedArgument {
  /** What it is; undefined where nobody knows. */
  readonly kind: ArgumentKind | undefined;
  /** What of it is typed before the cursor, without quotes. */
  readonly prefix: string;
  /** Where it begins and ends in the line. */
  readonly from: number;
  readonly end: number;
  /** Whether the cursor is inside its quotes. */
  readonly isOpen: boolean;
  /** The arguments before it. */
  readonly before: readonly string[];
}

/**
 * Finds the argument that the cursor is in.
 *
 * @param command Whose.
 * @param text The line.
 * @param start Where the command's name ends.
 * @param cursor Where the cursor is, behind that.
 */
export function argumentAt(
  command: CommandDoc<unknown>,
  text: string,
  start: number,
  cursor: number,
): CompletedArgument {
  const kinds = [...command.args ?? [], command.rest];
  const split = kinds.includes("path") || kinds.includes("folder") ? scanWords : plainWords;
  const words = split(text.slice(start, cursor));
  const last = words.at(-1);
  // Behind a blank the next one begins.
  const isIn = last !== undefined && start + last.to === cursor;
  const [current, before] = isIn ? [last, words.slice(0, -1)] : [undefined, words];
  const from = start + (current?.from ?? cursor - start);
  const whole = split(text.slice(start)).find((word) => start + word.from === from);
  const end = Math.max(cursor, start + (whole?.to ?? 0));
  const typed = current?.text ?? "";
  const { kind = kindAt(command, before), skipped } = keywordIn(command, typed);
  return {
    kind,
    prefix: typed.slice(skipped),
    from: from + skipped,
    end,
    isOpen: current?.isOpen === true,
    before: before.map((word) => word.text),
  };
}

/** What an argument is, by those before it. */
function kindAt(
  { args = [], rest, keywords = {} }: CommandDoc<unknown>,
  before: readonly Word[],
): ArgumentKind | undefined {
  const last = before.at(-1);
  // As `/send PATH… to NAME`: the first word is no keyword.
  if (before.length > 1 && last?.isQuoted === false && Object.hasOwn(keywords, last.text)) {
    return keywords[last.text];
  }
  return before.length < args.length ? args[before.length] : rest;
}

/** A keyword that the argument itself begins with: `from:ann`. */
function keywordIn(
  { keywords = {} }: CommandDoc<unknown>,
  typed: string,
): { readonly kind?: ArgumentKind; readonly skipped: number } {
  for (const [keyword, kind] of Object.entries(keywords)) {
    if (keyword.endsWith(":") && typed.toLowerCase().startsWith(keyword)) {
      return { kind, skipped: keyword.length };
    }
  }
  return { skipped: 0 };
}

/** The words of a command that knows no quotes. */
function plainWords(text: string): readonly Word[] {
  return [...text.matchAll(/\S+/g)].map(({ 0: word, index }) => (
    { text: word, isQuoted: false, isOpen: false, from: index, to: index + word.length }
  ));
}
