import { checkName, fold } from "../../protocol/names.ts";
import { checkAwayText } from "../../protocol/text.ts";
import { BOOKMARK_NAME } from "../../terminal/commands/screen_commands.ts";
import { type Bookmark, readBookmark } from "./bookmark.ts";
import { type Config, ConfigFile, ConfigFileError, entriesOf } from "./config_file.ts";
import { checkSetting, DEFAULT_SETTINGS, SETTINGS, type SettingValues } from "./setting_table.ts";

type Change = (config: Config) => Config;

/** What {@link Settings} need. */
export interface SettingsOptions {
  /** The config folder, which may be read and written; undefined where nothing can be kept. */
  readonly folder: string | undefined;
  /** Tells somebody, once each, what cannot be read, and that nothing can be kept. The text is not escaped. */
  readonly tell: (text: string) => void;
}

/**
 * What somebody has chosen for the client: settings, whom to see, bookmarks, where they were last. Kept in
 * `config.json`, as `{settings, ignored, focus, away, bookmarks, last}`.
 *
 * - I1 A change holds at once, and for the run also where it cannot be kept: that is told, once.
 * - I2 What the file has beside is kept, and so is what another client changes meanwhile.
 * - I3 A damaged file is told, and not written over.
 */
export class Settings {
  readonly #file: ConfigFile | undefined;
  readonly #tell: (text: string) => void;
  #config: Config = {};
  /** Changes that are not in the file yet, in their order. */
  readonly #pending: Change[] = [];
  #writing: Promise<void> = Promise.resolve();
  /** Whether it was not told yet that nothing is kept. */
  #isKept = true;

  private constructor({ folder, tell }: SettingsOptions) {
    this.#file = folder === undefined ? undefined : new ConfigFile(folder);
    this.#tell = tell;
  }

  /**
   * Reads what is kept.
   *
   * @param options Where it is, and who is told what is wrong with it.
   */
  static async open(options: SettingsOptions): Promise<Settings> {
    const settings = new Settings(options);
    await settings.#open();
    return settings;
  }

  /** What each setting is. */
  get values(): SettingValues {
    const values: Record<string, string> = { ...DEFAULT_SETTINGS };
    for (const [name, value] of entriesOf(this.#config["settings"])) {
      if (isSetting(name, value)) values[name] = value;
    }
    return values as SettingValues;
  }

  /** Who is ignored, in the order of ignoring. */
  get ignored(): readonly string[] {
    return namesOf(this.#config["ignored"]);
  }

  /** Whose messages alone are shown in rooms; none where everybody's are. */
  get focus(): readonly string[] {
    return namesOf(this.#config["focus"]);
  }

  /** That somebody is away, and what they say of it; undefined where they are here. */
  get away(): { readonly text?: string } | undefined {
    const { away } = this.#config;
    if (typeof away !== "object" || away === null) return undefined;
    const { text } = away as { readonly text?: unknown };
    return typeof text === "string" && isAwayText(text) ? { text } : {};
  }

  /** The bookmarks by name. */
  get bookmarks(): ReadonlyMap<string, Bookmark> {
    return new Map(
      entriesOf(this.#config["bookmarks"]).flatMap(([name, value]) => {
        const bookmark = BOOKMARK_NAME.test(name) ? readBookmark(value) : undefined;
        return bookmark === undefined ? [] : [[name, bookmark] as const];
      }),
    );
  }

  /** Where somebody was last; undefined before the first time. */
  get last(): Bookmark | undefined {
    return readBookmark(this.#config["last"]);
  }

  /**
   * Changes a setting.
   *
   * @param name What it is called.
   * @param value What it is to be.
   * @throws {TypeError} There is no such setting, or it cannot be that.
   */
  async set(name: string, value: string): Promise<void> {
    const [known, checked] = checkSetting(name, value);
    await this.#change((config) => withEntry(config, "settings", known, checked));
  }

  /**
   * Ignores somebody.
   *
   * @param name Whom.
   * @returns Whether they were not ignored before.
   * @throws {ProtocolError} `invalid_name`.
   */
  async ignore(name: string): Promise<boolean> {
    const checked = checkName(name);
    if (includes(this.ignored, checked)) return false;
    await this.#change((config) => {
      const ignored = namesOf(config["ignored"]);
      return includes(ignored, checked) ? config : { ...config, ignored: [...ignored, checked] };
    });
    return true;
  }

  /**
   * Ignores somebody no more.
   *
   * @param name Whom, in any case.
   * @returns Whether they were ignored.
   */
  async unignore(name: string): Promise<boolean> {
    if (!includes(this.ignored, name)) return false;
    await this.#change((config) => ({
      ...config,
      ignored: namesOf(config["ignored"]).filter((each) => fold(each) !== fold(name)),
    }));
    return true;
  }

  /**
   * Shows only what these say in rooms.
   *
   * @param names Their names; none for everybody again.
   * @throws {ProtocolError} `invalid_name`: nothing has changed.
   */
  async focusOn(names: readonly string[]): Promise<void> {
    const focus = names.map((name) => checkName(name));
    if (focus.length === 0 && this.focus.length === 0) return;
    await this.#change((config) => ({ ...config, focus }));
  }

  /**
   * Keeps that somebody is away, or here.
   *
   * @param away What they say of it; undefined where they are here.
   */
  async stayAway(away: { readonly text?: string } | undefined): Promise<void> {
    if (away === undefined && this.away === undefined) return;
    await this.#change(({ away: _before, ...config }) =>
      away === undefined ? config : { ...config, away }
    );
  }

  /**
   * Keeps a bookmark, in the place of one that has the same name.
   *
   * @param name What it is to be called.
   * @param bookmark Where it leads.
   * @throws {TypeError} No bookmark can be called so, or lead there.
   */
  async bookmark(name: string, bookmark: Bookmark): Promise<void> {
    const checked = readBookmark(bookmark);
    if (!BOOKMARK_NAME.test(name) || checked === undefined) {
      throw new TypeError(
        `Cannot keep the bookmark ${name}: its name may have up to 32 letters, digits, _, . and -`,
      );
    }
    await this.#change((config) => withEntry(config, "bookmarks", name, checked));
  }

  /**
   * Remembers where somebody is.
   *
   * @param place Where.
   */
  async remember({ host, port, name, room, rooms, tls }: Bookmark): Promise<void> {
    const last = { host, port, name, room, ...rooms && { rooms }, ...tls && { tls } };
    // Nobody has asked for it: that it cannot be kept is nothing to be told.
    if (this.#file === undefined) this.#config = { ...this.#config, last };
    else if (JSON.stringify(last) !== JSON.stringify(this.last)) {
      await this.#change((config) => ({ ...config, last }));
    }
  }

  async #open(): Promise<void> {
    if (this.#file === undefined) return;
    try {
      this.#config = await this.#file.read();
      this.#tellWrong(this.#file.path);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Tells what of the file is not as it is written here, and so does not hold. */
  #tellWrong(path: string): void {
    const wrong: string[] = [];
    for (const [name, value] of entriesOf(this.#config["settings"])) {
      const known = SETTINGS.some((setting) => setting.name === name);
      if (known && !isSetting(name, value)) wrong.push(`the setting ${name}`);
    }
    const { bookmarks } = this;
    for (const [name] of entriesOf(this.#config["bookmarks"])) {
      if (!bookmarks.has(name)) wrong.push(`the bookmark ${name}`);
    }
    if (wrong.length === 0) return;
    this.#tell(`In ${path} some values cannot be used, and do not hold: ${wrong.join(", ")}`);
  }

  /** The change is made to what the file has now, and to nothing else of it. */
  async #change(change: Change): Promise<void> {
    this.#config = change(this.#config);
    if (this.#file === undefined) return this.#tellThatNothingIsKept();
    if (!this.#isKept) return;
    this.#pending.push(change);
    // One after the other: the later one of two is what holds.
    await (this.#writing = this.#writing.then(() => this.#keep(change)));
  }

  async #keep(change: Change): Promise<void> {
    try {
      const config = this.#isKept ? await this.#file!.update(change) : undefined;
      this.#pending.shift();
      // What was changed meanwhile is not in the file yet.
      if (config !== undefined) {
        this.#config = this.#pending.reduce((now, each) => each(now), config);
      }
    } catch (error) {
      this.#pending.shift();
      this.#giveUp(error);
    }
  }

  #tellThatNothingIsKept(): void {
    if (!this.#isKept) return;
    this.#isKept = false;
    this.#tell("What you set holds until this program ends: there is no config folder");
  }

  #giveUp(error: unknown): void {
    this.#isKept = false;
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell(
      error instanceof ConfigFileError
        ? reason
        : `What you set holds until this program ends: ${this.#file?.path} cannot be kept. ${reason}`,
    );
  }
}

function isSetting(name: string, value: unknown): value is string {
  const setting = SETTINGS.find((each) => each.name === name);
  return setting?.values.some((allowed) => allowed === value) === true;
}

/** The names in a list; what is none is left out. */
function namesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((name): name is string => {
    try {
      return typeof name === "string" && checkName(name) !== "";
    } catch {
      return false;
    }
  });
}

function includes(names: readonly string[], name: string): boolean {
  return names.some((each) => fold(each) === fold(name));
}

/** The config with one entry of one of its objects changed; made of entries, as a name may be `__proto__`. */
function withEntry(config: Config, key: string, name: string, value: unknown): Config {
  const others = entriesOf(config[key]).filter(([each]) => each !== name);
  return { ...config, [key]: Object.fromEntries([...others, [name, value]]) };
}

function isAwayText(text: string): boolean {
  try {
    return checkAwayText(text) === text;
  } catch {
    return false;
  }
}
