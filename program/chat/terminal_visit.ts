import { readCommand } from "../../terminal/commands/commands.ts";
import { LineEditor } from "../../terminal/editor/line_editor.ts";
import { Failure } from "../failure.ts";
import type { ChatEntrance, Entered } from "./chat_entrance.ts";
import type { ChatIdentity } from "./chat_identity.ts";
import { ChatMemory } from "./chat_memory.ts";
import { type ChatProgramOptions, DEFAULT_ROOM } from "./chat_options.ts";
import type { WantedPlace } from "./chat_place.ts";
import { ChatScreen } from "./chat_screen.ts";
import { ExternalEditor } from "./external_editor.ts";
import { HistoryFile } from "./history_file.ts";
import { screenLook } from "./screen_look.ts";
import type { SettingValues } from "./setting_table.ts";
import type { Settings } from "./settings.ts";

/** What a visit has from the program. */
export interface TerminalVisitOptions {
  readonly options: ChatProgramOptions;
  readonly identity: ChatIdentity;
  readonly settings: Settings;
  /** Enters the chat under other names. */
  readonly entrance: ChatEntrance;
  /** Where one wanted to go. */
  readonly place: WantedPlace;
  /** Who is told what goes wrong: the visit puts its screen there for so long. */
  readonly teller: Teller;
}

/** Who is told what goes wrong beside a command. */
export interface Teller {
  /** Tells it; the text is not escaped. */
  tell: (text: string) => void;
}

/**
 * Chats on a terminal that was entered, from one name to the next, until the person leaves or the session ends.
 *
 * @param first The chat; its client is closed at the end.
 * @param visit What the program has.
 * @returns The exit code.
 */
export async function visitInTerminal(
  first: Entered,
  { options, identity, settings, entrance, place, teller }: TerminalVisitOptions,
): Promise<number> {
  const { folder } = identity;
  const values = () => heldValues(settings, options);
  const style = () => screenLook(values().theme, options.plain);
  const isKept = () => values().history === "on";
  const tell = (text: string) => teller.tell(text);
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
  using _signals = closedBySignals(editor);
  const tellBefore = teller.tell;
  teller.tell = (text) => screen === undefined ? tellBefore(text) : screen.tell(text);
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
      sealed: { device: identity.device, folder, server, isAlways: options["only-encrypted"] },
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
      teller.tell = tellBefore;
      return end;
    }
    entered = end;
  }
}

/** The settings that hold: what the command line says comes before what was kept. */
function heldValues({ values }: Settings, { bell, plain }: ChatProgramOptions): SettingValues {
  return {
    ...values,
    ...bell && values.bell === "off" && { bell: "mentions" },
    // There is no status line that would count what is said in others.
    ...plain && { rooms: "all" },
  };
}

/** Closes an editor when the program is to end, until this is disposed of. */
function closedBySignals(editor: LineEditor): Disposable {
  const stop = () => editor.close();
  Deno.addSignalListener("SIGTERM", stop);
  Deno.addSignalListener("SIGHUP", stop);
  return {
    [Symbol.dispose]() {
      Deno.removeSignalListener("SIGTERM", stop);
      Deno.removeSignalListener("SIGHUP", stop);
    },
  };
}
