import { checkName, fold } from "../../protocol/names.ts";

/**
 * Whose messages somebody wants to see: everybody's but those of who is ignored; or, in a busy room, those of a few.
 * One's own are shown always.
 */
export class Audience {
  readonly #own: string;
  readonly #ignored: () => readonly string[];
  #focus: readonly string[] = [];

  /**
   * @param name Who reads.
   * @param ignored Who is ignored now.
   */
  constructor(name: string, ignored: () => readonly string[]) {
    this.#own = fold(name);
    this.#ignored = ignored;
  }

  /** The names that alone are shown; none where everybody is. */
  get focus(): readonly string[] {
    return this.#focus;
  }

  /**
   * Shows only what these say in rooms.
   *
   * @param names Their names; none for everybody again.
   * @throws {ProtocolError} `invalid_name`: nothing has changed.
   */
  focusOn(names: readonly string[]): void {
    this.#focus = names.map((name) => checkName(name));
  }

  /** Whether somebody is ignored. */
  isIgnored(name: string): boolean {
    const wanted = fold(name);
    return wanted !== this.#own && this.#ignored().some((each) => fold(each) === wanted);
  }

  /** Whether what somebody says in a room is shown. */
  isShown(name: string): boolean {
    const wanted = fold(name);
    if (wanted === this.#own) return true;
    if (this.isIgnored(name)) return false;
    return this.#focus.length === 0 || this.#focus.some((each) => fold(each) === wanted);
  }
}
