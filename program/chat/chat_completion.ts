import type { ChatClient } from "../../client/chat_client.ts";
import { complete } from "../../terminal/commands/completion.ts";
import { THEMES } from "../../terminal/themes.ts";
import type { ChatMemory } from "./chat_memory.ts";
import { KnownRooms } from "./known_rooms.ts";
import { pathNames } from "./path_names.ts";
import { SETTINGS } from "./setting_table.ts";
import type { Settings } from "./settings.ts";

/** What rooms may stand behind that one is not in. */
const ENTERING = /^\s*\/(?:j|join|secret)\s/i;

/** What a {@link ChatCompletion} completes with. */
export interface ChatCompletionOptions {
  readonly client: Pick<ChatClient, "name" | "isOnline" | "rooms">;
  readonly memory: ChatMemory;
  readonly settings: Pick<Settings, "ignored" | "bookmarks">;
}

/** What Tab finds in a chat. */
export class ChatCompletion {
  readonly #options: ChatCompletionOptions;
  readonly #others = new KnownRooms();

  /** @param options What it completes with. */
  constructor(options: ChatCompletionOptions) {
    this.#options = options;
  }

  /** Completes a line, as {@link complete}: also with rooms that one is not in, where those may be meant. */
  complete(text: string, cursor: number): ReturnType<typeof complete> {
    if (!ENTERING.test(text)) return this.#complete(text, cursor, []);
    return this.#others.names(this.#options.client)
      .then((others) => this.#complete(text, cursor, others));
  }

  #complete(text: string, cursor: number, others: readonly string[]): ReturnType<typeof complete> {
    const { client, memory, settings } = this.#options;
    const { rooms, roster, writers } = memory;
    const here = rooms.current === undefined ? [] : roster.names(rooms.current.name);
    return complete(text, cursor, {
      rooms: [...rooms.all.map(({ name }) => name), ...others],
      names: [...here, ...writers].filter((name) => name !== client.name),
      ignored: settings.ignored,
      themes: THEMES,
      bookmarks: [...settings.bookmarks.keys()],
      settings: SETTINGS,
      paths: pathNames,
    });
  }
}
