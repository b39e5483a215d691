import type { SealedChat } from "../../client/sealed_chat.ts";
import type { Away } from "../../protocol/chat.ts";
import type { PendingMessages } from "./pending_messages.ts";

/** Where something is said. */
export type Where = { readonly room: string } | { readonly to: string };

/** What {@link OwnMessages} work with. */
export interface OwnMessagesOptions {
  readonly chat: Pick<SealedChat, "send" | "sendPrivate">;
  readonly pending: PendingMessages;
  readonly isOnline: () => boolean;
  /** Tells something. */
  readonly notice: (text: string) => void;
  /** Told that somebody to whom one has written is away. */
  readonly onAway: (name: string, away: Away) => void;
}

/** Says what one types; each message is pending until it has come back. */
export class OwnMessages {
  readonly #options: OwnMessagesOptions;

  /** @param options What it works with. */
  constructor(options: OwnMessagesOptions) {
    this.#options = options;
  }

  /**
   * Says something.
   *
   * @throws {ProtocolError} It was not sent.
   */
  async say(where: Where, text: string): Promise<void> {
    const { chat, pending, isOnline, notice, onAway } = this.#options;
    if (!isOnline()) notice("Not connected: it is sent when the server is back");
    const isRoom = "room" in where;
    const message = pending.add(isRoom ? where.room : `@${where.to}`, text);
    try {
      const ack = isRoom
        ? await chat.send(where.room, text)
        : await chat.sendPrivate(where.to, text);
      pending.acknowledged(message, ack.id);
      if (ack.away !== undefined && !isRoom) onAway(where.to, ack.away);
    } catch (error) {
      pending.failed(message);
      throw error;
    }
  }
}
