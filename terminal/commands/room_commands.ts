import type { ModerateRequest } from "../../protocol/chat.ts";
import { bare, type CommandDoc, oneWord } from "./command_doc.ts";
import { readTime } from "./times.ts";

/** What a typed line asks for that is about a room. */
export type RoomCommand =
  | ({ readonly kind: "moderate"; readonly action: ModerateRequest["action"] } & Moderation)
  | { readonly kind: "topic" }
  | { readonly kind: "room" };

/** Whom it is about, and how. */
export type Moderation = Pick<ModerateRequest, "name" | "forMs" | "reason" | "topic" | "seq">;

type Action = ModerateRequest["action"];

/** `NAME`. */
const named = (action: Action) =>
  oneWord((name): RoomCommand => ({ kind: "moderate", action, name }));

/** `NAME [TIME] [REASON]`; what looks like a time and is none is a mistake, and no reason. */
const timed = (action: Action) => (rest: string): RoomCommand | undefined => {
  const [, name, time, reason] = /^(\S+)(?:\s+(\d+[a-z]*)(?!\S))?(?:\s+(\S[^]*))?$/i.exec(rest) ??
    [];
  if (name === undefined) return undefined;
  const forMs = time === undefined ? undefined : readTime(time);
  if (Number.isNaN(forMs)) return undefined;
  return {
    ...{ kind: "moderate", action, name },
    ...(forMs === undefined ? {} : { forMs }),
    ...(reason === undefined ? {} : { reason }),
  };
};

/** The commands with which a room is looked after, in the order of the help. */
export const ROOM_COMMANDS: readonly CommandDoc<RoomCommand>[] = [
  {
    usage: "/room",
    doc: "tell whose room it is, and who is invited, banned, muted",
    more: [
      "Who joins a room that there was not yet owns it. The owner names operators,",
      "and these may do all that is below.",
    ],
    read: bare({ kind: "room" }),
  },
  {
    usage: "/topic [TEXT]",
    doc: "tell or set what the room is about; /topic - takes it away",
    more: [
      "Alone it tells the topic and who set it. Operators set it.",
      "  /topic tea at five      sets it",
      "  /topic -                takes it away",
    ],
    aliases: ["/t"],
    rest: "text",
    read(rest) {
      if (rest === "") return { kind: "topic" };
      return { kind: "moderate", action: "topic", ...(rest === "-" ? {} : { topic: rest }) };
    },
  },
  {
    usage: "/delete N",
    doc: "remove message #N for good: one's own, or as operator anybody's",
    more: [
      "N is the number behind a message: your own have one, and in a room where you",
      "are operator all of them; /history tells the others. The server forgets",
      "the text; who has read it has read it.",
      "  /delete 42",
    ],
    read(rest) {
      const seq = /^#?(\d{1,15})$/.exec(rest)?.[1];
      return seq && { kind: "moderate", action: "delete", seq: Number(seq) } || undefined;
    },
  },
  {
    usage: "/kick NAME [REASON]",
    doc: "make somebody leave the room, who may come again",
    more: ["Operators may. The room is told, with the reason.", "  /kick eve too loud"],
    aliases: ["/k"],
    args: ["name"],
    rest: "text",
    read(rest) {
      const [, name, reason] = /^(\S+)(?:\s+(\S[^]*))?$/.exec(rest) ?? [];
      if (name === undefined) return undefined;
      return {
        kind: "moderate",
        action: "kick",
        name,
        ...(reason === undefined ? {} : { reason }),
      };
    },
  },
  {
    usage: "/ban NAME [TIME] [REASON]",
    doc: "keep somebody out, for 10m, 2h, 3d, or until /unban",
    more: [
      "Operators may. Without TIME it holds until /unban.",
      "  /ban eve 2h too loud    for two hours; 30s, 10m, 2h, 3d, 2w are times",
    ],
    args: ["name"],
    rest: "text",
    read: timed("ban"),
  },
  {
    usage: "/unban NAME",
    doc: "let somebody in again",
    more: ["Operators may. /room tells who is banned."],
    args: ["name"],
    read: named("unban"),
  },
  {
    usage: "/mute NAME [TIME] [REASON]",
    doc: "let somebody read and not speak, for a time or until /unmute",
    more: [
      "Operators may. Without TIME it holds until /unmute.",
      "  /mute eve 10m           for ten minutes; 30s, 10m, 2h, 3d, 2w are times",
    ],
    args: ["name"],
    rest: "text",
    read: timed("mute"),
  },
  {
    usage: "/unmute NAME",
    doc: "let somebody speak again",
    more: ["Operators may. /room tells who is muted."],
    args: ["name"],
    read: named("unmute"),
  },
  {
    usage: "/private",
    doc: "close the room to all but who is here or invited",
    more: ["Operators may. Who is in the room stays; others need an /invite."],
    read: bare({ kind: "moderate", action: "private" }),
  },
  {
    usage: "/public",
    doc: "open the room to everybody",
    more: ["Operators may. It is the opposite of /private."],
    read: bare({ kind: "moderate", action: "public" }),
  },
  {
    usage: "/invite NAME",
    doc: "invite somebody to the room",
    more: ["Operators may. An invitation opens a private room to one person."],
    args: ["name"],
    read: named("invite"),
  },
  {
    usage: "/uninvite NAME",
    doc: "take an invitation back",
    more: ["Operators may. Who is in the room already stays: /kick makes them leave."],
    args: ["name"],
    read: named("uninvite"),
  },
  {
    usage: "/op NAME",
    doc: "make somebody an operator, who may do all this; /deop NAME ends it",
    more: ["The room's owner may."],
    args: ["name"],
    read: named("op"),
  },
  {
    usage: "/deop NAME",
    doc: "make somebody an operator no more",
    more: ["The room's owner may."],
    args: ["name"],
    read: named("deop"),
  },
];
