import { ProtocolError } from "../codec/errors.ts";
import type { Appended, Entry } from "../log/event_log.ts";
import type { ChatRequest, MessageRequest, PrivateRequest } from "../protocol/chat.ts";
import { checkName, fold, inboxStream } from "../protocol/names.ts";
import { checkText } from "../protocol/text.ts";
import { messageBody, privateBody } from "./event_text.ts";
import { refOf, roomOf } from "./following.ts";
import type { Member } from "./member.ts";
import { storing } from "./storing.ts";

/** Does `message`: stores it in the room's stream, whose followers then get it. */
export function say(member: Member, request: MessageRequest): void {
  const room = roomOf(member, request.room).room.name;
  const { clock, limits } = member.state;
  checkText(request.text, limits.maxTextBytes);
  const entry = {
    stream: room,
    sender: member.name!,
    id: request.id,
    at: clock.now(),
    body: messageBody(request.text),
  };
  const work = async () => {
    const [stored] = await store(member, [entry]);
    acknowledge(member, request, stored!, { room });
  };
  member.inBackground(work(), { type: "message", payload: request });
}

/**
 * Does `private`: stores it in the recipient's inbox and in the sender's, or, where its id was used for
 * something else, in neither (EventLog I7). A repeat completes a copy that is missing.
 */
export async function whisper(member: Member, request: PrivateRequest): Promise<void> {
  const { state } = member;
  const wanted = checkName(request.to);
  checkText(request.text, state.limits.maxTextBytes);
  const to = state.connected(wanted)?.name ?? await state.names.find(wanted);
  if (to === undefined) {
    throw new ProtocolError(
      "unknown_name",
      `Cannot write to "${wanted}": nobody has that name, so nothing was sent`,
    );
  }
  const copy = {
    sender: member.name!,
    id: request.id,
    at: state.clock.now(),
    body: privateBody(to, request.text),
  };
  const inboxes = [inboxStream(to)];
  if (fold(to) !== fold(member.name!)) inboxes.push(inboxStream(member.name!));
  const work = async () => {
    const results = await store(member, inboxes.map((stream) => ({ ...copy, stream })));
    // The sender's own copy is the last one; where one is a conflict, one that is stored already is none.
    const own = results.at(-1)!;
    const conflict = results.some((result) => result.conflict);
    acknowledge(member, request, { ...own, conflict }, {
      to,
      delivered: state.connected(to) === undefined ? "queued" : "live",
    });
  };
  member.inBackground(work(), { type: "private", payload: request } satisfies ChatRequest);
}

function store(member: Member, entries: readonly Entry[]): Promise<readonly Appended[]> {
  return storing(
    member,
    () => member.state.append(entries),
    "store this message, so nobody has it",
  );
}

function acknowledge(
  member: Member,
  request: MessageRequest | PrivateRequest,
  result: Appended,
  where: { readonly room: string } | {
    readonly to: string;
    readonly delivered: "live" | "queued";
  },
): void {
  if (result.conflict) {
    throw new ProtocolError(
      "id_conflict",
      `The id "${request.id}" was used for another message: choose a new one`,
    );
  }
  const { seq, at, stored, duplicate } = result;
  member.send({
    type: "ack",
    payload: {
      id: request.id,
      ...where,
      seq,
      at,
      stored,
      ...(duplicate ? { duplicate } : {}),
      ...refOf(request),
    },
  });
}
