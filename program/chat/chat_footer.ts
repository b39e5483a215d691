import type { ChatClient } from "../../client/chat_client.ts";
import { type Clock, systemClock } from "../../clock/clock.ts";
import { type BarConnection, statusBar, type StatusBarState } from "../../terminal/status_bar.ts";
import type { Style } from "../../terminal/style.ts";
import { LatencyProbe } from "./latency_probe.ts";
import { type PendingMessage, PendingMessages } from "./pending_messages.ts";
import type { RoomList } from "./room_list.ts";

/** Messages that wait for their acknowledgement and are shown. */
const MAX_PENDING_SHOWN = 3;
const SECOND_MS = 1_000;

/** What a {@link ChatFooter} tells of. */
export interface ChatFooterOptions {
  readonly client: Pick<ChatClient, "isOnline" | "awayState" | "ping">;
  readonly rooms: Pick<RoomList<unknown>, "all" | "current">;
  /** What else holds: `focus: ann`. */
  readonly marks: () => readonly string[];
  /** The rows of a message that is not acknowledged. */
  readonly pendingRows: (message: PendingMessage, columns: number) => readonly string[];
  /** How it looks, now. */
  readonly style: () => Style;
  /** Told when it is to be drawn anew. */
  readonly onChange: () => void;
  /** Whose time. @default {systemClock} */
  readonly clock?: Clock;
}

/**
 * What stands above the line that is being typed: what is not acknowledged, how far transfers are, and a status line that
 * says where one is and how the connection is. It measures the latency until it is disposed of.
 */
export class ChatFooter implements Disposable {
  /** What was sent and is not acknowledged. */
  readonly pending: PendingMessages;
  readonly #options: ChatFooterOptions;
  readonly #clock: Clock;
  readonly #latency: LatencyProbe;
  #transfers: string | undefined;
  /** When the next attempt to connect comes; undefined where none is waited for. */
  #retryAt: number | undefined;
  #ticking: Disposable | undefined;

  /** @param options What it tells of. */
  constructor(options: ChatFooterOptions) {
    const { client, onChange, clock = systemClock } = options;
    this.#options = options;
    this.#clock = clock;
    this.pending = new PendingMessages(onChange);
    this.#latency = new LatencyProbe({ clock, onChange, ping: () => client.ping() });
  }

  /** Says how far transfers are, in one row; undefined where there are none. */
  set transfers(row: string | undefined) {
    this.#transfers = row;
    this.#options.onChange();
  }

  /** The connection is there, or will be tried again so late. */
  connection(told: "connected" | { readonly retryInMs: number }): void {
    this.#retryAt = told === "connected" ? undefined : this.#clock.now() + told.retryInMs;
    this.#tick();
  }

  /** Its rows, each narrower than the terminal. */
  rows(columns: number): string[] {
    const { pendingRows, style } = this.#options;
    const { all } = this.pending;
    const shown = all.slice(-MAX_PENDING_SHOWN);
    const before = all.length - shown.length;
    const more = `… ${before} more before these`.slice(0, Math.max(0, columns - 1));
    return [
      ...(before === 0 ? [] : [style().pending(more)]),
      ...shown.flatMap((message) => pendingRows(message, columns)),
      ...(this.#transfers === undefined ? [] : [this.#transfers]),
      statusBar(this.#status(), columns, style()),
    ];
  }

  /** Measures and counts no more. */
  [Symbol.dispose](): void {
    this.#latency[Symbol.dispose]();
    this.#ticking?.[Symbol.dispose]();
  }

  #status(): StatusBarState {
    const { client, rooms, marks } = this.#options;
    const numbered = rooms.all.map((room, at) => ({ ...room, number: at + 1 }));
    const here = numbered.find(({ name }) => name === rooms.current?.name);
    return {
      ...here && {
        room: {
          ...{ number: here.number, name: here.name, members: here.count },
          marks: here.isSecret ? ["secret"] : [],
        },
      },
      others: numbered.filter((room) => room !== here).map((
        { number, name, unread, mentions },
      ) => ({
        ...{ number, name, unread },
        isMentioned: mentions > 0,
      })),
      people: [],
      connection: this.#connection(),
      isAway: client.awayState !== undefined,
      marks: marks(),
    };
  }

  #connection(): BarConnection {
    const latencyMs = this.#latency.ms;
    if (this.#options.client.isOnline) {
      return { kind: "online", ...latencyMs !== undefined && { latencyMs } };
    }
    if (this.#retryAt === undefined) return { kind: "connecting" };
    return { kind: "offline", retryInMs: this.#retryAt - this.#clock.now() };
  }

  /** Counts the seconds until the next attempt to connect. */
  #tick(): void {
    this.#ticking?.[Symbol.dispose]();
    this.#ticking = undefined;
    if (this.#retryAt !== undefined && this.#retryAt <= this.#clock.now()) {
      this.#retryAt = undefined;
    }
    if (this.#retryAt !== undefined) {
      this.#ticking = this.#clock.after(SECOND_MS, () => this.#tick());
    }
    this.#options.onChange();
  }
}
