import type { RoomInfo, RoomRequest } from "../protocol/chat.ts";
import { checkRoom, fold } from "../protocol/names.ts";
import { fitting } from "./fitting.ts";
import { refOf } from "./following.ts";
import type { Member } from "./member.ts";
import { type Holder, isInForce, isSame, type Restriction, roleOf } from "./room_record.ts";
import { storing } from "./storing.ts";
import { findVisitor } from "./visitor.ts";

const DEFAULT_ENTRIES = 200;

/** The lists of a record that are told page by page. */
type List = "invited" | "banned" | "muted";

interface Line {
  readonly list: List;
  /** The folded name: made once, since there may be thousands of lines. */
  readonly key: string;
  readonly entry: Holder & { readonly until?: number };
}

/** Does `room`: tells of a room that one may join; its lists only to who may moderate it. */
export async function roomInfo(member: Member, request: RoomRequest): Promise<void> {
  const { state, visitor } = member;
  const now = state.clock.now();
  const room = checkRoom(request.room, state.limits.maxRoomChars);
  using held = await storing(member, () => state.roomRecords.hold(room), "look the room up");
  const { record } = held.rules;
  if (!member.rooms.has(room)) held.rules.checkEntering(visitor, now);
  const role = roleOf(record, visitor);
  const owner = record.owner && await findVisitor(state.registry, record.owner.name);
  const lists = role === undefined
    ? { more: false }
    : page(linesOf(record, now), request.after, request.limit ?? DEFAULT_ENTRIES);
  member.send({
    type: "room",
    payload: {
      room,
      // Whoever has the name now may be somebody else.
      ...(record.owner && owner && isSame(record.owner, owner) ? { owner: owner.name } : {}),
      operators: record.operators.map(({ name }) => name),
      ...(record.topic === undefined ? {} : { topic: record.topic }),
      isPrivate: record.isPrivate,
      isSecret: record.secret !== undefined,
      ...(role === undefined ? {} : { role }),
      ...lists,
      ...refOf(request),
    },
  });
}

/** Everything in the lists, in the order of the names. */
function linesOf(
  record: Record<"banned" | "muted", readonly Restriction[]> & {
    readonly invited: readonly Holder[];
  },
  now: number,
): Line[] {
  const { invited, banned, muted } = record;
  const inForce = (one: Restriction) => isInForce(one, now);
  const linesIn = (list: List, entries: readonly Line["entry"][]) =>
    entries.map((entry): Line => ({ list, entry, key: fold(entry.name) }));
  const lines = [
    ...linesIn("invited", invited),
    ...linesIn("banned", banned.filter(inForce)),
    ...linesIn("muted", muted.filter(inForce)),
  ];
  return lines.sort(({ key: one }, { key: other }) => one < other ? -1 : one > other ? 1 : 0);
}

/** As many lines after a name as may be told at once; a name's lines are told together. */
function page(
  lines: readonly Line[],
  after: string | undefined,
  limit: number,
): Pick<RoomInfo, List | "more"> {
  const from = after === undefined ? "" : fold(after.normalize("NFC"));
  const left = lines.filter(({ key }) => key > from);
  const most = fitting(left.slice(0, limit).map(({ entry }) => JSON.stringify(told(entry)))).length;
  const through = left[most - 1]?.key ?? "";
  const given = left.filter(({ key }) => key <= through);
  const of = (list: List) =>
    given.filter((line) => line.list === list).map(({ entry }) => told(entry));
  return {
    invited: of("invited").map(({ name }) => name),
    banned: of("banned"),
    muted: of("muted"),
    more: given.length < left.length,
  };
}

function told({ name, until }: Line["entry"]): { readonly name: string; readonly until?: number } {
  return { name, ...(until === undefined ? {} : { until }) };
}
