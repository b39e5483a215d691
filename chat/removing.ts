import { ProtocolError } from "../codec/errors.ts";
import type { LogEvent } from "../log/event_log.ts";
import type { ModerateRequest } from "../protocol/chat.ts";
import { refOf } from "./following.ts";
import type { Member } from "./member.ts";
import { type Holder, isSame, roleOf, type RoomRecord } from "./room_record.ts";
import { notOperator, protectedError } from "./room_changes.ts";
import { storing } from "./storing.ts";

/**
 * Does `moderate` `delete`: takes a message's text out of the log, and the files that its author brought for it
 * from where they are kept, and appends an event that says so. One may remove one's own; who may moderate, those of others.
 *
 * @param member Who wants it.
 * @param room The room's checked name.
 * @param request Which one.
 * @throws {ProtocolError} `invalid_message`, `unknown_event`, `not_operator`, `protected_member`, `banned`,
 * `invite_only`, `storage_failed`.
 */
export async function remove(
  member: Member,
  room: string,
  request: ModerateRequest,
): Promise<void> {
  const { state } = member;
  const { seq } = request;
  if (seq === undefined) {
    throw new ProtocolError(
      "invalid_message",
      'Cannot do "delete" without "seq": say which message',
    );
  }
  const removed = await storing(member, async () => {
    using held = await state.roomRecords.hold(room);
    held.rules.checkEntering(member.visitor, state.clock.now());
    const event = await find(member, room, seq);
    // From here on without waiting: what is checked is what holds.
    checkRemoving(held.rules.record, member, event);
    const by = member.name!;
    const at = state.clock.now();
    // Where it is removed already the log does nothing more, and there is nothing more to do.
    const notice = await state.log.redact({
      ...{ stream: room, seq },
      body: JSON.stringify({ text: "", removed: { by, at } }),
      notice: {
        ...{ sender: by, id: crypto.randomUUID(), at },
        body: JSON.stringify({ text: "", removes: seq }),
      },
    });
    return notice === undefined ? undefined : event;
  }, "remove the message");
  if (removed !== undefined) await removeFiles(member, removed);
  member.send({
    type: "moderated",
    payload: { room, action: "delete", seq, ...refOf(request) },
  });
}

/** @throws {ProtocolError} `unknown_event`. */
async function find({ state }: Member, room: string, seq: number): Promise<LogEvent> {
  const { events: [event] } = await state.log.read(room, {
    after: Math.max(0, seq - 1),
    before: seq + 1,
    limit: 1,
    maxBytes: 1,
  });
  if (event !== undefined && !isNotice(event)) return event;
  throw new ProtocolError(
    "unknown_event",
    `Cannot remove message ${seq} of "${room}": there is none of that number, or not any more`,
  );
}

/** Removes the files that somebody brought for what he said. */
async function removeFiles({ state, info }: Member, { sender, body }: LogEvent): Promise<void> {
  const { files = [] } = JSON.parse(body) as {
    readonly files?: readonly { readonly id: string }[];
  };
  for (const { id } of files) {
    try {
      await state.files.remove?.(sender, id);
    } catch (error) {
      // The message is gone; a file that stays is told to who runs the server.
      state.observer.failed?.(info, error);
    }
  }
}

/** Whether an event only says that something was removed. */
function isNotice({ body }: LogEvent): boolean {
  return (JSON.parse(body) as { readonly removes?: number }).removes !== undefined;
}

/** @throws {ProtocolError} `not_operator`, `protected_member`. */
function checkRemoving(record: RoomRecord, { visitor }: Member, event: LogEvent): void {
  const { stream: room } = event;
  if (isAuthor(visitor, event)) return;
  const role = roleOf(record, visitor);
  if (role === undefined) throw notOperator(record, room);
  if (record.owner !== undefined && isAuthor(record.owner, event)) {
    if (role !== "owner") throw protectedError(room, event.sender, "owner");
  }
  if (role !== "operator") return;
  if (record.operators.some((one) => isAuthor(one, event))) {
    throw protectedError(room, event.sender, "operator");
  }
}

/** Whether somebody has said something: under his name, and not before it was his. */
function isAuthor(holder: Holder, { sender, at }: LogEvent): boolean {
  return isSame(holder, { name: sender, since: holder.since }) && at >= holder.since;
}
