import { Type } from "@sinclair/typebox";
import * as field from "./fields.ts";
import {
  away,
  peopleFields,
  peopleMessageSchemas,
  peopleRequestSchemas,
  whoFields,
} from "./people.ts";
import { identityMessageSchemas, identityRequestSchemas, linkProof } from "./identity.ts";
import {
  leftFields,
  removalFields,
  roomFields,
  roomMessageSchemas,
  roomRequestSchemas,
} from "./rooms.ts";
import { sealed } from "./sealed.ts";

const { answer, message, request } = field;

/** The most files of one message. */
const MAX_FILES = 16;

/** What messages tell of a file. */
export const sharedFile = Type.Object({
  id: field.fileId(),
  name: field.text("Its name, of one segment.", 1_024),
  size: field.count("Its size in bytes."),
  type: field.text("Its media type, as the server sees its content.", 128),
  sha256: field.hash("SHA-256 of its content."),
}, { title: "SharedFile", description: "A file that the server keeps, and messages name." });
const files = Type.Optional(
  Type.Array(sharedFile, { maxItems: MAX_FILES, description: "The files that belong to it." }),
);
const filesToShare = Type.Optional(
  Type.Array(Type.Object({ id: field.fileId() }), {
    maxItems: MAX_FILES,
    description:
      "Files that the server keeps, by their ids; it adds what it knows of them. With files the text may be empty.",
  }),
);

const roomMessageFields = {
  room: field.room(),
  sender: field.name("Who said it."),
  text: field.text("What was said; empty where it is sealed."),
  sealed: Type.Optional(sealed),
  files,
  id: field.id("The sender's id of it."),
  seq: field.seq("Its number in the room's stream."),
  at: field.time("When it was stored."),
  ...removalFields,
};
const privateMessageFields = {
  from: field.name("Who wrote it."),
  to: field.name("Whom it was written to."),
  text: field.text("What was written; empty where it is sealed."),
  sealed: Type.Optional(sealed),
  files,
  id: field.id("The sender's id of it."),
  seq: field.seq("Its number in the reader's own inbox."),
  at: field.time("When it was stored."),
};
const roomMessage = message(
  { title: "RoomMessage", description: "Something said in a room; the sender gets its own too." },
  roomMessageFields,
);
const privateMessage = message(
  { title: "PrivateMessage", description: "A private message, in the inboxes of both." },
  privateMessageFields,
);
const missed = {
  missed: field.count("How many events came after the given position; they follow."),
  missedSince: Type.Optional(field.time(
    "Where they are counted from the stored position: when `seen` last said that it was read so far, so that all of them came later. A client with a cursor of its own knows itself.",
  )),
  complete: field.flag("Whether they are all that was missed: false when some are gone for good."),
};
const messages = Type.Array(
  Type.Union([Type.Object(roomMessageFields), Type.Object(privateMessageFields)]),
  { description: "What `message` or `private` carries: of a room, or of one's inbox." },
);
const more = field.flag("Whether there is more than this page.");

/** What a client may send to a chat server, by type. */
export const chatRequestSchemas = {
  connect: request({
    title: "ConnectRequest",
    description: "Says who is there. The first message of a chat connection.",
    answer: "`connect_ack`, missed private messages; then for `room` what `join` gives",
  }, {
    protocol: Type.Integer({ description: "The version of the protocol: 1." }),
    name: field.name("The name wanted."),
    token: Type.Optional(field.text(
      "The secret of this name: that `connect_ack` gave where no key owns it, or `token`; for a new name, 64 hexadecimal digits of the client's own choice.",
      256,
    )),
    key: Type.Optional(field.key("The Ed25519 public key that owns the name, or is to own it.")),
    link: Type.Optional(linkProof),
    device: Type.Optional(
      field.text("Which of the person's devices: replaces its own ghost.", 64),
    ),
    room: Type.Optional(field.room("A room to join at once.")),
    password: Type.Optional(field.text("The server's password, if it has one.", 1024)),
    log: Type.Optional(field.text("The log that `since` counts in.", 64)),
    since: Type.Optional(
      Type.Record(Type.String(), Type.Integer({ minimum: 0 }), {
        description: "Cursors by stream: the seq of the last event received in order.",
      }),
    ),
  }),
  join: request({
    title: "JoinRequest",
    description: "Follows a room, from a position or from now.",
    answer: "`joined`, then the missed messages, then live",
  }, {
    room: field.room(),
    since: Type.Optional(field.seq("The seq of the last event received in order.")),
  }),
  leave: request({
    title: "LeaveRequest",
    description: "Stops following a room.",
    answer: "`left`",
  }, { room: field.room() }),
  message: request({
    title: "MessageRequest",
    description: "Says something in a room that one is in.",
    answer: "`ack`",
  }, {
    room: field.room(),
    text: field.text("What to say; empty with `sealed`."),
    sealed: Type.Optional(sealed),
    files: filesToShare,
    id: field.id(),
  }),
  private: request({
    title: "PrivateRequest",
    description: "Writes to one person, who need not be connected.",
    answer: "`ack`",
  }, {
    to: field.name("Whom."),
    text: field.text("What to write; empty with `sealed`."),
    sealed: Type.Optional(sealed),
    files: filesToShare,
    id: field.id(),
  }),
  history: request({
    title: "HistoryRequest",
    description:
      "Reads a stream: the newest events, those before one, or those after one. Rooms that one is in, and one's own inbox.",
    answer: "`history`",
  }, {
    stream: field.stream(),
    before: Type.Optional(field.seq("Only events before this one.")),
    after: Type.Optional(field.seq("Only events after this one.")),
    ...field.page,
  }),
  search: request({
    title: "SearchRequest",
    description:
      "Looks for messages by their words, in the rooms that one is in and in one's own inbox, or in one of the rooms.",
    answer: "`search`",
  }, {
    query: field.text(
      'Words that must all be in the text; `"several words"` one after the other, `begin*` any word that begins so. Case, accents and other signs do not count; without a word nothing is found.',
      256,
    ),
    room: Type.Optional(field.room("Only in this room.")),
    from: Type.Optional(field.name("Only what this member said or wrote.")),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: "How many at most; 20 if absent." }),
    ),
  }),
  seen: request({
    title: "SeenRequest",
    description: "Moves this name's stored position in a stream, used where `since` is absent.",
    answer: "nothing",
  }, { stream: field.stream(), seq: field.seq("The newest event that was read.") }),
  who: request({
    title: "WhoRequest",
    description: "Asks who is in a room that one is in.",
    answer: "`who`",
  }, {
    room: field.room(),
    after: Type.Optional(field.name("Only names after this one.")),
    ...field.page,
    ...whoFields,
  }),
  rooms: request({
    title: "RoomsRequest",
    description: "Asks which rooms have members.",
    answer: "`rooms`",
  }, { after: Type.Optional(field.room("Only rooms after this one.")), ...field.page }),
  ...roomRequestSchemas,
  ...peopleRequestSchemas,
  ...identityRequestSchemas,
  quit: request({
    title: "QuitRequest",
    description: "Ends: everything asked is answered, flushed, closed.",
    answer: "the end of the connection",
  }, {}),
  ...field.pingPong,
};

/** What a chat server may send to a client, by type. */
export const chatMessageSchemas = {
  connect_ack: answer({ title: "ConnectAck", description: "Answers `connect`." }, {
    message: field.text("A greeting for people."),
    protocol: Type.Integer({ description: "The version spoken: 1." }),
    name: field.name("The name as it is registered."),
    token: field.text(
      "The name's secret, to show at the next `connect`; of a key's session, this session's, for files and HTTP.",
      256,
    ),
    log: field.text("The random id of the log that every seq counts in.", 64),
    resumed: field.flag("Whether the name was known, and the key or token showed it."),
    limits: field.limits,
    inbox: Type.Object({
      seq: field.seq("The newest event of the inbox."),
      ...missed,
    }, { description: "Where the inbox stands." }),
    away: Type.Optional(away),
  }),
  ...identityMessageSchemas,
  joined: answer({ title: "Joined", description: "Answers `join`." }, {
    room: field.room(),
    count: field.count("How many members the room has."),
    seq: field.seq("The newest event of the room."),
    ...missed,
    ...roomFields,
  }),
  left: answer({
    title: "Left",
    description: "Answers `leave`; or says that one was made to leave.",
  }, { room: field.room(), ...leftFields }),
  ...roomMessageSchemas,
  ...peopleMessageSchemas,
  ack: answer({
    title: "Ack",
    description: "Says that a `message` or `private` is stored, and how safely.",
  }, {
    id: field.id("The id of what is acknowledged."),
    room: Type.Optional(field.room("The room, for a `message`.")),
    to: Type.Optional(field.name("The recipient, for a `private`.")),
    seq: field.seq("Its number in the room, or in the sender's own inbox."),
    at: field.time("When it was stored."),
    stored: field.oneOf(["memory", "disk", "replicated"], "What the acknowledgement promises."),
    delivered: Type.Optional(
      field.oneOf(["live", "queued"], "For a `private`: whether the recipient is connected."),
    ),
    away: Type.Optional(away),
    duplicate: Type.Optional(field.flag("Whether it was stored before under the same id.")),
  }),
  message: roomMessage,
  private: privateMessage,
  gap: message({
    title: "Gap",
    description: "Retention took events before they could be sent.",
  }, {
    stream: field.stream(),
    after: field.seq("The last event that was sent."),
    through: field.seq("The last event that is gone."),
  }),
  history: answer({ title: "HistoryPage", description: "Answers `history`, oldest first." }, {
    stream: field.stream(),
    messages,
    more,
  }),
  search: answer({
    title: "SearchPage",
    description: "Answers `search`: the newest that were found, newest first.",
  }, { messages, more }),
  who: answer({ title: "WhoPage", description: "Answers `who`." }, {
    room: field.room(),
    members: Type.Array(field.name(), { description: "Names, in order." }),
    ...peopleFields,
    more,
  }),
  rooms: answer({ title: "RoomsPage", description: "Answers `rooms`." }, {
    rooms: Type.Array(
      Type.Object({ room: field.room(), count: field.count("How many members it has.") }),
      { description: "Rooms with members, in order." },
    ),
    more,
  }),
  notification: message({
    title: "Notification",
    description: "Something to know that is no event: told live only.",
  }, {
    room: Type.Optional(field.room()),
    kind: Type.String({
      maxLength: 64,
      description:
        "`join`, `leave`, `away`, `back`, `rename`, `resync`, `shutdown`; of a room `topic`, `kick`, `ban`, `mute`, `unmute`, `op`, `deop`, `private`, `public`; `invite` of one that one may join; more may come.",
    }),
    name: Type.Optional(field.name("Whom it is about.")),
    away: Type.Optional(away),
    topic: Type.Optional(field.text("Of kind `topic`: the new one, or nothing.", 512)),
    count: Type.Optional(field.count("How many members the room has now.")),
    message: field.text("A sentence for people."),
  }),
  error: answer({
    title: "ErrorMessage",
    description: "A no. Fatal ones are followed by the end of the connection.",
  }, {
    code: Type.String({ maxLength: 64, description: "Stable, from the list below." }),
    message: field.text("A sentence for people."),
    id: Type.Optional(field.id("The message that it is about.")),
    retryAfterMs: Type.Optional(field.count("When to try again, in milliseconds from now.")),
    until: Type.Optional(field.time("Until when it is so, where that ends by itself.")),
  }),
  ...field.pingPong,
};
