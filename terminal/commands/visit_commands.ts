import { bare, type CommandDoc, oneWord } from "./command_doc.ts";

/** What a typed line asks for that is about which room one is in. */
export type VisitCommand =
  | { readonly kind: "join"; readonly room: string }
  | { readonly kind: "leave" }
  /** A room, by its name or by its number in the status line. */
  | { readonly kind: "go"; readonly room: string | number }
  | { readonly kind: "who" }
  | { readonly kind: "rooms" };

/** The commands with which one comes and goes, in the order of the help. */
export const VISIT_COMMANDS: readonly CommandDoc<VisitCommand>[] = [
  {
    usage: "/join ROOM",
    doc: "go to a room: what you type is said there",
    more: [
      "A room is there as soon as somebody joins it. You stay in the rooms that you",
      "are in already: the status line counts what is said there.",
      "  /join tea",
    ],
    aliases: ["/j"],
    args: ["room"],
    // As it is written elsewhere.
    read: oneWord((room) => ({ kind: "join", room: room.replace(/^#(?=.)/, "") })),
  },
  {
    usage: "/go ROOM|N",
    doc: "turn to another room that you are in, by name or number",
    more: [
      "N is the room's number in the status line; Alt+1 to Alt+9 do the same, Alt+A",
      "goes to the next one with something unread.",
      "What was said there since you turned away is shown.",
      "  /go 2",
      "  /go tea",
    ],
    args: ["room"],
    read: oneWord((room) => ({
      kind: "go",
      room: /^[1-9]\d{0,3}$/.test(room) ? Number(room) : room.replace(/^#(?=.)/, ""),
    })),
  },
  {
    usage: "/leave",
    doc: "leave the room that you are in",
    more: ["You are in the room then that you were in before."],
    aliases: ["/part", "/close"],
    read: bare({ kind: "leave" }),
  },
  {
    usage: "/rooms",
    doc: "list the rooms that have members",
    more: ["With how many are in each. Private rooms that you are not in are not listed."],
    read: bare({ kind: "rooms" }),
  },
  {
    usage: "/who",
    doc: "list who is in the room",
    more: ["As a table: who it is, and who is away, with what they say of it."],
    aliases: ["/names"],
    read: bare({ kind: "who" }),
  },
];
