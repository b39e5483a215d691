import { nearest } from "../../terminal/commands/nearest.ts";
import { THEMES } from "../../terminal/themes.ts";

/** One thing that `/set` changes. */
export interface Setting {
  readonly name: string;
  /** What it may be. */
  readonly values: readonly string[];
  readonly default: string;
  /** What it is for. */
  readonly doc: string;
}

/** Every setting: `/set`, completion and docs come from here. */
export const SETTINGS = [
  {
    name: "theme",
    values: THEMES,
    default: "auto",
    doc: "the colours: by the terminal's background, for a dark or a light one, or none",
  },
  { name: "times", values: ["on", "off"], default: "on", doc: "whether lines begin with the time" },
  {
    name: "bell",
    values: ["off", "mentions", "all"],
    default: "off",
    doc: "what rings the bell: nothing, who names you or writes to you alone, or every message",
  },
  {
    name: "rooms",
    values: ["here", "all"],
    default: "here",
    doc:
      "whose messages are printed: those of the room you are in, or of all rooms that you joined",
  },
  {
    name: "joins",
    values: ["on", "off"],
    default: "on",
    doc: "whether who comes and goes is told",
  },
  {
    name: "history",
    values: ["on", "off"],
    default: "on",
    doc: "whether what you type is kept for the next run; off removes what was kept",
  },
] as const satisfies readonly Setting[];

type Settings = typeof SETTINGS[number];

/** What a setting is called. */
export type SettingName = Settings["name"];

/** What each setting is. */
export type SettingValues = { readonly [S in Settings as S["name"]]: S["values"][number] };

/** What the settings are where nobody has changed one. */
export const DEFAULT_SETTINGS = Object.fromEntries(
  SETTINGS.map((setting) => [setting.name, setting.default]),
) as SettingValues;

/**
 * Reads a setting as somebody wrote it.
 *
 * @param name What it is called.
 * @param value What it is to be.
 * @returns Both, checked; in lower case.
 * @throws {TypeError} There is no such setting, or it cannot be that.
 */
export function checkSetting(name: string, value: string): readonly [SettingName, string] {
  const { name: known, values }: Setting = findSetting(name);
  const found = values.find((allowed) => allowed === value.toLowerCase());
  if (found === undefined) {
    throw new TypeError(`${known} cannot be ${value}: it may be ${values.join(", ")}`);
  }
  return [known as SettingName, found];
}

/**
 * The lines of `/set`, or of `/set NAME`.
 *
 * @param current What the settings are.
 * @param name Which to tell; without it all.
 * @returns A line for each.
 * @throws {TypeError} There is no such setting.
 */
export function settingLines(current: SettingValues, name?: string): string[] {
  const shown: readonly Setting[] = name === undefined ? SETTINGS : [findSetting(name)];
  return shown.map(({ name, values, doc }) =>
    `${name} is ${current[name as SettingName]} (${values.join("|")}): ${doc}`
  );
}

function findSetting(name: string): Setting {
  const found = SETTINGS.find((setting) => setting.name === name.toLowerCase());
  if (found !== undefined) return found;
  const meant = nearest(name.toLowerCase(), SETTINGS.map((setting) => setting.name));
  throw new TypeError(
    `There is no setting ${name}: ${
      meant === undefined ? "/set lists them" : `did you mean ${meant}?`
    }`,
  );
}
