import type { CommandLine, Option } from "./command_line.ts";
import { type Shell, SHELLS } from "./wanted_completions.ts";

type Line = CommandLine<Record<string, Option<unknown>>>;

/** What a value is completed with; undefined for one that nobody can guess. */
type Values = "files" | "folders" | readonly string[] | undefined;

/** One option as shells need to know it. */
interface CompletedOption {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  readonly doc: string;
  /** What stands for the value; undefined for a flag. */
  readonly placeholder: string | undefined;
  readonly values: Values;
}

/** Placeholders of which the system knows what may stand there. */
const KINDS: Readonly<Record<string, "files" | "folders">> = {
  PATH: "files",
  FILE: "files",
  DIR: "folders",
  DATA: "folders",
  TARGET: "folders",
};

/**
 * A script that teaches a shell to complete a program's command line.
 *
 * - I1 Nothing of the command line is ever run by the shell, whatever it says.
 *
 * @param line The command line.
 * @param shell For which shell.
 * @param command What the program is called where it is installed: letters, digits, `_`, `.` and `-`.
 * @returns The script, which defines a function and says what it is for.
 */
export function completionScript(line: Line, shell: Shell, command: string): string {
  const options = optionsOf(line);
  const operands = line.operands === undefined
    ? undefined
    : { ...line.operands, values: valuesOf(line.operands.placeholder) };
  const script = SCRIPTS[shell]({ command, options, operands });
  return `${HEADS[shell](command)}\n# Made by: ${command} --completions ${shell}\n\n${script}`;
}

interface Completed {
  readonly command: string;
  readonly options: readonly CompletedOption[];
  readonly operands: { readonly placeholder: string; readonly values: Values } | undefined;
}

const HEADS: Readonly<Record<Shell, (command: string) => string>> = {
  bash: (command) => `# bash: source <(${command} --completions bash)`,
  zsh: (command) => `#compdef ${command}\n# zsh: source <(${command} --completions zsh)`,
  fish: (command) => `# fish: ${command} --completions fish | source`,
};

const SCRIPTS: Readonly<Record<Shell, (completed: Completed) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

function optionsOf(line: Line): readonly CompletedOption[] {
  return [
    ...Object.entries(line.options).map(([name, { doc, placeholder, choices }]) => ({
      name,
      doc,
      placeholder,
      values: choices ?? valuesOf(placeholder ?? ""),
    })),
    { name: "help", short: "h", doc: "print the help", placeholder: undefined, values: undefined },
    { name: "version", doc: "print the version", placeholder: undefined, values: undefined },
    { name: "completions", doc: "print this", placeholder: "SHELL", values: SHELLS },
  ];
}

function valuesOf(placeholder: string): Values {
  const [kind = ""] = /[A-Z]+/.exec(placeholder) ?? [];
  return Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
}

function functionName(command: string): string {
  return `_${command.replaceAll(/\W/g, "_")}`;
}

/** A word that bash and zsh take as it is. */
function quote(word: string): string {
  return /^[\w.,@%+/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function bashScript({ command, options, operands }: Completed): string {
  const name = functionName(command);
  // Where nothing else can be offered, options are at once.
  const isGuessable = operands?.values !== undefined;
  // What is completed is typed into a command, and so it is quoted once more.
  const words = (list: readonly string[]) => list.map((word) => quote(quote(word))).join(" ");
  const reply = (values: Values) =>
    values === "files"
      ? "compopt -o default"
      : values === "folders"
      ? "compopt -o dirnames"
      : `words=(${words(values ?? [])})`;
  const flags = options.flatMap((option) => [
    ...option.short === undefined ? [] : [`-${option.short}`],
    `--${option.name}`,
  ]);
  const cases = options.filter(({ placeholder }) => placeholder !== undefined)
    .map((option) => `    ${quote(`--${option.name}`)}) ${reply(option.values)} ;;`);
  return `${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} word over=
  local -a words=()
  COMPREPLY=()
  # --option=value is three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]] && ((COMP_CWORD > 1)); then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    [[ $word == -- ]] && over=yes
  done
  case $over$previous in
${cases.join("\n")}
    *)
      if [[ -z $over && ( $current == -*${isGuessable ? "" : " || -z $current"} ) ]]; then
        words=(${words(flags)})
      else
        ${reply(operands?.values)}
      fi
      ;;
  esac
  for word in \${words[@]+"\${words[@]}"}; do
    if [[ $word == "$current"* ]]; then COMPREPLY+=("$word"); fi
  done
}
complete -F ${name} ${command}
`;
}

function zshScript({ command, options, operands }: Completed): string {
  const name = functionName(command);
  // In a spec a colon and brackets mean something; all of it is one word in single quotes.
  const text = (plain: string) => plain.replaceAll(/[\\[\]:]/g, "\\$&").replaceAll("\n", " ");
  const action = (values: Values) =>
    values === "files"
      ? "_files"
      : values === "folders"
      ? "_files -/"
      : values === undefined
      ? " "
      : `(${values.map((value) => quote(value).replaceAll(":", "\\:")).join(" ")})`;
  const spec = (flag: string, { doc, placeholder, values }: CompletedOption) =>
    placeholder === undefined
      ? `${flag}[${text(doc)}]`
      : `${flag}=[${text(doc)}]:${text(placeholder)}:${action(values)}`;
  const specs = [
    ...options.flatMap((option) => [
      ...option.short === undefined ? [] : [spec(`-${option.short}`, option)],
      spec(`--${option.name}`, option),
    ]),
    ...operands === undefined ? [] : [`*:${text(operands.placeholder)}:${action(operands.values)}`],
  ];
  return `${name}() {
  _arguments -S : \\
${specs.map((each) => `    '${each.replaceAll("'", "'\\''")}'`).join(" \\\n")}
}
if [[ $funcstack[1] == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${command}
fi
`;
}

function fishScript({ command, options, operands }: Completed): string {
  const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&").replaceAll("\n", " ")}'`;
  const arguments_ = (values: Values) =>
    values === "folders"
      ? "'(__fish_complete_directories)'"
      // fish takes what is here apart into words, as it does with a command.
      : quoted((values as readonly string[]).map(quoted).join(" "));
  const value = ({ placeholder, values }: CompletedOption) =>
    placeholder === undefined
      ? ""
      : values === "files"
      ? " -r -F"
      : values === undefined
      ? " -x"
      : ` -x -a ${arguments_(values)}`;
  const of = `complete -c ${command}`;
  const operandLine = operands?.values === "files"
    ? `${of} -F`
    : operands?.values === undefined
    ? `${of} -f`
    : `${of} -f -a ${arguments_(operands.values)}`;
  const lines = options.map((option) =>
    `${of}${option.short === undefined ? "" : ` -s ${option.short}`} -l ${option.name}${
      value(option)
    } -d ${quoted(option.doc)}`
  );
  return `${[operandLine, ...lines].join("\n")}\n`;
}
