import { assertEquals, assertRejects } from "@std/assert";
import type { ChatMessage, ChatRequest } from "../../../protocol/chat.ts";
import { proofText } from "../../../protocol/signed_texts.ts";
import type { PayloadOf } from "../../support/wire.ts";
import type { Pending } from "../../../web/page/outbox.js";
import { Refusal, Session, Unanswered } from "../../../web/page/session.js";
import type { Who } from "../../../web/page/session.js";

const NOW = 1_800_000_000_000;

/** A session, what it sent, and what it told. */
class Scene {
  readonly sent: ChatRequest[] = [];
  readonly told: string[] = [];
  readonly outbox = new Map<string, Pending>();
  readonly session: Session;

  constructor(rooms: readonly string[] = ["lobby"], who: Partial<Who> = { token: "secret" }) {
    const tell = (kind: string) => (...what: unknown[]) => {
      const text = what.map((one) => typeof one === "string" ? one : JSON.stringify(one));
      this.told.push([kind, ...text].join(" "));
    };
    this.session = new Session(
      { name: "ann", device: "d", rooms, ...who },
      { all: () => this.outbox.values() },
      {
        connected: (_ack, again) => tell("connected")(again),
        joined: ({ room, missed }, again) => tell("joined")(room, missed, again),
        linkWanted: ({ key }) => tell("link wanted")(key),
        left: (room, error) => tell("left")(room, error?.code ?? "-"),
        event: (stream, { seq }) => tell("event")(stream, seq),
        gap: ({ stream, through }) => tell("gap")(stream, through),
        reset: (stream) => tell("reset")(stream ?? "all"),
        acked: ({ id }) => tell("acked")(id),
        failed: ({ id, code }) => tell("failed")(id ?? "-", code),
        notice: ({ kind }) => tell("notice")(kind),
        refused: ({ code }) => tell("refused")(code),
      },
      () => NOW,
    );
  }

  /** A connection begins; what was sent and told before is forgotten. */
  begin(): void {
    this.session.interrupt();
    this.sent.length = 0;
    this.told.length = 0;
    this.session.begin((request) => this.sent.push(request));
  }

  receive<T extends ChatMessage["type"]>(type: T, payload: PayloadOf<ChatMessage, T>) {
    this.session.receive({ type, payload } as ChatMessage);
  }

  greet(log = "log", inbox = { seq: 0, missed: 0, complete: true }): void {
    this.receive("connect_ack", {
      ...{ message: "welcome", protocol: 1, name: "ann", token: "secret", resumed: true },
      ...{ log, limits: {}, inbox },
    });
  }

  join(room: string, seq: number, missed: number): void {
    const refs = this.all("join").filter((join) => join.room === room).map(({ ref }) => ref!);
    this.receive("joined", { room, seq, missed, count: 1, complete: true, ref: refs.at(-1)! });
  }

  say(seq: number, room = "lobby"): void {
    this.receive("message", { room, sender: "bob", text: "x", id: `${seq}`, seq, at: 1 });
  }

  all<T extends ChatRequest["type"]>(type: T): PayloadOf<ChatRequest, T>[] {
    return this.sent.filter((request) => request.type === type)
      .map(({ payload }) => payload as PayloadOf<ChatRequest, T>);
  }
}

Deno.test("Session connects without a cursor at first, and with them when it comes back", () => {
  const scene = new Scene();
  scene.begin();
  assertEquals(scene.all("connect"), [
    { protocol: 1, name: "ann", token: "secret", device: "d" },
  ]);
  scene.greet("log", { seq: 4, missed: 0, complete: true });
  assertEquals(scene.all("join").map(({ room, since }) => [room, since]), [["lobby", undefined]]);
  scene.join("lobby", 7, 0);
  scene.say(8);
  scene.begin();
  assertEquals(scene.all("connect").map(({ log, since }) => [log, since]), [["log", {
    "@ann": 4,
  }]]);
  scene.greet("log", { seq: 4, missed: 0, complete: true });
  assertEquals(scene.all("join").map(({ since }) => since), [8]);
  assertEquals(scene.told.at(-1), "connected true");
});

Deno.test("Session tells each event once, in order, and of followed streams only (I1)", () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  scene.say(5);
  scene.join("lobby", 7, 2);
  for (const seq of [6, 7, 7, 6, 9]) scene.say(seq);
  scene.say(1, "elsewhere");
  scene.receive("gap", { stream: "lobby", after: 9, through: 20 });
  scene.say(15);
  scene.say(21);
  assertEquals(scene.told.slice(1), [
    "joined lobby 2 false",
    ...[6, 7, 9].map((seq) => `event lobby ${seq}`),
    "gap lobby 20",
    "event lobby 21",
  ]);
  assertEquals(scene.session.cursor("lobby"), 21);
});

Deno.test("Session moves no cursor by an ack or a page of history (I1)", async () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  scene.join("lobby", 3, 0);
  const asked = scene.session.ask("history", { stream: "lobby" });
  const [{ ref } = {}] = scene.all("history");
  const event = { room: "lobby", sender: "bob", text: "x", id: "9", seq: 9, at: 1 };
  scene.receive("history", { stream: "lobby", messages: [event], more: false, ref: ref! });
  scene.receive("ack", { id: "01", room: "lobby", seq: 10, at: 1, stored: "disk" });
  assertEquals((await asked).messages.length, 1);
  assertEquals(scene.session.cursor("lobby"), 3);
});

Deno.test("Session begins anew where the log is another one", () => {
  const scene = new Scene();
  scene.begin();
  scene.greet("one");
  scene.join("lobby", 50, 0);
  scene.begin();
  scene.greet("two");
  assertEquals(scene.told, ["reset all", "connected true"]);
  assertEquals(scene.all("join").map(({ since }) => since), [undefined]);
  scene.join("lobby", 2, 2);
  scene.say(1);
  assertEquals(scene.told.at(-1), "event lobby 1");
});

Deno.test("Session begins a stream anew that ends before its cursor", () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  scene.join("lobby", 50, 0);
  scene.begin();
  scene.greet();
  scene.join("lobby", 3, 3);
  scene.say(1);
  assertEquals(scene.told.slice(1), ["reset lobby", "joined lobby 3 true", "event lobby 1"]);
});

Deno.test("Session sends what waits after its joins, in order, with the same ids (I2)", () => {
  const scene = new Scene(["lobby", "garden"]);
  const wait = (id: string, more: Partial<Pending> = {}) =>
    scene.outbox.set(id, { id, at: NOW, room: "lobby", text: id, files: [], ...more });
  wait("01");
  wait("02", {
    room: undefined!,
    to: "bob",
    files: [{ id: "f", name: "n", size: 1, type: "", sha256: "" }],
  });
  wait("03", { error: "refused before" });
  wait("04", { at: NOW - 86_400_001 });
  scene.begin();
  scene.greet();
  assertEquals(scene.sent.map(({ type }) => type), [
    "connect",
    "join",
    "join",
    "message",
    "private",
  ]);
  assertEquals(scene.all("message"), [{ room: "lobby", id: "01", text: "01" }]);
  assertEquals(scene.all("private"), [{ to: "bob", id: "02", text: "02", files: [{ id: "f" }] }]);
  assertEquals(scene.told, ["connected false", "failed 04 too_old"]);
});

Deno.test("Session answers ping at once, also before it is greeted (I3)", () => {
  const scene = new Scene();
  scene.begin();
  scene.receive("ping", { t: 7 });
  assertEquals(scene.all("pong"), [{ t: 7 }]);
});

Deno.test("Session fails what is asked where there is no connection, or none any more", async () => {
  const scene = new Scene();
  await assertRejects(() => scene.session.ask("rooms", {}), Unanswered);
  scene.begin();
  scene.greet();
  const asked = scene.session.ask("rooms", {});
  scene.session.interrupt();
  await assertRejects(() => asked, Unanswered);
});

Deno.test("Session tells refusals apart: of a room, a message, a question, the connection", async () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  const [{ ref } = {}] = scene.all("join");
  scene.receive("error", { code: "invalid_room", message: "no", ref: ref! });
  scene.receive("error", { code: "forbidden", message: "no", id: "01" });
  const asked = scene.session.ask("who", { room: "lobby" });
  const [{ ref: question } = {}] = scene.all("who");
  scene.receive("error", { code: "forbidden", message: "not you", ref: question! });
  await assertRejects(() => asked, Error, "not you");
  scene.receive("error", { code: "replaced", message: "no" });
  assertEquals(scene.told.slice(1), [
    "left lobby invalid_room",
    "failed 01 forbidden",
    "refused replaced",
  ]);
  assertEquals([...scene.session.rooms], []);
});

Deno.test("Session leaves a room for good, and calls one as the server does", () => {
  const scene = new Scene(["Lobby"]);
  scene.begin();
  scene.greet();
  const [{ ref } = {}] = scene.all("join");
  scene.receive("joined", {
    room: "lobby",
    seq: 3,
    missed: 0,
    count: 1,
    complete: true,
    ref: ref!,
  });
  assertEquals([...scene.session.rooms], ["lobby"]);
  scene.session.leave("lobby");
  scene.say(4);
  scene.begin();
  scene.greet();
  assertEquals(scene.all("join"), []);
});

Deno.test("Session tells of no message that names somebody as nobody can be called, but of a gap", () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  scene.join("lobby", 0, 0);
  scene.told.length = 0;
  const message = { room: "lobby", sender: "bob", text: "x", id: "i", at: 1 };
  scene.receive("message", { ...message, seq: 1 });
  for (const sender of ["bob\u200b", " bob", ""]) {
    scene.receive("message", { ...message, sender, seq: scene.session.cursor("lobby") + 1 });
  }
  scene.receive("message", { ...message, removed: { by: "bob ", at: 1 }, seq: 5 });
  const written = { from: "bob", to: "ann", text: "x", id: "i", at: 1 };
  const others = [{ from: "bob\u200b" }, { to: "ann " }, { to: "carl" }, { room: "lobby" }];
  scene.receive("private", { ...written, seq: 1 });
  others.forEach((other, at) => scene.receive("private", { ...written, ...other, seq: at + 2 }));
  assertEquals(scene.told, [
    "event lobby 1",
    ...[2, 3, 4, 5].map((seq) => `gap lobby ${seq}`),
    "event @ann 1",
    ...[2, 3, 4, 5].map((seq) => `gap @ann ${seq}`),
  ]);
});

Deno.test("Session takes from pages what is of the stream that was asked for, and bears names", async () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  scene.join("lobby", 0, 0);
  const message = { room: "lobby", sender: "bob", text: "x", id: "i", at: 1 };
  const written = { from: "bob", to: "ann", text: "x", id: "i", at: 1, seq: 4 };
  const messages = [
    { ...message, seq: 1 },
    { ...message, room: "encrypted", seq: 2 },
    { ...message, sender: "bob\u200b", seq: 3 },
    written,
  ];
  const page = scene.session.ask("history", { stream: "lobby" });
  const [{ ref } = {}] = scene.all("history");
  scene.receive("history", { stream: "lobby", messages, more: false, ref: ref! });
  assertEquals((await page).messages.map(({ seq }) => seq), [1]);
  const found = scene.session.ask("search", { query: "x" });
  const [search] = scene.all("search");
  scene.receive("search", { messages, more: false, ref: search!.ref! });
  assertEquals((await found).messages.map(({ seq }) => seq), [1, 2, 4]);
});

/** A key that signs nothing, and shows what it was asked to sign. */
const KEYS = {
  ...{ publicKey: "aa".repeat(32), recipient: "age1x", recipientSignature: "cc" },
  sign: (text: string) => Promise.resolve(`signed ${text}`),
};

Deno.test("Session proves its key on each connection, and shows an older token until the key is known", async () => {
  const who = { keys: KEYS, token: "old", server: "web:http://x", password: "p" };
  const scene = new Scene([], who);
  scene.begin();
  const shown = { protocol: 1, name: "ann", key: KEYS.publicKey, password: "p", device: "d" };
  assertEquals(scene.all("connect"), [{ ...shown, token: "old" }]);
  scene.receive("challenge", { nonce: "n1" });
  await Promise.resolve();
  const text = proofText({ server: "web:http://x", nonce: "n1", name: "ann", key: KEYS.publicKey });
  const { recipient, recipientSignature } = KEYS;
  const signature = `signed ${text}`;
  assertEquals(scene.all("prove"), [{ signature, recipient, recipientSignature }]);
  scene.greet();
  assertEquals(scene.session.who.token, "secret");
  scene.begin();
  assertEquals(scene.all("connect").map(({ token, key }) => [token, key]), [
    [undefined, KEYS.publicKey],
  ]);
});

Deno.test("Session sends no proof on another connection than its challenge came by (I4)", async () => {
  const scene = new Scene([], { keys: KEYS });
  scene.begin();
  scene.receive("challenge", { nonce: "n1" });
  scene.begin();
  await Promise.resolve();
  assertEquals(scene.sent.map(({ type }) => type), ["connect"]);
});

Deno.test("Session shows a code of another device once", () => {
  const link = { id: "ABCD", mac: "00" };
  const scene = new Scene([], { keys: KEYS, link });
  scene.begin();
  assertEquals(scene.all("connect").map(({ link }) => link), [link]);
  scene.greet();
  scene.begin();
  assertEquals(scene.all("connect").map(({ link }) => link), [undefined]);
});

Deno.test("Session tells the code of a refusal, and takes whatever answers a question", async () => {
  const scene = new Scene();
  scene.begin();
  scene.greet();
  const linking = scene.session.ask("link", { id: "ABCD" });
  scene.receive("linking", { id: "ABCD", expiresAt: 5, ref: scene.all("link")[0]!.ref! });
  assertEquals((await linking).expiresAt, 5);
  const asked = scene.session.ask("moderate", { room: "lobby", action: "kick", name: "bob" });
  const [{ ref } = {}] = scene.all("moderate");
  scene.receive("error", { code: "not_operator", message: "no", ref: ref! });
  assertEquals((await assertRejects(() => asked, Refusal)).code, "not_operator");
  scene.receive("link_wanted", { key: "k", mac: "m" });
  assertEquals(scene.told.at(-1), "link wanted k");
});

Deno.test("Session does not join again what it was made to leave", () => {
  const scene = new Scene(["lobby", "den"]);
  scene.begin();
  scene.greet();
  scene.join("den", 3, 0);
  scene.receive("left", { room: "den", code: "kicked", message: "bob asked you to leave" });
  assertEquals(scene.told.at(-1), "left den kicked");
  scene.begin();
  scene.greet();
  assertEquals(scene.all("join").map(({ room }) => room), ["lobby"]);
});
