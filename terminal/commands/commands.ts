import { type CommandDoc, nameOf } from "./command_doc.ts";
import { FILE_COMMANDS, type FileCommand } from "./file_commands.ts";
import { KEY_COMMANDS, type KeyCommand } from "./key_commands.ts";
import { nearest } from "./nearest.ts";
import { PEOPLE_COMMANDS, type PeopleCommand } from "./people_commands.ts";
import { READING_COMMANDS, type ReadingCommand } from "./reading_commands.ts";
import { ROOM_COMMANDS, type RoomCommand } from "./room_commands.ts";
import { SCREEN_COMMANDS, type ScreenCommand } from "./screen_commands.ts";
import { VISIT_COMMANDS, type VisitCommand } from "./visit_commands.ts";

/** What a typed line asks for. */
export type Command =
  | { readonly kind: "say"; readonly text: string }
  | VisitCommand
  | PeopleCommand
  | ReadingCommand
  | FileCommand
  | RoomCommand
  | KeyCommand
  | ScreenCommand
  | { readonly kind: "wrong"; readonly message: string };

/** Commands that belong together. */
export interface CommandGroup {
  /** What they are about. */
  readonly title: string;
  /** In the order of the help. */
  readonly commands: readonly CommandDoc<Command>[];
}

/** Every command, in the order of the help. */
export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { title: "Rooms", commands: VISIT_COMMANDS },
  { title: "People", commands: PEOPLE_COMMANDS },
  { title: "Reading", commands: READING_COMMANDS },
  { title: "Files", commands: FILE_COMMANDS },
  { title: "Looking after a room", commands: ROOM_COMMANDS },
  { title: "Keys and secrets", commands: KEY_COMMANDS },
  { title: "This client", commands: SCREEN_COMMANDS },
];

/** Every command, in the order of the help: parsing, completion, help and docs come from here. */
export const COMMANDS: readonly CommandDoc<Command>[] = COMMAND_GROUPS.flatMap(({ commands }) =>
  commands
);

const byName = new Map<string, CommandDoc<Command>>(
  COMMANDS.flatMap((command) =>
    [nameOf(command), ...command.aliases ?? []].map((name) => [name, command] as const)
  ),
);

/**
 * Finds a command by its name or an alias.
 *
 * @param name The name in any case, with or without the `/`.
 * @returns The command; undefined where there is none.
 */
export function findCommand(name: string): CommandDoc<Command> | undefined {
  return byName.get(`/${name.toLowerCase().replace(/^\//, "")}`);
}

/** What is said of a command that there is not. */
export function unknownCommand(name: string): string {
  const meant = name === "/" ? undefined : nearest(name.toLowerCase(), [...byName.keys()]);
  return meant === undefined
    ? `There is no ${name}: /help lists the commands`
    : `There is no ${name}: did you mean ${meant}?`;
}

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
  const command = findCommand(name);
  if (command === undefined) return { kind: "wrong", message: unknownCommand(name) };
  return command.read(rest) ?? { kind: "wrong", message: `It is written ${command.usage}` };
}
