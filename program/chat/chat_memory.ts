import type { ReadMessage } from "../../client/sealed_chat.ts";
import type { RoomMessage } from "../../protocol/chat.ts";
import { FileCards } from "../../terminal/file_cards.ts";
import { RoomList } from "./room_list.ts";
import { Roster } from "./roster.ts";

/** A message of a room, opened. */
export type OpenedMessage = ReadMessage<RoomMessage>;

/** What a chat on a terminal knows, and what stays where one goes on under another name. */
export class ChatMemory {
  /** The rooms that one is in, and what is unread there. */
  readonly rooms: RoomList<OpenedMessage> = new RoomList();
  /** Who is in them. */
  readonly roster: Roster = new Roster();
  /** Numbers the files that were shown. */
  readonly cards: FileCards = new FileCards();
  /** Who wrote to one alone, the last one last; the oldest are forgotten. */
  readonly #writers = new Set<string>();

  /** Somebody wrote to one alone. */
  wrote(name: string): void {
    this.#writers.delete(name);
    this.#writers.add(name);
    if (this.#writers.size > MAX_WRITERS) {
      this.#writers.delete(this.#writers.values().next().value!);
    }
  }

  /** Who wrote to one alone, the last one first. */
  get writers(): readonly string[] {
    return [...this.#writers].reverse();
  }
}

const MAX_WRITERS = 100;
