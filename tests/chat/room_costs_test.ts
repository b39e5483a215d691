import { assert, assertEquals } from "@std/assert";
import { restrictionOf } from "../../chat/room_record.ts";
import { openHouse } from "../support/chat_house.ts";
import { ChatPeer } from "../support/chat_peer.ts";

// What anybody may ask for ten times a second: its cost is counted in looks at what a record lists.

/** A list's entry, and how often it was looked at. */
class Counted {
  static looks = 0;
  readonly since = 1;
  readonly #name: string;

  constructor(number: number) {
    this.#name = `Name${String(number).padStart(4, "0")}`;
  }

  get name(): string {
    Counted.looks++;
    return this.#name;
  }

  get keys(): readonly string[] {
    Counted.looks++;
    return [this.#name];
  }
}

Deno.test("what a room's lists tell costs a few looks at each entry, however long they are", async () => {
  await using house = openHouse();
  const ann = await ChatPeer.connect(house.hub, "ann", { room: "den" });
  const { rules } = ann.member.rooms.get("den")!.room;
  const listed = Array.from({ length: 1_000 }, (_, number) => new Counted(999 - number));
  rules.record = { ...rules.record, invited: listed, banned: listed, muted: listed };
  Counted.looks = 0;
  await ann.ask("room", { room: "den", limit: 3 });
  const { banned, more } = await ann.next("room");
  assertEquals([banned?.[0]?.name, more], ["Name0000", true]);
  assert(Counted.looks < 4 * 3_000, `${Counted.looks} looks`);
});

Deno.test("a long list of the muted costs who has no key no look at their keys", () => {
  const muted = Array.from({ length: 1_000 }, (_, number) => new Counted(number));
  Counted.looks = 0;
  const nobody = { name: "bob", since: 2, keys: [] };
  assertEquals(restrictionOf(muted, nobody, 5), undefined);
  assertEquals(Counted.looks, 0);
  assertEquals(restrictionOf(muted, { ...nobody, keys: ["Name0007"] }, 5), muted[7]);
});
