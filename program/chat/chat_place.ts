import type { Bookmark } from "./bookmark.ts";
import type { ChatProgramOptions } from "./chat_options.ts";
import { Failure } from "../failure.ts";
import type { Settings } from "./settings.ts";

/** Where a chat is to be, as far as is known without asking anybody. */
export interface WantedPlace {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly name?: string | undefined;
  readonly room?: string | undefined;
  readonly tls?: boolean;
  /** All rooms to be in. */
  readonly rooms?: readonly string[];
}

/**
 * Where a command line leads a person: what it says itself comes first, then the bookmark that it names, then where one was
 * last.
 *
 * @param options The command line.
 * @param settings What was kept.
 * @returns What is known; a server that the command line names takes nothing from where one was last but the name.
 * @throws {Failure} There is no such bookmark.
 */
export function placeOf(options: ChatProgramOptions, settings: Settings): WantedPlace {
  const { host, port, name, room, tls } = withBookmark(options, settings.bookmarks);
  const { last } = settings;
  if (last === undefined || options.bookmark !== undefined) return { host, port, name, room, tls };
  const isElsewhere = (host ?? port) !== undefined;
  if (isElsewhere) return { host, port, name: name ?? last.name, room, tls };
  return {
    ...last,
    name: name ?? last.name,
    room: room ?? last.room,
    tls: tls || last.tls === true && !options["no-tls"],
  };
}

/**
 * What the bookmark says that the command line names, for what the command line does not say.
 *
 * @param options The command line.
 * @param bookmarks What was kept: `Settings.bookmarks`.
 * @returns The options, with host, port, name and room of the bookmark; as they are where none is named.
 * @throws {Failure} There is no such bookmark; the text says which there are.
 */
export function withBookmark(
  options: ChatProgramOptions,
  bookmarks: ReadonlyMap<string, Bookmark>,
): ChatProgramOptions {
  if (options.bookmark === undefined) return options;
  const found = bookmarks.get(options.bookmark);
  if (found === undefined) {
    const names = [...bookmarks.keys()];
    const there = names.length === 0 ? "there are none yet" : `there are ${names.join(", ")}`;
    throw new Failure(
      `There is no bookmark ${
        JSON.stringify(options.bookmark)
      }: ${there}. In the client /bookmark NAME keeps one`,
    );
  }
  const { host, port, name, room, tls = false } = found;
  return {
    ...options,
    host: options.host ?? host,
    port: options.port ?? port,
    name: options.name ?? name,
    room: options.room ?? room,
    // Who names another server does not say by that how it is spoken to.
    tls: options.tls || tls && !options["no-tls"] && (options.host ?? options.port) === undefined,
  };
}
