/**
 * Tells, message by message as they are shown, when one is of another day than the one before it: when a line
 * that names the day is due. Days are the calendar's, where this machine is: one may have 23 or 25 hours. What is
 * shown again, of earlier days, turns the days back, and what comes next turns them forth.
 */
export class DayChanges {
  #shown: string;

  /** @param now What time it is: today needs no line before its first message. */
  constructor(now: number) {
    this.#shown = new Date(now).toDateString();
  }

  /**
   * Whether a line with the day is due before a message that is shown now.
   *
   * @param at When it was said, Unix milliseconds. A time that is none changes nothing.
   */
  isDue(at: number): boolean {
    const day = new Date(at);
    if (Number.isNaN(day.getTime()) || day.toDateString() === this.#shown) return false;
    this.#shown = day.toDateString();
    return true;
  }
}
