import { THEMES } from "../../terminal/themes.ts";
import type { ScreenCommand } from "../../terminal/commands/screen_commands.ts";
import type { Bookmark } from "./bookmark.ts";
import { settingLines } from "./setting_table.ts";
import type { Settings } from "./settings.ts";

/** What a {@link SettingsDesk} works with. */
export interface SettingsDeskOptions {
  readonly settings: Settings;
  /** Where one is, for a bookmark. @throws {TypeError} One is in no room. */
  readonly place: () => Bookmark;
  /** Prints lines. */
  readonly notice: (...texts: readonly string[]) => void;
  /** Told when a setting is another one. */
  readonly onChange: () => void;
}

/** The commands about what somebody has chosen for the client. */
export class SettingsDesk {
  readonly #options: SettingsDeskOptions;

  /** @param options What it works with. */
  constructor(options: SettingsDeskOptions) {
    this.#options = options;
  }

  /**
   * Does what a command asks for.
   *
   * @throws {TypeError} There is no such setting, or it cannot be that.
   */
  async do(
    command: Extract<ScreenCommand, { kind: "theme" | "set" | "bookmark" }>,
  ): Promise<void> {
    const { settings, notice } = this.#options;
    switch (command.kind) {
      case "theme":
        if (command.name !== undefined) return await this.#set("theme", command.name);
        return notice(`The theme is ${settings.values.theme}; there are ${THEMES.join(", ")}`);
      case "set":
        if (command.name !== undefined && command.value !== undefined) {
          return await this.#set(command.name, command.value);
        }
        return notice(...settingLines(settings.values, command.name));
      case "bookmark":
        await settings.bookmark(command.name, this.#options.place());
        return notice(`${command.name} leads here from now on: client.ts ${command.name}`);
      default:
        command satisfies never;
    }
  }

  async #set(name: string, value: string): Promise<void> {
    const { settings, notice, onChange } = this.#options;
    await settings.set(name, value);
    onChange();
    notice(...settingLines(settings.values, name));
  }
}
