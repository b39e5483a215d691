import { assertEquals } from "@std/assert";
import { ChatCompletion } from "../../../program/chat/chat_completion.ts";
import { ChatMemory } from "../../../program/chat/chat_memory.ts";

Deno.test("ChatCompletion knows one's rooms, those of the server to join, who is here, and who has written", async () => {
  const memory = new ChatMemory();
  for (const room of ["lobby", "tea"]) {
    memory.rooms.joined({ room, count: 1, seq: 0, missed: 0, complete: true });
  }
  memory.roster.spoke("lobby", "Bob");
  memory.roster.spoke("lobby", "ann");
  memory.roster.spoke("tea", "carl");
  memory.wrote("dora");
  let asked = 0;
  const completion = new ChatCompletion({
    client: {
      name: "ann",
      isOnline: true,
      async *rooms() {
        asked++;
        yield { room: "teapot", count: 1 };
      },
    },
    memory,
    settings: { ignored: [], bookmarks: new Map() },
  });
  const found = async (text: string) =>
    (await completion.complete(text, text.length))?.candidates ?? [];
  assertEquals(await found("b"), ["Bob: "]);
  assertEquals(await found("/msg d"), ["dora "]);
  assertEquals([await found("c"), await found("a")], [[], []]);
  assertEquals([await found("/go t"), asked], [["tea "], 0]);
  assertEquals([await found("/join te"), asked], [["tea ", "teapot "], 1]);
});
