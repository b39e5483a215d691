import { bare, type CommandDoc, oneWord, optionalWord } from "./command_doc.ts";

/** What a typed line asks for that is about people: whom to write to, whom to see, who one is. */
export type PeopleCommand =
  | { readonly kind: "private"; readonly to: string; readonly text: string }
  /** To who wrote to one last. */
  | { readonly kind: "reply"; readonly text: string }
  /** Only these are shown; without names everybody is again. */
  | { readonly kind: "focus"; readonly names: readonly string[] }
  /** Without a name: who is ignored. */
  | { readonly kind: "ignore"; readonly name?: string }
  | { readonly kind: "unignore"; readonly name: string }
  | { readonly kind: "away"; readonly text?: string }
  | { readonly kind: "back" }
  | { readonly kind: "rename"; readonly name: string };

/** The commands about people, in the order of the help. */
export const PEOPLE_COMMANDS: readonly CommandDoc<PeopleCommand>[] = [
  {
    usage: "/msg NAME TEXT",
    doc: "write to one person, who may be away",
    more: [
      "It is stored until NAME has it. Between people with keys it is encrypted:",
      "such messages say [private, encrypted].",
      "  /msg bob are you there?",
    ],
    aliases: ["/m", "/q", "/query"],
    args: ["name"],
    rest: "text",
    read(rest) {
      const [, to, text] = /^(\S+)\s+(\S[^]*)$/.exec(rest) ?? [];
      return to === undefined || text === undefined ? undefined : { kind: "private", to, text };
    },
  },
  {
    usage: "/r TEXT",
    doc: "answer who wrote to you last",
    more: [
      "It goes to the sender of the newest private message, and to nobody else.",
      "  /r yes, at five",
    ],
    rest: "text",
    read: (rest) => rest === "" ? undefined : { kind: "reply", text: rest },
  },
  {
    usage: "/focus [NAME…]",
    doc: "show only what these people say; alone: everybody again",
    more: [
      "For a busy room. What the others say is not lost: /history shows it. What is",
      "written to you is shown anyway. It is kept for the next run; the status line",
      "tells it.",
      "  /focus ann bob",
      "  /focus                  everybody again",
    ],
    rest: "name",
    read: (rest) => ({ kind: "focus", names: rest === "" ? [] : rest.split(/\s+/) }),
  },
  {
    usage: "/ignore [NAME]",
    doc: "show nothing more of somebody; alone: list who is ignored",
    more: [
      "Only on your screen: nobody is told, and the server knows nothing of it. It",
      "is kept in config.json for the next run. Against who disturbs everybody the",
      "room's operators have /mute and /ban.",
      "  /ignore eve",
    ],
    args: ["name"],
    read: optionalWord((name) => ({ kind: "ignore", ...(name === undefined ? {} : { name }) })),
  },
  {
    usage: "/unignore NAME",
    doc: "show somebody again",
    more: ["/ignore lists who is ignored; /history shows what they said meanwhile."],
    args: ["ignored"],
    read: oneWord((name) => ({ kind: "unignore", name })),
  },
  {
    usage: "/away [TEXT]",
    doc: "tell others that you are away, and why; /back ends it",
    more: [
      "/who tells it, and who writes to you is told. Messages come as before. It is",
      "kept for the next run, until /back.",
      "  /away lunch, back at two",
    ],
    rest: "text",
    read: (rest) => ({ kind: "away", ...(rest === "" ? {} : { text: rest }) }),
  },
  {
    usage: "/back",
    doc: "tell others that you are back",
    more: ["It ends /away."],
    read: bare({ kind: "back" }),
  },
  {
    usage: "/rename NAME",
    doc: "go on under another name",
    more: [
      "Your key takes the new name, if it is free, and your rooms come along; the",
      "old one stays yours.",
      "  /rename ann2",
    ],
    aliases: ["/nick"],
    read: oneWord((name) => ({ kind: "rename", name })),
  },
];
