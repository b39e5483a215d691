// Fetches what a conversation had before, and what is around a message that was found.

/** @import {Session} from "./session.js" */
/** @import {Conversation, Store} from "./store.js" */

/** How many messages a page has. */
const PAGE = 100;

/** Reads streams again. Each method resolves when it has nothing more to do, also where there is no connection. */
export class History {
  /**
   * @param {Session} session
   * @param {Store} store
   */
  constructor(session, store) {
    this.session = session;
    this.store = store;
  }

  /**
   * The page before what is shown.
   *
   * @param {Pick<Conversation, "stream" | "range" | "excerpt" | "kind" | "joined">} conversation
   * @param {number} [limit]
   * @returns {Promise<void>}
   */
  async older(conversation, limit = PAGE) {
    const { stream } = conversation;
    const range = conversation.excerpt ?? conversation.range;
    const { low } = range;
    if (low === undefined || range.atStart || !this.#mayAsk(conversation)) return;
    await this.#loading(range, async () => {
      const { messages, more } = await this.session.ask("history", { stream, before: low, limit });
      // Meanwhile it may be another log's.
      if (range.low === low) this.store.addOlder(messages, range, more);
    });
  }

  /**
   * The page after an excerpt.
   *
   * @param {Conversation} conversation
   * @returns {Promise<void>}
   */
  async newer(conversation) {
    const { stream, excerpt } = conversation;
    if (excerpt === undefined || !this.#mayAsk(conversation)) return;
    await this.#loading(excerpt, async () => {
      const { messages, more } = await this.session.ask("history", {
        ...{ stream, after: excerpt.high, limit: PAGE },
      });
      if (conversation.excerpt === excerpt) this.store.addNewer(conversation, messages, more);
    });
  }

  /**
   * Makes sure that a message is among those that are shown.
   *
   * @param {Conversation} conversation
   * @param {number} seq
   * @returns {Promise<void>}
   */
  async around(conversation, seq) {
    const { stream, range } = conversation;
    const has = () => conversation.entries.some((entry) => entry.seq === seq);
    if (has()) {
      delete conversation.excerpt;
      return this.store.changed();
    }
    if (conversation.kind === "person") {
      for (let low = NaN; !has() && !range.atStart && range.low !== low;) {
        low = range.low ?? NaN;
        await this.older(conversation, 1_000);
      }
      return;
    }
    const half = PAGE / 2;
    const [before, after] = await Promise.all([
      this.session.ask("history", { stream, before: seq + 1, limit: half }),
      this.session.ask("history", { stream, after: seq, limit: half }),
    ]);
    this.store.showExcerpt(conversation, [...before.messages, ...after.messages], !before.more);
  }

  /** @param {Pick<Conversation, "kind" | "joined">} conversation */
  #mayAsk({ kind, joined }) {
    return this.session.isOnline && (joined || kind === "person");
  }

  /**
   * @param {{loading: boolean}} range
   * @param {() => Promise<void>} load
   */
  async #loading(range, load) {
    if (range.loading) return;
    range.loading = true;
    try {
      await load();
    } catch {
      // The connection was lost: it is asked for again when there is one.
    } finally {
      range.loading = false;
    }
  }
}
