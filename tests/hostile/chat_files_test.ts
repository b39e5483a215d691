import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../clock/clock.ts";
import { dial } from "../../net/tcp.ts";
import { bearerOf, openFileHouse } from "../support/file_house.ts";
import { attempt } from "./attempt.ts";
import { TRANSFER_ATTACKS } from "./transfer_attacks.ts";

/** Those that begin with an honest `hello`: another first word begins a chat here, or nothing. */
const ATTACKS = TRANSFER_ATTACKS.filter(({ greets, seconds }) =>
  greets !== false && seconds === undefined
);

Deno.test("a chat port withstands every attack on a receiver, and keeps what it has said that it keeps", async () => {
  await using house = await openFileHouse({ store: { maxFilesPerName: 1_000_000 } });
  await using ann = await house.connect("ann");
  const token = bearerOf(ann);
  let kept = 0;
  assert(ATTACKS.length > 100, `${ATTACKS.length} attacks`);
  for (const attack of ATTACKS) {
    const { failure, saved } = await attempt(attack, {
      dial: () => dial(house.server.address),
      clock: systemClock,
      pause: () => Promise.resolve(),
      patienceMs: 10_000,
      folder: "hostile",
      token,
    });
    // A folder is refused for being one, whatever else is wrong with it.
    const isFolder = failure !== undefined && /refuse "unsupported_kind"/.test(failure);
    if (!isFolder) assertEquals(failure, undefined, attack.name);
    for (const { savedAs, content } of saved) {
      const [id, name, ...more] = savedAs.split("/");
      assertEquals(more, [], savedAs);
      const file = await house.store.find(id!);
      assertEquals([file?.name, file?.size], [name, new TextEncoder().encode(content).length]);
      using opened = await house.store.openFile(id!);
      assertEquals(await new Response(opened.readable).text(), content);
      kept++;
    }
  }
  assert(kept > 100, `${kept} files are kept`);
  // The chat has noticed nothing of it.
  assertEquals((await ann.send("lobby", "still here")).seq, 1);
});
