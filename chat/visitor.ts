import { fold } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";
import type { Position } from "./positions.ts";
import type { Visitor } from "./room_record.ts";

/** Whose a name is, as far as rooms are concerned. */
interface NameOwner {
  readonly name: string;
  /** Where the inbox stood when the name was claimed, and when that was. */
  readonly inbox: Position;
  readonly keys?: readonly { readonly key: string }[];
}

/**
 * Who somebody is to rooms.
 *
 * @param owner Whose name it is.
 * @param isAdmin Whether it is one of the server's admins.
 */
export function visitorOf({ name, inbox, keys = [] }: NameOwner, isAdmin: boolean): Visitor {
  return { name, since: inbox.at ?? 0, keys: keys.map(({ key }) => key), isAdmin };
}

/** Whether a name is a guest's: it is for who has no name, and owns nothing. */
export function isGuest(name: string): boolean {
  return fold(name).startsWith("guest-");
}

/**
 * Looks up who somebody is to rooms, there or away.
 *
 * @param registry Where names are kept.
 * @param name A checked name.
 * @returns Undefined where nobody has the name.
 */
export async function findVisitor(registry: Registry, name: string): Promise<Visitor | undefined> {
  const known = await registry.get(`name/${fold(name)}`);
  return known === undefined ? undefined : visitorOf(JSON.parse(known.value), false);
}
