import { ProtocolError } from "../codec/errors.ts";
import type { Appended, Entry } from "../log/event_log.ts";
import type { PublicKey } from "../identity/device_key.ts";
import type { Ack, MessageRequest, PrivateRequest, Sealed, SharedFile } from "../protocol/chat.ts";
import { checkName, checkRoom, fold, inboxStream } from "../protocol/names.ts";
import { checkText } from "../protocol/text.ts";
import { awayOf } from "./away.ts";
import { messageBody, privateBody } from "./event_text.ts";
import type { SessionInfo } from "./observer.ts";
import type { Visitor } from "./room_record.ts";
import type { RoomRules } from "./room_rules.ts";
import { findAll } from "./shared_files.ts";
import type { ChatState } from "./state.ts";
import { storageFailed, storing } from "./storing.ts";

// What saying something is, whoever does it: a member (`saying.ts`), or a program that is known by its
// token alone (`Hub.post`).

/**
 * Checks what is to be said; without files it needs a text, and what is sealed has none.
 *
 * @param key The key that its author has proven; none where a token was shown.
 * @throws {ProtocolError} `invalid_text`; `forbidden`: it is sealed by another key.
 */
export function checkContent(
  state: ChatState,
  { text, files = [], sealed }: MessageRequest | PrivateRequest,
  key?: PublicKey,
): void {
  if (sealed !== undefined) return checkSealed(text, sealed, key);
  if (files.length === 0 || text !== "") checkText(text, state.limits.maxTextBytes);
}

function checkSealed(text: string, sealed: Sealed, key: PublicKey | undefined): void {
  if (text !== "") {
    throw new ProtocolError(
      "invalid_text",
      "Cannot send a text beside what is sealed: everybody could read it",
    );
  }
  if (sealed.key === key) return;
  throw new ProtocolError(
    "forbidden",
    "Cannot send what is sealed by another key than this session has proven to have",
  );
}

/** What is stored of something that is said in a room. */
export function messageEntry(
  state: ChatState,
  sender: string,
  room: string,
  request: MessageRequest,
  files: readonly SharedFile[],
): Entry {
  const { id } = request;
  return { stream: room, sender, id, at: state.clock.now(), body: messageBody(request, files) };
}

/**
 * What is stored of a private message: the recipient's copy, and last the sender's.
 *
 * @param key The key that its author has proven; none where a token was shown.
 * @returns Who it is for, as that name is registered, and the entries.
 * @throws {ProtocolError} `invalid_name`, `invalid_text`, `unknown_name`, `unknown_file`.
 */
export async function privateEntries(
  state: ChatState,
  sender: string,
  request: PrivateRequest,
  key?: PublicKey,
): Promise<{ readonly to: string; readonly entries: readonly Entry[] }> {
  const wanted = checkName(request.to);
  checkContent(state, request, key);
  const files = await findAll(state.files, request.files ?? []);
  const to = state.connected(wanted)?.name ?? await state.names.find(wanted);
  if (to === undefined) {
    throw new ProtocolError(
      "unknown_name",
      `Cannot write to "${wanted}": nobody has that name, so nothing was sent`,
    );
  }
  const body = privateBody(to, request, files);
  const copy = { sender, id: request.id, at: state.clock.now(), body };
  const inboxes = [inboxStream(to)];
  if (fold(to) !== fold(sender)) inboxes.push(inboxStream(sender));
  return { to, entries: inboxes.map((stream) => ({ ...copy, stream })) };
}

/**
 * What the log's answers mean, and counts it.
 *
 * @param state Where it is counted.
 * @param request What was stored, or not.
 * @param results The log's answers; of the entries, the sender's own is the last one.
 * @returns The one of the sender's own copy.
 * @throws {ProtocolError} `id_conflict`.
 */
export function settle(
  { counters }: ChatState,
  request: MessageRequest | PrivateRequest,
  results: readonly Appended[],
): Appended {
  // Where one is a conflict, one that is stored already is none.
  if (results.some(({ conflict }) => conflict)) {
    throw new ProtocolError(
      "id_conflict",
      `The id "${request.id}" was used for another message: choose a new one`,
    );
  }
  const own = results.at(-1)!;
  if (own.duplicate) counters.duplicates++;
  else if ("room" in request) counters.roomMessages++;
  else counters.privateMessages++;
  return own;
}

/** Whether somebody is there to get a private message now. */
export function deliveryOf(state: ChatState, to: string): "live" | "queued" {
  return state.connected(to) === undefined ? "queued" : "live";
}

/**
 * Says something in a room, without being in it.
 *
 * @param state The chat.
 * @param author Who says it.
 * @param request What.
 * @returns When it is stored.
 * @throws {ProtocolError} As `message` is answered, except `forbidden`.
 */
export async function post(
  state: ChatState,
  author: SessionInfo & { readonly name: string; readonly visitor: Visitor },
  request: MessageRequest,
): Promise<Ack> {
  const room = checkRoom(request.room, state.limits.maxRoomChars);
  checkContent(state, request);
  using held = await storing(
    { info: author, state },
    () => state.roomRecords.hold(room),
    "look the room up, so nobody has this message",
  );
  const check = () => checkPosting(held.rules, author.visitor, request, state.clock.now());
  check();
  const files = await findAll(state.files, request.files ?? []);
  const entries = [messageEntry(state, author.name, room, request, files)];
  const stored = await store(state, author, request, entries, check);
  return { id: request.id, room, ...stored };
}

/**
 * Writes to one person, as `private` does.
 *
 * @throws {ProtocolError} As `private` is answered.
 */
export async function postPrivate(
  state: ChatState,
  author: SessionInfo & { readonly name: string },
  request: PrivateRequest,
): Promise<Ack> {
  const { to, entries } = await privateEntries(state, author.name, request);
  const stored = await store(state, author, request, entries);
  const delivered = deliveryOf(state, to);
  return { id: request.id, to, ...stored, delivered, ...awayOf(state.connected(to)) };
}

/** Says no to who may not enter a room, or not say something there. */
function checkPosting(
  rules: RoomRules,
  visitor: Visitor,
  request: MessageRequest,
  now: number,
): void {
  rules.checkEntering(visitor, now);
  rules.checkSaying(visitor, request.sealed !== undefined, now);
}

async function store(
  state: ChatState,
  author: SessionInfo,
  request: MessageRequest | PrivateRequest,
  entries: readonly Entry[],
  check: () => void = () => {},
): Promise<Pick<Ack, "seq" | "at" | "stored" | "duplicate">> {
  await state.storable();
  // What holds in the room may have changed meanwhile.
  check();
  const results = await new Promise<readonly Appended[]>((resolve, reject) =>
    state.append(entries, resolve, (cause) =>
      reject(storageFailed(
        { info: author, state },
        "store this message, so nobody has it",
        cause,
      )))
  );
  const { seq, at, stored, duplicate } = settle(state, request, results);
  return { seq, at, stored, ...(duplicate ? { duplicate } : {}) };
}
