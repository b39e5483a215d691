import { fold } from "../../protocol/names.ts";

/** Who somebody has chosen to see. */
export interface Chosen {
  /** Whose messages are not shown. */
  readonly ignored: readonly string[];
  /** Whose alone are shown in rooms; none where everybody's are. */
  readonly focus: readonly string[];
}

/**
 * Whose messages somebody wants to see: everybody's but those of who is ignored; or, in a busy room, those of a few.
 * One's own are shown always.
 */
export class Audience {
  readonly #own: string;
  readonly #chosen: Chosen;

  /**
   * @param name Who reads.
   * @param chosen Who is ignored, and who alone is shown, now.
   */
  constructor(name: string, chosen: Chosen) {
    this.#own = fold(name);
    this.#chosen = chosen;
  }

  /** Whether somebody is ignored. */
  isIgnored(name: string): boolean {
    const wanted = fold(name);
    return wanted !== this.#own && this.#chosen.ignored.some((each) => fold(each) === wanted);
  }

  /** Whether what somebody says in a room is shown. */
  isShown(name: string): boolean {
    const wanted = fold(name);
    if (wanted === this.#own) return true;
    if (this.isIgnored(name)) return false;
    const { focus } = this.#chosen;
    return focus.length === 0 || focus.some((each) => fold(each) === wanted);
  }
}
