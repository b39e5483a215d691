import { fold } from "../protocol/names.ts";
import type { Registry } from "../registry/registry.ts";
import type { Holder } from "./room_record.ts";

/** Invitations that wait for one name: of more the oldest goes. */
const MAX_WAITING = 20;
/** Who loses so many races has others to blame. */
const MAX_TRIES = 10;

/** An invitation that its addressee has not been told of. */
export interface Invitation {
  readonly room: string;
  /** Who invites. */
  readonly by: string;
}

interface Waiting {
  /** Since when the name is its addressee's. */
  readonly since: number;
  readonly invitations: readonly Invitation[];
}

/** What who is away is told when he comes: that he is invited. That he may come in is in the room's record. */
export class Invitations {
  readonly #registry: Registry;
  readonly #leaseMs: number;

  /**
   * @param registry Where they are kept, under `invited/` and the folded name.
   * @param leaseMs How long they wait.
   */
  constructor(registry: Registry, leaseMs: number) {
    this.#registry = registry;
    this.#leaseMs = leaseMs;
  }

  /**
   * Keeps an invitation for who is away.
   *
   * @param to Whom it is for.
   * @param invitation Where to, and by whom.
   */
  async keep({ name, since }: Holder, invitation: Invitation): Promise<void> {
    const key = keyOf(name);
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = await this.#registry.get(key);
      const before = known && JSON.parse(known.value) as Waiting;
      const others = before?.since === since
        ? before.invitations.filter(({ room }) => room !== invitation.room)
        : [];
      const waiting: Waiting = { since, invitations: [...others, invitation].slice(-MAX_WAITING) };
      const value = JSON.stringify(waiting);
      if ((await this.#registry.put(key, value, known?.revision ?? 0, this.#leaseMs)).ok) return;
    }
  }

  /**
   * Takes what waits for somebody; each is given once.
   *
   * @param to Who has come.
   */
  async take({ name, since }: Holder): Promise<readonly Invitation[]> {
    const key = keyOf(name);
    const known = await this.#registry.get(key);
    if (known === undefined) return [];
    const { since: theirs, invitations } = JSON.parse(known.value) as Waiting;
    // A key goes when its lease is over: it has nothing in it until then.
    const empty = JSON.stringify({ since, invitations: [] } satisfies Waiting);
    if (invitations.length === 0) return [];
    const put = await this.#registry.put(key, empty, known.revision, 1);
    return put.ok && theirs === since ? invitations : [];
  }
}

function keyOf(name: string): string {
  return `invited/${fold(name)}`;
}
