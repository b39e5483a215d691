import { KnownServers } from "../../client/known_servers.ts";
import type { Style } from "../../terminal/style.ts";
import { ChatEntrance, type Entered, Unanswered } from "./chat_entrance.ts";
import { openIdentity } from "./chat_identity.ts";
import { type ChatProgramOptions, DEFAULT_ROOM } from "./chat_options.ts";
import { placeOf } from "./chat_place.ts";
import type { ChatScreen } from "./chat_screen.ts";
import { readPassword } from "./chat_secrets.ts";
import { messageOf } from "./chat_failures.ts";
import { Failure } from "../failure.ts";
import { complain } from "../output.ts";
import type { SettingValues } from "./setting_table.ts";
import { Settings } from "./settings.ts";

/**
 * The chat client on a terminal: asks for what neither the command line nor an earlier run says, until there is a
 * connection; then a {@link ChatScreen}.
 *
 * @param options The command line.
 * @returns 0 when the person left, 1 when the session ended by itself or never began.
 * @throws {Failure} There is no such bookmark; or nothing that was asked for would help.
 */
export async function chatInTerminal(options: ChatProgramOptions): Promise<number> {
  const identity = await openIdentity(options.config);
  const { folder } = identity;
  let tellNow = (text: string) => complain(`client.ts: ${messageOf(text)}`);
  const tell = (text: string) => tellNow(text);
  const settings = await Settings.open({ folder, tell });
  const place = placeOf(options, settings);
  const known = new KnownServers(folder);
  const { "password-file": passwordFile } = options;
  const password = passwordFile === undefined ? undefined : await readPassword(passwordFile);
  const entrance = new ChatEntrance({ options, identity, known, password });
  try {
    const entered = await entrance.enter(place);
    return await chat(entered);
  } catch (error) {
    if (error instanceof Unanswered) return 1;
    throw error;
  }

  async function chat(first: Entered): Promise<number> {
    // Loaded while nobody waits for the first question any more: 50 ms.
    const [
      { ChatScreen },
      { LineEditor },
      { readCommand },
      { HistoryFile },
      { ExternalEditor },
      { screenLook },
      { ChatMemory },
    ] = await Promise.all([
      import("./chat_screen.ts"),
      import("../../terminal/editor/line_editor.ts"),
      import("../../terminal/commands/commands.ts"),
      import("./history_file.ts"),
      import("./external_editor.ts"),
      import("./screen_look.ts"),
      import("./chat_memory.ts"),
    ]);
    const values = (): SettingValues => ({
      ...settings.values,
      ...options.bell && settings.values.bell === "off" && { bell: "mentions" },
      // There is no status line that would count them.
      ...options.plain && { rooms: "all" },
    });
    const style = (): Style => screenLook(values().theme, options.plain);
    const isKept = () => values().history === "on";
    await using history = await HistoryFile.open({ folder, isKept: isKept(), tell });
    await using elsewhere = folder === undefined ? undefined : new ExternalEditor(folder);
    let screen: ChatScreen | undefined;
    using editor = new LineEditor({
      ...{ prompt: "> ", history, isLinear: options.plain },
      complete: (text, cursor) => screen?.complete(text, cursor),
      onKey: (key) => screen?.press(key) ?? false,
      edit: async (text) => await screen?.edit(text),
      asks: (line) => readCommand(line)?.kind === "secret",
    });
    const stop = () => editor.close();
    Deno.addSignalListener("SIGTERM", stop);
    Deno.addSignalListener("SIGHUP", stop);
    const complainNow = tellNow;
    tellNow = (text) => screen === undefined ? complainNow(text) : screen.tell(text);
    try {
      return await stay(first);
    } finally {
      tellNow = complainNow;
      Deno.removeSignalListener("SIGTERM", stop);
      Deno.removeSignalListener("SIGHUP", stop);
    }

    async function stay(first: Entered): Promise<number> {
      const memory = new ChatMemory();
      let entered = first;
      let { room = DEFAULT_ROOM } = place;
      let rooms: readonly string[] = [...new Set([...place.rooms ?? [], room])];
      for (;;) {
        const from = entered;
        const { server, name, isTls } = from;
        const remember = () =>
          settings.remember({
            ...{ ...server, name, room: screen?.room ?? room, rooms },
            ...isTls && { tls: true },
          });
        await remember();
        screen = new ChatScreen({
          ...{ entered, editor, settings, values, style, memory },
          initial: { rooms, room },
          downloads: options.downloads,
          sealed: {
            ...{ device: identity.device, folder, server },
            isAlways: options["only-encrypted"],
          },
          onSet: () => void history.keep(isKept()),
          onRooms() {
            rooms = memory.rooms.all.map(({ name }) => name);
            void remember();
          },
          edit: async (text) => {
            if (elsewhere === undefined) {
              throw new Failure("Cannot open an editor: no folder may be written");
            }
            return await elsewhere.edit(text);
          },
          enterAs: (name, room) => entrance.enterAs(from, name, room),
        });
        const end = await screen.run();
        room = screen.room ?? room;
        if (typeof end === "number") {
          await remember();
          return end;
        }
        entered = end;
      }
    }
  }
}
