import type { CommandDoc } from "./command_doc.ts";
import { COMMAND_GROUPS, findCommand, unknownCommand } from "./commands.ts";

/** Lines of the help are no longer: they fit beside what a notice begins with, on 80 columns. */
const MAX_COLUMNS = 76;

/**
 * The lines of `/help`: every command as it is written, in groups; or of `/help COMMAND`.
 *
 * @param name The command of which to tell all, with or without the `/`.
 * @returns Lines of at most 76 characters; where there is no such command, one that says so.
 */
export function commandHelp(name?: string): string[] {
  if (name === undefined) return overview();
  const command = findCommand(name);
  if (command === undefined) return [unknownCommand(name.startsWith("/") ? name : `/${name}`)];
  return [
    `${command.usage}: ${command.doc}`,
    ...command.more,
    ...aliasesText(command),
  ];
}

/** Of a command that is called otherwise too, a line that says so. */
function aliasesText({ aliases = [] }: CommandDoc<unknown>): string[] {
  return aliases.length === 0 ? [] : [`Also ${aliases.join(", ")}`];
}

function overview(): string[] {
  return [
    ...COMMAND_GROUPS.flatMap(({ title, commands }) => [
      `${title}:`,
      ...filled(commands.map(({ usage }) => usage)),
    ]),
    "/help COMMAND tells all of one, as /help msg; Tab completes what you type.",
    "//text says a text that begins with /",
  ];
}

/** Puts as many in a line as have room, and none apart. */
function filled(usages: readonly string[]): string[] {
  const lines: string[] = [];
  for (const usage of usages) {
    const longer = `${lines.at(-1) ?? ""}   ${usage}`;
    if (lines.length > 0 && longer.length <= MAX_COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(`  ${usage}`);
  }
  return lines;
}
