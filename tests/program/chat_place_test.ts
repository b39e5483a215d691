import { assertEquals, assertThrows } from "@std/assert";
import type { ChatProgramOptions } from "../../program/chat_options.ts";
import { placeOf } from "../../program/chat_place.ts";
import { Failure } from "../../program/failure.ts";
import { Settings } from "../../program/settings.ts";

const NOTHING: ChatProgramOptions = {
  ...{ bookmark: undefined, host: undefined, port: undefined, name: undefined, room: undefined },
  ...{ config: undefined, downloads: ".", send: undefined, link: false, exec: undefined },
  ...{ "password-file": undefined, "forget-server": false, "passphrase-file": undefined },
  ...{ "only-encrypted": false, follow: false, json: false, plain: false, bell: false },
  ...{ tls: false, "no-tls": false, fingerprint: undefined },
};

const open = () => Settings.open({ folder: undefined, tell: () => {} });

Deno.test("a command line that says nothing leads to where one was last; the first time nowhere", async () => {
  const settings = await open();
  assertEquals(placeOf(NOTHING, settings), {});
  const last = { host: "chat.example", port: 4000, name: "ann", room: "ops" };
  await settings.remember(last);
  assertEquals(placeOf(NOTHING, settings), last);
  assertEquals(placeOf({ ...NOTHING, room: "tea" }, settings), { ...last, room: "tea" });
  // Another server's rooms have nothing to do with it.
  assertEquals(placeOf({ ...NOTHING, host: "other" }, settings), { host: "other", name: "ann" });
  assertEquals(placeOf({ ...NOTHING, port: 5000 }, settings), { port: 5000, name: "ann" });
});

Deno.test("a bookmark says what the command line does not; one that there is not is told", async () => {
  const settings = await open();
  assertThrows(
    () => placeOf({ ...NOTHING, bookmark: "work" }, settings),
    Failure,
    "/bookmark NAME",
  );
  const work = { host: "chat.example", port: 4000, name: "ann", room: "ops", tls: true };
  await settings.bookmark("work", work);
  await settings.remember({ host: "127.0.0.1", port: 1, name: "me", room: "lobby" });
  const given = { ...NOTHING, bookmark: "work" };
  assertEquals(placeOf(given, settings), work);
  assertEquals(placeOf({ ...given, name: "bob", host: "h" }, settings), {
    ...work,
    name: "bob",
    host: "h",
  });
  assertThrows(() => placeOf({ ...given, bookmark: "w" }, settings), Failure, "there are work");
});
