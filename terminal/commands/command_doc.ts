/** What an argument is, so that Tab can complete it. */
export type ArgumentKind =
  | "room"
  | "name"
  /** Somebody who is ignored. */
  | "ignored"
  /** A file or a folder, which may be quoted. */
  | "path"
  /** A folder, which may be quoted. */
  | "folder"
  | "command"
  | "setting"
  /** A value of the setting before it. */
  | "value"
  | "theme"
  | "bookmark"
  | "fingerprint"
  /** What people read, which may name somebody. */
  | "text";

/** A command as it is written, explained and read: parsing, completion, help and docs come from here. */
export interface CommandDoc<C> {
  /** As it is written: `/msg NAME TEXT`. */
  readonly usage: string;
  /** What it does, in some words. */
  readonly doc: string;
  /** What there is to know of it, with examples: 1 to 6 lines of at most 76 characters. */
  readonly more: readonly string[];
  /** Other names of it, which people know from elsewhere: `/j`. */
  readonly aliases?: readonly string[];
  /** What each argument is. */
  readonly args?: readonly (ArgumentKind | undefined)[];
  /** What all further arguments are. */
  readonly rest?: ArgumentKind;
  /** Words behind which something else comes: `to` a name, `from:` a name in the same word. */
  readonly keywords?: Readonly<Record<string, ArgumentKind>>;
  /** Reads what follows the command's name; undefined where that is not as `usage` says. */
  readonly read: (rest: string) => C | undefined;
}

/** A command's name: `/msg`. */
export function nameOf({ usage }: Pick<CommandDoc<unknown>, "usage">): string {
  return usage.split(" ", 1)[0]!;
}

/** Reads a command that takes nothing. */
export const bare = <C>(command: C) => (rest: string): C | undefined =>
  rest === "" ? command : undefined;

/** Reads a command that takes one word. */
export const oneWord = <C>(command: (word: string) => C) => (rest: string): C | undefined =>
  /^\S+$/.test(rest) ? command(rest) : undefined;

/** Reads a command that takes one word or none. */
export const optionalWord = <C>(command: (word?: string) => C) => (rest: string): C | undefined =>
  rest === "" ? command() : oneWord(command)(rest);
