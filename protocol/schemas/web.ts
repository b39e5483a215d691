import { Type } from "@sinclair/typebox";
import { chatMessageSchemas, chatRequestSchemas } from "./chat.ts";
import * as field from "./fields.ts";

const { text, files } = chatRequestSchemas.message.properties;
const { seq, at, stored, delivered, away, duplicate } = chatMessageSchemas.ack.properties;

/** What a program sends to say something. */
export const postSchema = Type.Object({
  text,
  files,
  id: Type.Optional(field.id(
    "Chosen by the program: the same id is stored once, so that a post can be repeated. Made by the server where it is absent.",
  )),
}, { title: "Post", description: "Something to say." });

/** What a program is answered, by its title. */
export const webAnswerSchemas = {
  posted: Type.Object({
    id: field.id("The id that it is stored under."),
    room: Type.Optional(field.room("The room, for what is said in one.")),
    to: Type.Optional(field.name("The recipient, for what is private.")),
    seq,
    at,
    stored,
    delivered,
    away,
    duplicate,
  }, { title: "Posted", description: "It is stored, and how safely." }),
  room: Type.Object({
    messages: Type.Array(chatMessageSchemas.message, { description: "Oldest first." }),
    more: field.flag("Whether there is more than this page."),
  }, { title: "RoomPage", description: "A part of what was said in a room." }),
  inbox: Type.Object({
    messages: Type.Array(chatMessageSchemas.private, { description: "Oldest first." }),
    more: field.flag("Whether there is more than this page."),
  }, { title: "InboxPage", description: "A part of one's private messages." }),
  error: Type.Object({
    code: Type.String({ maxLength: 64, description: "Stable, from the list in docs/PROTOCOL.md." }),
    message: field.text("A sentence for people."),
    retryAfterMs: Type.Optional(field.count("When to try again, in milliseconds from now.")),
  }, { title: "Error", description: "A no." }),
};
