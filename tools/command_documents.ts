// What README.md and docs/COMMANDS.md have of the terminal client's commands and settings.
import { SETTINGS } from "../program/chat/setting_table.ts";
import type { CommandDoc } from "../terminal/commands/command_doc.ts";
import { COMMAND_GROUPS, type CommandGroup } from "../terminal/commands/commands.ts";

/** The parts of the documents, by path and name. */
export function commandDocuments(): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map([
    ["README.md", { commands: shortTable() }],
    ["docs/COMMANDS.md", {
      commands: COMMAND_GROUPS.map(groupText).join("\n\n"),
      settings: settingTable(),
    }],
  ]);
}

/** Text in which no character is Markdown's. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, "\\$&");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function code(text: string): string {
  return `\`${text}\``;
}

function shortTable(): string {
  const rows = COMMAND_GROUPS.map(({ title, commands }) =>
    `| ${title} | ${commands.map(({ usage }) => code(cell(usage))).join(", ")} |`
  );
  return ["| about | commands |", "|---|---|", ...rows].join("\n");
}

function groupText({ title, commands }: CommandGroup): string {
  return [`### ${title}`, ...commands.map(commandText)].join("\n\n");
}

function commandText({ usage, doc, more, aliases = [] }: CommandDoc<unknown>): string {
  const also = aliases.length === 0 ? "" : ` (also ${aliases.map(code).join(", ")})`;
  const parts = [`**${code(usage)}**${also}: ${plain(doc)}.`];
  const isExample = (line: string) => line.startsWith("  ");
  const prose = more.filter((line) => !isExample(line)).join(" ");
  if (prose !== "") parts.push(plain(prose));
  const examples = more.filter(isExample).map((line) => `  ${line}`);
  if (examples.length > 0) parts.push(examples.join("\n"));
  return parts.join("\n\n");
}

function settingTable(): string {
  const rows = SETTINGS.map(({ name, values, default: otherwise, doc }) =>
    `| ${code(name)} | ${values.map(code).join(", ")} | ${code(otherwise)} | ${cell(plain(doc))} |`
  );
  return ["| setting | may be | is by default | what it is for |", "|---|---|---|---|", ...rows]
    .join("\n");
}
