import type { EventLog, Page } from "../log/event_log.ts";
import type { CatchUp } from "./catch_up.ts";
import { eventText } from "./event_text.ts";
import type { FeedBudget } from "./feed_budget.ts";
import { Segment } from "./segment.ts";
import type { Dialect } from "./session.ts";

/** Bytes and events of one page from the log. */
const PAGE_BYTES = 131_072;
const PAGE_EVENTS = 512;

/** A page of the log, encoded: all events after one up to another that are still there. */
export interface EncodedPage {
  /** It holds what comes after this one … */
  readonly after: number;
  /** … up to this one. */
  readonly last: number;
  /** Events up to this one were gone when it was read. */
  readonly trimmedThrough: number;
  readonly segment: Segment;
  /** The {@link Pages.generation} that it is of. */
  readonly generation: number;
}

/** Where pages come from, and who is told what they hold. */
export interface PagesOptions {
  /** The stream's name in the log. */
  readonly stream: string;
  readonly log: EventLog;
  /** Who lets it read the log: few at once, in turns. */
  readonly catchUp: CatchUp;
  /** How events are encoded. */
  readonly dialect: Dialect;
  /** How much is kept for the others who are behind; one page always is. */
  readonly budget: FeedBudget;
}

/** Who asks for a page. */
export interface PageAsker {
  /** The last event that it has. */
  readonly cursor: number;
  /** Here it is; where the log has nothing more, it holds nothing. */
  onPage(page: EncodedPage): void;
  /** The log could not be read. */
  onFailed(error: unknown): void;
}

/**
 * The pages of the log that those read who are behind in one stream: each page is read and encoded
 * once for all who ask for it while it is read, and kept for those who come to it soon.
 *
 * - I1 One page is read at a time: one for who has waited longest, beginning where others a little
 *   behind stand too. All whom it helps get it, and stand at one place from then on.
 * - I2 Pages are kept while somebody is behind, up to the budget's `maxFeedBytes`: the oldest goes first.
 * - I3 A page that holds what was taken out of the log since is given to nobody.
 */
export class Pages {
  readonly #options: PagesOptions;
  readonly #kept: EncodedPage[] = [];
  #bytes = 0;
  #waiting: PageAsker[] = [];
  /** Whom the last page was for, and did not help: the next one begins where this one stands. */
  #owed: PageAsker | undefined;
  #reading = false;
  #readers = 0;
  #generation = 0;

  /** @param options Where pages come from. */
  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** How events are encoded. */
  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** Rises with {@link Pages.forget}: pages of an earlier one are not to be given. */
  get generation(): number {
    return this.#generation;
  }

  /** Memory held, in bytes. */
  get heldBytes(): number {
    return this.#bytes;
  }

  /** Somebody is behind. @returns To be disposed when that is over. */
  open(): Disposable {
    this.#readers++;
    let isOpen = true;
    return {
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--this.#readers === 0) { while (this.trim()); }
      },
    };
  }

  /** The page that goes on after an event, if it is here. */
  find(cursor: number): EncodedPage | undefined {
    return this.#kept.findLast((page) => goesOn(page, cursor));
  }

  /**
   * Asks for the page that goes on after a cursor.
   *
   * @param asker Who asks; told once.
   * @returns Disposing it takes the question back.
   */
  ask(asker: PageAsker): Disposable {
    this.#waiting.push(asker);
    if (!this.#reading) this.#read();
    return {
      [Symbol.dispose]: () => {
        this.#waiting = this.#waiting.filter((other) => other !== asker);
      },
    };
  }

  /** Something was taken out of the log: what was read before is not to be given any more. */
  forget(): void {
    this.#generation++;
    while (this.trim());
  }

  /** Gives up the oldest page. @returns Whether there was one to give. */
  trim(): boolean {
    const oldest = this.#kept.shift();
    if (oldest === undefined) return false;
    this.#resize(-oldest.segment.heldBytes);
    return true;
  }

  async #read(): Promise<void> {
    this.#reading = true;
    while (this.#waiting.length > 0) {
      // Others may have asked, or taken it back, while this waited for its turn.
      await this.#options.catchUp.run(async () => {
        const [first] = this.#waiting;
        if (first === undefined) return;
        try {
          this.#give(await this.#pageAfter(this.#placeFor(first)), first);
        } catch (error) {
          this.#waiting = this.#waiting.filter((other) => other !== first);
          first.onFailed(error);
        }
      });
    }
    this.#reading = false;
  }

  /** Where to begin, so that the page helps who is asked for, and as many others as it can. */
  #placeFor(first: PageAsker): number {
    if (first === this.#owed || this.find(first.cursor) !== undefined) return first.cursor;
    const near = this.#waiting.map(({ cursor }) => cursor)
      .filter((cursor) => cursor > first.cursor - PAGE_EVENTS / 2);
    return Math.min(...near, first.cursor);
  }

  async #pageAfter(after: number): Promise<EncodedPage> {
    const { stream, log } = this.#options;
    const here = this.find(after);
    if (here !== undefined) return here;
    let generation: number;
    let read: Page;
    do {
      generation = this.#generation;
      read = await log.read(stream, { after, limit: PAGE_EVENTS, maxBytes: PAGE_BYTES });
    } while (generation !== this.#generation);
    const page = this.#encode(after, read);
    if (this.#readers > 0 && goesOn(page, after)) this.#keep(page);
    return page;
  }

  #encode(after: number, { events, trimmedThrough }: Page): EncodedPage {
    const { dialect } = this.#options;
    const messages = events.map((event) => [event.seq, eventText(event)] as const);
    const segment = Segment.of(dialect, messages);
    const last = Math.max(after, trimmedThrough, segment.newestSeq);
    return { after, last, trimmedThrough, segment, generation: this.#generation };
  }

  #keep(page: EncodedPage): void {
    this.#kept.push(page);
    this.#resize(page.segment.heldBytes);
    while (this.#bytes > this.#options.budget.maxFeedBytes && this.#kept.length > 1) this.trim();
  }

  #give(page: EncodedPage, first: PageAsker): void {
    const asked = this.#waiting;
    // Long events may fill a page before it reaches whom it is for.
    const isShort = page.after < first.cursor && !goesOn(page, first.cursor);
    this.#owed = isShort ? first : undefined;
    const isFor = (asker: PageAsker) => goesOn(page, asker.cursor) || asker === first && !isShort;
    this.#waiting = asked.filter((asker) => !isFor(asker));
    for (const asker of asked) if (isFor(asker)) asker.onPage(page);
  }

  #resize(bytes: number): void {
    this.#bytes += bytes;
    this.#options.budget.resized(this, bytes);
  }
}

/** Whether a page tells who has everything up to `cursor` something new, and leaves nothing out. */
export function goesOn(page: EncodedPage, cursor: number): boolean {
  return page.after <= cursor && cursor < page.last;
}
