// Makes the pictures of the terminal client in docs/: a server with lively rooms, and a client in a real terminal. An
// argument names another folder for them. Needs `script` of util-linux.
// deno-lint-ignore-file no-console -- a program for people
import { fromFileUrl, join } from "@std/path";
import xterm from "@xterm/headless";
import { ChatClient } from "../client/chat_client.ts";
import type { EventLog } from "../log/event_log.ts";
import { ChatServer } from "../server/chat_server.ts";
import { DataFolder } from "../server/data_folder.ts";
import { SealedPeer } from "../tests/support/sealed_house.ts";
import { TempFolder } from "../tests/support/temp.ts";
import { TestTerminal } from "../tests/support/terminal.ts";
import { fileSource } from "../transfer/file_source.ts";
import { terminalSvg, type WindowColours } from "./terminal_svg.ts";

const folder = Deno.args[0] ?? fromFileUrl(new URL("../docs", import.meta.url));
const root = fromFileUrl(new URL("..", import.meta.url));
const SIZE = { cols: 86, rows: 24 };

/** Who says what, and when; `room` where it is not the lobby, `to` where it is private. */
interface Said {
  readonly at: string;
  readonly who: string;
  readonly text: string;
  readonly room?: string;
  readonly to?: string;
  readonly file?: string;
}

const TALK: readonly Said[] = [
  { at: "09:41", who: "emre", text: "Good morning! The new build is on the test machine." },
  {
    at: "09:41",
    who: "emre",
    text: "It starts much faster:\n  before   840 ms\n  now      310 ms, and 190 ms when warm",
  },
  { at: "09:43", who: "noor", text: "Wow, that is a morning well spent 🎉" },
  { at: "09:44", who: "ann", text: "Lovely! I try it on the old laptop." },
  { at: "09:46", who: "li.wen", text: "The valley, an hour ago", file: "valley.jpg" },
  { at: "09:46", who: "mara", room: "garden", text: "The first tomatoes are ripe" },
  { at: "09:47", who: "noor", room: "garden", text: "ann, do you want some?" },
  { at: "09:47", who: "mara", room: "releases", text: "1.4 is out on Monday" },
  { at: "09:48", who: "noor", text: "Beautiful. ann, are you still coming on Saturday?" },
  { at: "09:49", who: "ann", text: "Yes, on the 8:14. Keep me a seat by the window!" },
  { at: "09:50", who: "li.wen", to: "ann", text: "Mara turns forty then. Can you bring candles?" },
  { at: "09:52", who: "emre", text: "I bring the tent, and coffee for everybody" },
];
/** What ann says last: the server has not acknowledged it yet. */
const PENDING = "You are the best";
/** What ann types then, and what Tab finds for it. */
const TYPED = { text: "/se", choices: "/search" };

const THEMES: readonly { name: string; background: string; colours: WindowColours }[] = [
  {
    name: "dark",
    background: "15;0",
    colours: {
      ink: [222, 226, 230],
      paper: [22, 25, 30],
      bar: [38, 42, 49],
      edge: [62, 68, 78],
      title: [168, 175, 184],
    },
  },
  {
    name: "light",
    background: "0;15",
    colours: {
      ink: [34, 38, 44],
      paper: [255, 255, 255],
      bar: [236, 238, 241],
      edge: [196, 201, 208],
      title: [88, 95, 105],
    },
  },
];

/** A log in which it is as late as the script says, and which can be made to wait. */
class StageLog {
  /** The log: the one that was given. */
  readonly log: EventLog;
  #at = Date.now();
  #held: Promise<void> | undefined;

  constructor(log: EventLog) {
    this.log = log;
    const append = log.append.bind(log);
    log.append = async (entries) => {
      await this.#held;
      return await append(entries.map((entry) => ({ ...entry, at: this.#at++ })));
    };
  }

  /** From now on it is `09:41`, of today. */
  set time(time: string) {
    const [hours = 0, minutes = 0] = time.split(":").map(Number);
    this.#at = new Date().setHours(hours, minutes, 0, 0);
  }

  /** Stores nothing until what is returned is disposed of. */
  hold(): Disposable {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return { [Symbol.dispose]: resolve };
  }
}

for (const { name, background, colours } of THEMES) {
  const svg = terminalSvg(await play(background), "Parley", colours);
  const path = join(folder, `terminal-${name}.svg`);
  await Deno.writeTextFile(path, svg);
  console.log(path);
}

/** Has everything said; what ann's terminal shows then. */
async function play(background: string): Promise<InstanceType<typeof xterm.Terminal>> {
  await using temp = new TempFolder();
  await using store = await DataFolder.open(temp.file("data"));
  const { registry, files } = store;
  const stage = new StageLog(store.log);
  await using server = ChatServer.listen({
    ...{ port: 0, log: stage.log, registry, limits: { requestBurst: 0 } },
    ...files && { files },
  });
  const { port } = server.address;
  await using stack = new AsyncDisposableStack();
  const friends = new Map<string, ChatClient>();
  for (const name of ["mara", "noor", "emre"]) {
    const rooms = ["lobby", "garden", "releases"];
    friends.set(name, stack.use(await ChatClient.connect({ port, name, rooms })));
  }
  const wen = stack.use(await SealedPeer.connect({ port, name: "li.wen", room: "lobby" }));
  await using ann = openTerminal(temp.file("config"), port, background);
  await ann.untilLine("You are in lobby");
  for (const room of ["garden", "releases"]) {
    await ann.type(`/join ${room}\r`);
    await ann.untilLine(`You are in ${room}`);
  }
  await ann.type("/go lobby\r");
  await ann.untilLine("---- lobby ----");
  await temp.write("valley.jpg", new Uint8Array(1_840_000));
  for (const said of TALK) {
    stage.time = said.at;
    if (said.who === "ann") await ann.type(`${said.text}\r`);
    else if (said.to !== undefined) await wen.chat.sendPrivate(said.to, said.text);
    else await say(said, friends.get(said.who) ?? wen.client, temp);
    if (said.room === undefined) await ann.untilText(shownAs(said));
  }
  for (const count of ["2:garden(2!)", "3:releases(1)"]) await ann.untilLine(count);
  using _hold = stage.hold();
  await ann.type(`${PENDING}\r`);
  await ann.untilLine("… ");
  await ann.type(`${TYPED.text}\t`);
  await ann.until((lines) => lines.at(-2)?.includes(TYPED.choices) === true);
  return await shownAgain(ann.raw);
}

/** A message on the screen, as long as its first line; one's own with its number. */
function shownAs({ who, text }: Said): RegExp {
  const first = text.split("\n")[0]!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`${who}: ${first}${who === "ann" ? " #\\d+" : ""}$`, "m");
}

async function say({ room = "lobby", text, file }: Said, who: ChatClient, temp: TempFolder) {
  const sources = file === undefined ? [] : [await fileSource(temp.file(file))];
  const files = (await who.upload(sources)).map(({ id }) => id);
  await who.send(room, text, { files });
}

function openTerminal(config: string, port: number, background: string): TestTerminal {
  const run = [
    `${Deno.execPath()} run -q --config ${root}deno.json -P=client`,
    `--allow-read=${config} --allow-write=${config} ${root}client.ts`,
    `--config ${config} --host 127.0.0.1 --port ${port} --name ann --room lobby`,
  ].join(" ");
  return new TestTerminal(run, { ...SIZE, env: { NO_COLOR: "", COLORFGBG: background } });
}

/** A terminal that was written the same. */
async function shownAgain(raw: string): Promise<InstanceType<typeof xterm.Terminal>> {
  const terminal = new xterm.Terminal({ ...SIZE, scrollback: 1_000, allowProposedApi: true });
  await new Promise<void>((resolve) => terminal.write(raw, resolve));
  return terminal;
}
