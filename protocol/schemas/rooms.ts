import { Type } from "@sinclair/typebox";
import * as field from "./fields.ts";

const { answer, request } = field;

/** Characters of a room's topic. */
export const MAX_TOPIC_CHARS = 512;
/** Characters of a reason. */
export const MAX_REASON_CHARS = 256;
/** The longest ban or mute that ends by itself: ten years. */
const MAX_FOR_MS = 3_650 * 86_400_000;

const topic = (description = "What the room is about.") => field.text(description, MAX_TOPIC_CHARS);
const reason = () => field.text("Why, for people.", MAX_REASON_CHARS);
const secret = (description: string) =>
  Type.String({
    pattern: "^[A-Za-z0-9+/]+={0,2}$",
    maxLength: 4_096,
    description,
  });
const action = field.oneOf(
  [
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "invite",
    "uninvite",
    "op",
    "deop",
    "topic",
    "delete",
    "private",
    "public",
  ],
  "What to do.",
);
const restricted = Type.Object({
  name: field.name("Whom."),
  until: Type.Optional(field.time("Until when; for ever where it is absent.")),
}, { title: "RestrictedName", description: "A name that is banned from a room, or muted there." });

/** What `joined` tells of a room's record. */
export const roomFields = {
  topic: Type.Optional(topic()),
  isPrivate: Type.Optional(field.flag("Whether only who is invited may join.")),
  secret: Type.Optional(secret(
    "Of a secret room: its age identity, encrypted with the passphrase that its members know; an age file in base64. What is said there is `sealed`.",
  )),
  role: Type.Optional(
    field.oneOf(["owner", "operator", "admin"], "What one is there, where one may moderate."),
  ),
};

/** What messages of a room tell of removal. */
export const removalFields = {
  removed: Type.Optional(Type.Object({
    by: field.name("Who removed it."),
    at: field.time("When."),
  }, {
    title: "Removed",
    description: "The message was removed: its text and files are gone.",
  })),
  removes: Type.Optional(
    field.seq("This event says that the message of this number was removed; its text is empty."),
  ),
};

/** Requests about rooms, by type. */
export const roomRequestSchemas = {
  create: request({
    title: "CreateRequest",
    description:
      "Makes a room that there is not yet, and becomes its owner. (To join a room that never was makes it too, with nothing set.)",
    answer: "`created`",
  }, {
    room: field.room(),
    topic: Type.Optional(topic()),
    private: Type.Optional(field.flag("Whether only who is invited may join.")),
    secret: Type.Optional(secret(
      "The identity of a secret room, an age file under a passphrase, in base64: `joined` gives it to whoever may join, and only what is `sealed` may be said.",
    )),
  }),
  room: request({
    title: "RoomRequest",
    description: "Asks about a room that one may join.",
    answer: "`room`",
  }, {
    room: field.room(),
    after: Type.Optional(field.name("Of the lists, only names after this one.")),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 500, description: "How many list entries at most." }),
    ),
  }),
  moderate: request({
    title: "ModerateRequest",
    description:
      "Does what a room's owner and operators may do, or removes a message of one's own.",
    answer: "`moderated`",
  }, {
    room: field.room(),
    action,
    name: Type.Optional(
      field.name("Whom it is about: for all but `topic`, `delete`, `private` and `public`."),
    ),
    forMs: Type.Optional(Type.Integer({
      minimum: 1_000,
      maximum: MAX_FOR_MS,
      description: "For `ban` and `mute`: how long, in milliseconds; for ever where it is absent.",
    })),
    topic: Type.Optional(topic("For `topic`: the new one; none where it is absent or empty.")),
    seq: Type.Optional(field.seq("For `delete`: the message's number in the room.")),
    reason: Type.Optional(reason()),
  }),
};

/** What the server says about rooms, by type. */
export const roomMessageSchemas = {
  created: answer({ title: "Created", description: "Answers `create`." }, { room: field.room() }),
  room: answer({
    title: "RoomInfo",
    description: "Answers `room`. The lists are for who may moderate.",
  }, {
    room: field.room(),
    owner: Type.Optional(field.name("Whose it is; absent where it is nobody's.")),
    operators: Type.Array(field.name(), { description: "Who may moderate beside the owner." }),
    topic: Type.Optional(topic()),
    isPrivate: field.flag("Whether only who is invited may join."),
    isSecret: field.flag("Whether only what is `sealed` may be said."),
    role: roomFields.role,
    invited: Type.Optional(
      Type.Array(field.name(), {
        description: "Who may join though the room is private, in order.",
      }),
    ),
    banned: Type.Optional(
      Type.Array(restricted, { description: "Who may not join, in the order of the names." }),
    ),
    muted: Type.Optional(
      Type.Array(restricted, { description: "Who may say nothing, in the order of the names." }),
    ),
    more: field.flag("Whether the lists have more, after the last of the names given."),
  }),
  moderated: answer({ title: "Moderated", description: "Answers `moderate`: it is done." }, {
    room: field.room(),
    action,
    name: Type.Optional(field.name("Whom it was about, as that name is registered.")),
    until: Type.Optional(field.time("Until when a ban or mute lasts, where it ends by itself.")),
    topic: Type.Optional(topic()),
    seq: Type.Optional(field.seq("The message that was removed.")),
  }),
};

/** What `left` tells that was not asked for. */
export const leftFields = {
  code: Type.Optional(Type.String({
    maxLength: 64,
    description: "Where it was not asked for: `kicked`, `banned`, `invite_only`; more may come.",
  })),
  message: Type.Optional(field.text("Then: a sentence for people.")),
};
