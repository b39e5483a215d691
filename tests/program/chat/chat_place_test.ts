import { assertEquals, assertThrows } from "@std/assert";
import type { ChatProgramOptions } from "../../../program/chat/chat_options.ts";
import { placeOf, withBookmark } from "../../../program/chat/chat_place.ts";
import { Failure } from "../../../program/failure.ts";
import { Settings } from "../../../program/chat/settings.ts";

const WORK = { host: "chat.example", port: 7000, name: "ann", room: "ops", tls: true };
const HOME = { host: "127.0.0.1", port: 12345, name: "anna", room: "lobby" };
const BOOKMARKS = new Map([["work", WORK], ["home", HOME]]);

/** Where somebody gets with that command line. */
function place(given: Partial<ChatProgramOptions>) {
  const nothing = { host: undefined, port: undefined, name: undefined, room: undefined };
  const options = { ...nothing, tls: false, "no-tls": false, bookmark: undefined, ...given };
  const { host, port, name, room, tls } = withBookmark(options as ChatProgramOptions, BOOKMARKS);
  return { host, port, name, room, tls };
}

Deno.test("a bookmark says what the command line does not", () => {
  assertEquals(place({ bookmark: "work" }), WORK);
  assertEquals(place({ bookmark: "home" }), { ...HOME, tls: false });
  assertEquals(place({ bookmark: "work", name: "bob", room: "den" }), {
    ...WORK,
    name: "bob",
    room: "den",
  });
  assertEquals(place({ name: "bob" }), {
    host: undefined,
    port: undefined,
    name: "bob",
    room: undefined,
    tls: false,
  });
});

Deno.test("a bookmark's TLS is its server's, and not against --no-tls", () => {
  assertEquals(place({ bookmark: "work", "no-tls": true }).tls, false);
  assertEquals(place({ bookmark: "work", host: "127.0.0.1" }).tls, false);
  assertEquals(place({ bookmark: "home", tls: true }).tls, true);
});

Deno.test("a bookmark that is not there is an error that says which are", () => {
  assertThrows(() => place({ bookmark: "play" }), Failure, '"play": there are work, home.');
  const options = { bookmark: "x\n" } as ChatProgramOptions;
  assertThrows(() => withBookmark(options, new Map()), Failure, '"x\\n": there are none yet.');
});

Deno.test("a command line that says nothing leads to where one was last; the first time nowhere", async () => {
  const settings = await Settings.open({ folder: undefined, tell: () => {} });
  const nothing = { host: undefined, port: undefined, name: undefined, room: undefined };
  const lead = (given: Partial<ChatProgramOptions>) =>
    placeOf({ ...nothing, tls: false, ...given } as ChatProgramOptions, settings);
  assertEquals(lead({}), { ...nothing, tls: false });
  const last = { host: "chat.example", port: 4000, name: "ann", room: "ops" };
  await settings.remember(last);
  assertEquals(lead({}), { ...last, tls: false });
  assertEquals(lead({ room: "tea" }), { ...last, room: "tea", tls: false });
  // Another server's rooms have nothing to do with it.
  assertEquals(lead({ host: "other" }), { ...nothing, host: "other", name: "ann", tls: false });
  assertEquals(lead({ port: 5000 }), { ...nothing, port: 5000, name: "ann", tls: false });
  await settings.bookmark("work", WORK);
  assertEquals(lead({ bookmark: "work" }), WORK);
  assertEquals(lead({ bookmark: "work", name: "bob" }), { ...WORK, name: "bob" });
});
