import { Type } from "@sinclair/typebox";
import { MAX_AWAY_CHARS } from "../text.ts";
import * as field from "./fields.ts";

const { answer, request } = field;

const awayText = () =>
  field.text("What the person says about it: one line. Not sealed.", MAX_AWAY_CHARS);

/** What others learn of somebody who has said to be away. */
export const away = Type.Object({
  text: Type.Optional(awayText()),
  since: field.time("Since when."),
}, {
  title: "Away",
  description: "Somebody who is connected has said to be away, and what about it.",
});

/** Somebody in a room. */
const roomMember = Type.Object({
  name: field.name("The name as it is registered."),
  role: Type.Optional(
    field.oneOf(["owner", "operator", "admin"], "What the member is there, who may moderate."),
  ),
  away: Type.Optional(away),
  since: field.time("Since when the member is in the room, without a break."),
  isGuest: Type.Optional(field.flag("Whether the name is a guest's.")),
  devices: field.count("With how many connections the member is in the room."),
}, { title: "RoomMember", description: "Somebody who is in a room." });

/** What `who` asks for beside names. */
export const whoFields = {
  details: Type.Optional(field.flag("Whether to tell more of each member, in `people`.")),
};

/** What `who` tells beside names. */
export const peopleFields = {
  people: Type.Optional(
    Type.Array(roomMember, { description: "With `details`: the same members, in the same order." }),
  ),
};

/** Requests about people, by type. */
export const peopleRequestSchemas = {
  away: request({
    title: "AwayRequest",
    description:
      "Says that one is away, or back: it holds for the name, on all its devices, until the last of its connections is gone.",
    answer: "`away`",
  }, {
    away: field.flag("Whether one is away."),
    text: Type.Optional(awayText()),
    since: Type.Optional(field.time(
      "Since when, where it is said again on another connection, as `away` told it: what was said on another device since then stands.",
    )),
  }),
};

/** What the server says about people, by type. */
export const peopleMessageSchemas = {
  away: answer({
    title: "AwayAnswer",
    description: "Answers `away`: what holds for the name now.",
  }, { away: Type.Optional(away) }),
};
