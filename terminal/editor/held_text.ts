/** What waits for the terminal takes so much memory at most, in UTF-16 units. */
const MAX_HELD = 4_194_304;
/** Of texts that were dropped so many leave room in the list before it is cut. */
const MAX_DROPPED = 1_024;

/**
 * Lines that wait until they can be shown.
 *
 * - I1 They are bounded: of too many the oldest are dropped, and it is told how many lines those were. The newest text
 *   is always there.
 */
export class HeldText {
  readonly #max: number;
  #texts: string[] = [];
  /** Where the list begins: what is before was dropped. */
  #from = 0;
  #length = 0;
  #droppedLines = 0;

  /** @param max How much is held, in UTF-16 units. */
  constructor(max: number = MAX_HELD) {
    this.#max = max;
  }

  /** How many texts there are. */
  get count(): number {
    return this.#texts.length - this.#from;
  }

  /** Whether a text fits without others being dropped. */
  hasRoomFor(text: string): boolean {
    return this.#length + text.length <= this.#max;
  }

  /**
   * Puts a text at the end.
   *
   * @param text Lines, each with its newline.
   */
  push(text: string): void {
    this.#texts.push(text);
    this.#length += text.length;
    while (this.#length > this.#max && this.count > 1) this.#drop();
  }

  /** Gives all of it away, what was dropped as a line in its place. */
  take(): string {
    const note = this.#droppedLines === 0 ? [] : [
      `-- ${this.#droppedLines} older line${
        this.#droppedLines === 1 ? " was" : "s were"
      } not shown\n`,
    ];
    const text = [...note, ...this.#texts.slice(this.#from)].join("");
    this.#texts = [];
    this.#from = this.#length = this.#droppedLines = 0;
    return text;
  }

  #drop(): void {
    const text = this.#texts[this.#from]!;
    this.#texts[this.#from++] = "";
    this.#length -= text.length;
    this.#droppedLines += text.split("\n").length - 1;
    if (this.#from < MAX_DROPPED) return;
    this.#texts = this.#texts.slice(this.#from);
    this.#from = 0;
  }
}
