import { bare, type CommandDoc, optionalWord } from "./command_doc.ts";

/** What a typed line asks for that is about the client itself. */
export type ScreenCommand =
  /** Without a name: which themes there are. */
  | { readonly kind: "theme"; readonly name?: string }
  /** Without a name all settings, without a value one. */
  | { readonly kind: "set"; readonly name?: string; readonly value?: string }
  | { readonly kind: "bookmark"; readonly name: string }
  | { readonly kind: "help"; readonly command?: string }
  | { readonly kind: "quit" };

/** What a bookmark may be called: it is typed as an argument of a command. */
export const BOOKMARK_NAME = /^\w[\w.-]{0,31}$/;

/** The commands about the client, in the order of the help. */
export const SCREEN_COMMANDS: readonly CommandDoc<ScreenCommand>[] = [
  {
    usage: "/theme [NAME]",
    doc: "show or choose the colours",
    more: [
      "auto follows the terminal's background, mono has none. It is a setting.",
      "  /theme light",
    ],
    args: ["theme"],
    read: optionalWord((name) => ({ kind: "theme", ...(name === undefined ? {} : { name }) })),
  },
  {
    usage: "/set [NAME [VALUE]]",
    doc: "list the settings, show one, or change it",
    more: [
      "Settings are kept in config.json in the config folder.",
      "  /set                    lists all of them",
      "  /set bell               shows one, and what it may be",
      "  /set bell mentions      changes it",
    ],
    args: ["setting", "value"],
    read(rest) {
      const [, name, value, more] = /^(\S+)?(?:\s+(\S+))?(\s+\S)?/.exec(rest) ?? [];
      if (more !== undefined) return undefined;
      return {
        kind: "set",
        ...(name === undefined ? {} : { name }),
        ...(value === undefined ? {} : { value }),
      };
    },
  },
  {
    usage: "/bookmark NAME",
    doc: "keep this server, your name and the room: client.ts NAME opens it",
    more: [
      "NAME has up to 32 letters, digits, _, . and -. It may replace an older one.",
      "  /bookmark work          then: client.ts work, or parley work",
    ],
    args: ["bookmark"],
    read: (rest) => BOOKMARK_NAME.test(rest) ? { kind: "bookmark", name: rest } : undefined,
  },
  {
    usage: "/help [COMMAND]",
    doc: "list the commands, or tell all of one",
    more: ["  /help msg               the same as /help /msg"],
    args: ["command"],
    read: optionalWord((command) => ({
      kind: "help",
      ...(command === undefined ? {} : { command }),
    })),
  },
  {
    usage: "/quit",
    doc: "leave the chat; so do exit and Ctrl-D",
    more: ["What the server has not acknowledged yet is waited for a moment, and told."],
    aliases: ["/exit"],
    read: bare({ kind: "quit" }),
  },
];
