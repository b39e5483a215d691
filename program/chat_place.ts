import { escapeText } from "../terminal/escape.ts";
import type { ChatProgramOptions } from "./chat_options.ts";
import { Failure } from "./failure.ts";
import type { Settings } from "./settings.ts";

/** Where a chat is to be, as far as is known without asking anybody. */
export interface WantedPlace {
  readonly host?: string;
  readonly port?: number;
  readonly name?: string;
  readonly room?: string;
  readonly tls?: boolean;
}

/**
 * Where a command line leads: what it says itself comes first, then the bookmark that it names.
 *
 * @param options The command line.
 * @param settings What was kept.
 * @returns What is known; a server that the command line names takes nothing from where one was last but the name.
 * @throws {Failure} There is no such bookmark.
 */
export function placeOf(options: ChatProgramOptions, settings: Settings): WantedPlace {
  const { host, port, name, room } = options;
  const given = { host, port, name, room, ...options.tls && { tls: true } };
  if (options.bookmark !== undefined) return join(given, bookmarkOf(options.bookmark, settings));
  const { last } = settings;
  if (last === undefined) return join(given, {});
  const isElsewhere = host !== undefined || port !== undefined;
  return join(given, isElsewhere ? { name: last.name } : last);
}

function bookmarkOf(wanted: string, { bookmarks }: Settings): WantedPlace {
  const found = bookmarks.get(wanted);
  if (found !== undefined) return found;
  const names = [...bookmarks.keys()];
  throw new Failure(
    `There is no bookmark ${escapeText(wanted)}: ${
      names.length === 0 ? "/bookmark NAME keeps one" : `there are ${names.join(", ")}`
    }`,
  );
}

/** What is given, and where it is not what is otherwise known. */
function join(
  given: { readonly [K in keyof WantedPlace]?: WantedPlace[K] | undefined },
  otherwise: WantedPlace,
): WantedPlace {
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...otherwise, ...Object.fromEntries(present) };
}
