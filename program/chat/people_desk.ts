import type { ChatClient } from "../../client/chat_client.ts";
import { fold } from "../../protocol/names.ts";
import { ProtocolError } from "../../codec/errors.ts";
import type { PeopleCommand } from "../../terminal/commands/people_commands.ts";
import type { Person } from "../../terminal/people_table.ts";
import type { Settings } from "./settings.ts";

/** People that a table shows. */
const MAX_SHOWN = 1_000;

/** What a {@link PeopleDesk} works with. */
export interface PeopleDeskOptions {
  readonly client: Pick<ChatClient, "away" | "back" | "who" | "whoDetails">;
  readonly settings: Settings;
  /** One's own name. */
  readonly name: string;
  /** Prints who is in a room; `isCut` where there are more. */
  readonly table: (room: string, people: readonly Person[], isCut: boolean) => void;
  /** Prints lines. */
  readonly notice: (...texts: readonly string[]) => void;
  /** Told when others are shown, or one is away. */
  readonly onChange: () => void;
}

/** The commands about people: who is there, who is shown, whether one is there oneself. */
export class PeopleDesk {
  readonly #options: PeopleDeskOptions;

  /** @param options What it works with. */
  constructor(options: PeopleDeskOptions) {
    this.#options = options;
  }

  /** `/who`: the room's people; of an older server's their names alone. */
  async who(room: string): Promise<void> {
    const { client, table } = this.#options;
    try {
      return table(room, ...await firstOf(client.whoDetails(room)));
    } catch (error) {
      if (!(error instanceof ProtocolError && error.code === "unexpected_message")) throw error;
    }
    const [names, isCut] = await firstOf(client.who(room));
    table(room, names.map((name) => ({ name })), isCut);
  }

  /** Who was away when the last run ended is so in this one: others are told again, and so is the person. */
  async stayAway(): Promise<void> {
    const { client, settings: { away }, notice, onChange } = this.#options;
    if (away === undefined) return;
    await client.away(away.text);
    notice(
      `You are still away${
        away.text === undefined ? "" : `: ${away.text}`
      }; /back tells that you are here again`,
    );
    onChange();
  }

  /**
   * Does what a command asks for.
   *
   * @throws {ProtocolError} `invalid_name`; or the server's no.
   */
  async do(
    command: Extract<PeopleCommand, { kind: "away" | "back" | "focus" | "ignore" | "unignore" }>,
  ): Promise<void> {
    const { client, settings, notice, onChange } = this.#options;
    switch (command.kind) {
      case "away":
        await client.away(command.text);
        await settings.stayAway(command.text === undefined ? {} : { text: command.text });
        notice("You are away; /back tells that you are here again");
        return onChange();
      case "back":
        await client.back();
        await settings.stayAway(undefined);
        notice("You are back");
        return onChange();
      case "focus":
        await settings.focusOn(command.names);
        onChange();
        return notice(
          command.names.length === 0
            ? "Everybody is shown"
            : `Only what ${
              settings.focus.join(", ")
            } and you say is shown, and what is written to you; /focus shows everybody again`,
        );
      case "ignore": {
        const { name } = command;
        if (name === undefined) return notice(ignoredText(settings.ignored));
        if (fold(name) === fold(this.#options.name)) {
          throw new TypeError("You cannot ignore yourself");
        }
        const isNew = await settings.ignore(name);
        onChange();
        return notice(
          isNew ? `${name} is ignored; /unignore ${name} ends it` : `${name} is ignored already`,
        );
      }
      case "unignore": {
        const isKnown = await settings.unignore(command.name);
        onChange();
        return notice(
          isKnown ? `${command.name} is shown again` : `${command.name} was not ignored`,
        );
      }
      default:
        command satisfies never;
    }
  }
}

function ignoredText(names: readonly string[]): string {
  return names.length === 0 ? "Nobody is ignored" : `Ignored: ${names.join(", ")}`;
}

/** The first ones, and whether there are more. */
async function firstOf<T>(found: AsyncIterable<T>): Promise<[readonly T[], boolean]> {
  const taken: T[] = [];
  for await (const one of found) {
    if (taken.length === MAX_SHOWN) return [taken, true];
    taken.push(one);
  }
  return [taken, false];
}
