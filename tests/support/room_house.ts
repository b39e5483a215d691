import { KeyList } from "../../identity/key_list.ts";
import type { ChatRequest, Joined, ModerateRequest } from "../../protocol/chat.ts";
import type { Limits } from "../../chat/limits.ts";
import type { SharedFiles } from "../../chat/shared_files.ts";
import type { EventLog } from "../../log/event_log.ts";
import { type ChatHouse, openHouse } from "./chat_house.ts";
import { ChatPeer } from "./chat_peer.ts";
import { keyPeer, newKey } from "./key_peer.ts";
import type { PayloadOf } from "./wire.ts";

/** What somebody is in the room `den`. */
export type Standing =
  | "owner"
  | "operator"
  | "operator2"
  | "admin"
  | "member"
  | "guest"
  | "outsider";

/** A chat with a room `den`, and people of every standing; all but the outsider are in it. */
export interface RoomHouse extends ChatHouse {
  readonly people: Readonly<Record<Standing, ChatPeer>>;
}

/** Their names. */
export const NAMES: Readonly<Record<Standing, string>> = {
  owner: "ann",
  operator: "olga",
  operator2: "oscar",
  admin: "adam",
  member: "max",
  guest: "guest-gus",
  outsider: "otto",
};

let refs = 0;

/** Asks, and gives the code of the error that is the answer; undefined where it is none. */
export async function ask<T extends ChatRequest["type"]>(
  peer: ChatPeer,
  type: T,
  payload: PayloadOf<ChatRequest, T>,
): Promise<string | undefined> {
  const ref = `r${++refs}`;
  await peer.ask(type, { ...(payload as object), ref } as PayloadOf<ChatRequest, T>);
  const answer = () =>
    peer.received.find((message) => (message.payload as { ref?: string }).ref === ref);
  await peer.until(() => answer() !== undefined);
  const found = answer()!;
  return found.type === "error" ? found.payload.code : undefined;
}

/** Moderates the room `den`. */
export function moderate(
  peer: ChatPeer,
  action: ModerateRequest["action"],
  about: Partial<ModerateRequest> = {},
): Promise<string | undefined> {
  return ask(peer, "moderate", { room: "den", action, ...about });
}

/** Joins a room, and gives what `joined` tells; or the code of the error. */
export async function join(peer: ChatPeer, room = "den"): Promise<Joined | string> {
  const code = await ask(peer, "join", { room });
  return code ?? peer.all("joined").at(-1)!;
}

/** Says something, and gives the code of the error that is the answer; undefined where it is stored. */
export async function say(peer: ChatPeer, text: string, room = "den"): Promise<string | undefined> {
  return await ask(peer, "message", { room, text, id: `m${++refs}` });
}

/** The record of a room as the registry keeps it. */
export async function recordOf(house: ChatHouse, room = "den"): Promise<unknown> {
  const known = await house.registry.get(`room/${room}`);
  return known && JSON.parse(known.value);
}

/** Opens it. */
export async function openRoomHouse(
  options: {
    readonly limits?: Partial<Limits>;
    readonly log?: EventLog;
    readonly files?: SharedFiles;
  } = {},
): Promise<RoomHouse> {
  const key = await newKey();
  const house = openHouse({ ...options, access: { admins: KeyList.parse(key.publicKey) } });
  const owner = await ChatPeer.connect(house.hub, NAMES.owner, { room: "den" });
  const plain = async (standing: Standing, room = {}) =>
    await ChatPeer.connect(house.hub, NAMES[standing], room);
  const people = {
    owner,
    operator: await plain("operator", { room: "den" }),
    operator2: await plain("operator2", { room: "den" }),
    admin: await keyPeer(house.hub, NAMES.admin, key, { connect: { room: "den" } }),
    member: await plain("member", { room: "den" }),
    guest: await plain("guest", { room: "den" }),
    outsider: await plain("outsider"),
  };
  for (const standing of ["operator", "operator2"] as const) {
    await moderate(owner, "op", { name: NAMES[standing] });
  }
  await people.admin.next("joined");
  return { ...house, people, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}
