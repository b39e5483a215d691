import type { ReadMessage, SealedChat } from "../../client/sealed_chat.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { counted } from "../../terminal/lines.ts";
import { localMoment } from "../../terminal/moment.ts";

/** Messages that `/history` with a time shows at most. */
const MAX_SHOWN = 1_000;
/** A page of them. */
const PAGE_LIMIT = 200;

/** A message that is read again. */
export type FoundMessage = ReadMessage;

/** What a {@link ReadingDesk} works with. */
export interface ReadingDeskOptions {
  readonly chat: Pick<SealedChat, "history" | "search">;
  /** Prints messages between two lines that say what they are. */
  readonly show: (
    title: string,
    messages: readonly FoundMessage[],
    how: { readonly isNumbered?: boolean; readonly isWhole?: boolean },
  ) => void;
  /** Prints a line. */
  readonly notice: (text: string) => void;
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
}

/** How much of a room is shown again: the newest so many, or all of so long. */
export type HistoryWanted = { readonly limit: number } | { readonly sinceMs: number };

/** The commands that show again what was said. */
export class ReadingDesk {
  readonly #options: ReadingDeskOptions;
  readonly #clock: Clock;

  /** @param options What it works with. */
  constructor(options: ReadingDeskOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** `/history`: the end of a room. */
  async history(room: string, wanted: HistoryWanted): Promise<void> {
    if ("sinceMs" in wanted) return await this.#historySince(room, wanted.sinceMs);
    const page = await this.#options.chat.history(room, { limit: wanted.limit });
    const { messages, refused } = page;
    const title = `The last ${counted(messages.length, "message")} of ${room}`;
    this.#options.show(title, messages, { isNumbered: true });
    this.#tellRefused(refused);
  }

  /** Reads back, page by page, to what was said earlier than so long ago. */
  async #historySince(room: string, sinceMs: number): Promise<void> {
    const now = this.#clock.now();
    const from = now - sinceMs;
    const pages: (readonly ReadMessage[])[] = [];
    let [count, before, isCut]: [number, number | undefined, boolean] = [0, undefined, false];
    let refused = 0;
    for (;;) {
      const limit = Math.min(PAGE_LIMIT, MAX_SHOWN - count);
      const page = await this.#options.chat.history(room, {
        limit,
        ...(before === undefined ? {} : { before }),
      });
      const wanted = page.messages.filter(({ at }) => at >= from);
      pages.unshift(wanted);
      count += wanted.length;
      refused += page.refused;
      const [first] = page.messages;
      if (first === undefined || wanted.length < page.messages.length || !page.more) break;
      isCut = count >= MAX_SHOWN;
      if (isCut) break;
      before = first.seq;
    }
    const what = `${counted(count, "message")} of ${room} since ${localMoment(from, now)}`;
    if (count === 0) {
      this.#options.notice(`No message in ${room} since ${localMoment(from, now)}`);
      return this.#tellRefused(refused);
    }
    const title = isCut ? `The newest ${what}; there are more` : `The last ${what}`;
    this.#options.show(title, pages.flat(), { isNumbered: true });
    this.#tellRefused(refused);
  }

  /** `/search`: the newest messages with some words. */
  async search(
    query: string,
    where: { readonly room?: string; readonly from?: string },
  ): Promise<void> {
    const { messages, more, refused } = await this.#options.chat.search(query, where);
    if (messages.length === 0) {
      this.#options.notice(`Found no message with ${query}; what is encrypted is not searched`);
      return this.#tellRefused(refused);
    }
    const what = `${counted(messages.length, "message")} with ${query}`;
    const title = more
      ? `Found more; the newest ${what}, the oldest of them first`
      : `Found ${what}, the oldest first`;
    this.#options.show(title, messages.toReversed(), { isNumbered: true });
  }

  /** `/show`: all of one message. */
  async whole(stream: string, seq: number): Promise<void> {
    const after = Math.max(seq - 1, 0);
    const { messages: [message] } = await this.#options.chat.history(stream, { after, limit: 1 });
    if (message?.seq !== seq) {
      return this.#options.notice(`There is no message ${seq} in ${stream}`);
    }
    this.#options.show(`Message ${seq} of ${stream}`, [message], { isWhole: true });
  }

  #tellRefused(count: number): void {
    if (count === 0) return;
    this.#options.notice(
      `${counted(count, "message")} not shown: they bear a name that nobody can have`,
    );
  }
}
