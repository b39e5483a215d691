import type { ModerateRequest } from "../protocol/chat.ts";

/** What a typed line asks for that is about a room. */
export type RoomCommand =
  | ({ readonly kind: "moderate"; readonly action: ModerateRequest["action"] } & Moderation)
  | { readonly kind: "topic" }
  | { readonly kind: "room" };

/** Whom it is about, and how. */
export type Moderation = Pick<ModerateRequest, "name" | "forMs" | "reason" | "topic" | "seq">;

/** A command about a room; as `CommandDoc` has it. */
interface RoomCommandDoc {
  readonly usage: string;
  readonly doc: string;
  readonly read: (rest: string) => RoomCommand | undefined;
}

/** What a time is written with, in milliseconds. */
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};
/** The longest time that may be written: ten years. */
const MAX_FOR_MS = 3_650 * 86_400_000;

type Action = ModerateRequest["action"];

/** `NAME`. */
const named = (action: Action) => (rest: string): RoomCommand | undefined =>
  /^\S+$/.test(rest) ? { kind: "moderate", action, name: rest } : undefined;

/** `NAME [TIME] [REASON]`; what looks like a time and is none is a mistake, and no reason. */
const timed = (action: Action) => (rest: string): RoomCommand | undefined => {
  const [, name, count, unit, reason] = /^(\S+)(?:\s+(\d+)([a-z]*)(?!\S))?(?:\s+(\S[^]*))?$/i.exec(
    rest,
  ) ?? [];
  if (name === undefined) return undefined;
  const forMs = count === undefined
    ? undefined
    : Number(count) * (UNITS_MS[unit!.toLowerCase()] ?? NaN);
  if (forMs !== undefined && !(forMs >= 1_000 && forMs <= MAX_FOR_MS)) return undefined;
  return {
    ...{ kind: "moderate", action, name },
    ...(forMs === undefined ? {} : { forMs }),
    ...(reason === undefined ? {} : { reason }),
  };
};

const bare = (command: RoomCommand) => (rest: string) => rest === "" ? command : undefined;

/** The commands about rooms, in the order of the help. */
export const ROOM_COMMANDS: readonly RoomCommandDoc[] = [
  {
    usage: "/room",
    doc: "tell whose room it is, and who is invited, banned, muted",
    read: bare({ kind: "room" }),
  },
  {
    usage: "/topic [TEXT]",
    doc: "tell or set what the room is about; /topic - takes it away",
    read(rest) {
      if (rest === "") return { kind: "topic" };
      return { kind: "moderate", action: "topic", ...(rest === "-" ? {} : { topic: rest }) };
    },
  },
  {
    usage: "/delete N",
    doc: "remove message #N for good: one's own, or as operator anybody's",
    read(rest) {
      const seq = /^#?(\d{1,15})$/.exec(rest)?.[1];
      return seq && { kind: "moderate", action: "delete", seq: Number(seq) } || undefined;
    },
  },
  {
    usage: "/kick NAME [REASON]",
    doc: "make somebody leave the room, who may come again",
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
    read: timed("ban"),
  },
  { usage: "/unban NAME", doc: "let somebody in again", read: named("unban") },
  {
    usage: "/mute NAME [TIME] [REASON]",
    doc: "let somebody read and not speak, for a time or until /unmute",
    read: timed("mute"),
  },
  { usage: "/unmute NAME", doc: "let somebody speak again", read: named("unmute") },
  {
    usage: "/private",
    doc: "close the room to all but who is here or invited",
    read: bare({ kind: "moderate", action: "private" }),
  },
  {
    usage: "/public",
    doc: "open the room to everybody",
    read: bare({ kind: "moderate", action: "public" }),
  },
  { usage: "/invite NAME", doc: "invite somebody to the room", read: named("invite") },
  { usage: "/uninvite NAME", doc: "take an invitation back", read: named("uninvite") },
  {
    usage: "/op NAME",
    doc: "make somebody an operator, who may do all this; /deop NAME ends it",
    read: named("op"),
  },
  { usage: "/deop NAME", doc: "make somebody an operator no more", read: named("deop") },
];
