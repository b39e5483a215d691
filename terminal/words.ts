/** A word of a command, as a shell would read it. */
export interface Word {
  /** What it says. */
  readonly text: string;
  /** Whether quotes or a backslash were in it: then it is no keyword. */
  readonly isQuoted: boolean;
}

const PART = /"([^"]*)"|'([^']*)'|\\([^])|([^\s"'\\]+)|(["'\\])/y;

/**
 * Takes a line apart into words: `"two words"`, `'two words'` and `two\ words` are one each.
 *
 * @param line The line.
 * @returns The words; undefined where a quotation mark is not closed.
 */
export function splitWords(line: string): readonly Word[] | undefined {
  const words: Word[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at]!)) {
      at++;
      continue;
    }
    let [text, isQuoted] = ["", false];
    while (at < line.length && !/\s/.test(line[at]!)) {
      PART.lastIndex = at;
      const [all, double, single, escaped, plain, open] = PART.exec(line)!;
      if (open !== undefined) return undefined;
      isQuoted ||= plain === undefined;
      text += double ?? single ?? escaped ?? plain;
      at += all.length;
    }
    words.push({ text, isQuoted });
  }
  return words;
}
