import { ProtocolError } from "../codec/errors.ts";
import type { Joined } from "../protocol/chat.ts";
import { openAgeIdentity } from "../sealed/age_identity.ts";
import { makeSecretRoom, type SecretRoom, unlockSecretRoom } from "../sealed/secret_room.ts";
import type { SealedNotice } from "./sealed_people.ts";
import type { SealedStore } from "./sealed_store.ts";

/** An unlocked room, as it is kept: the secret itself. */
export interface KeptRoom {
  /** Its name. */
  readonly room: string;
  /** Its age identity. */
  readonly secret: string;
  /** What it was unlocked from. */
  readonly file: string;
}

/**
 * The secret rooms of a client: which there are, and those that it has unlocked.
 *
 * - I1 What was unlocked once stays what it was: a server that shows another file, or none, is told of, and
 *   nothing is said in the open.
 */
export class SealedRooms {
  readonly #store: SealedStore;
  readonly #tell: (notice: SealedNotice) => void;
  readonly #look: (room: string) => Promise<boolean>;
  /** What `joined` showed, by room. */
  readonly #files = new Map<string, string | undefined>();
  readonly #unlocked = new Map<string, SecretRoom>();

  /**
   * @param store Where unlocked rooms are kept.
   * @param tell Tells the person.
   * @param look Asks the server whether a room is secret.
   */
  constructor(
    store: SealedStore,
    tell: (notice: SealedNotice) => void,
    look: (room: string) => Promise<boolean>,
  ) {
    this.#store = store;
    this.#tell = tell;
    this.#look = look;
  }

  /** A room was joined: what is asked of it meanwhile knows what it is. */
  see({ room, secret }: Pick<Joined, "room" | "secret">): void {
    this.#files.set(room, secret);
  }

  /** A room was joined, and the person knows that: now what is to be known of its secrecy. */
  async joined({ room, secret }: Pick<Joined, "room" | "secret">): Promise<void> {
    this.#files.set(room, secret);
    const known = await this.find(room);
    if (known === undefined) {
      if (secret !== undefined) this.#note(`${room} is a secret room. ${howTo(room)}`);
    } else if (secret === undefined) {
      this.#alarm(
        `WARNING: the server says that ${room} is no secret room any more. What you say there is encrypted as before`,
      );
    } else if (secret !== known.file) {
      this.#alarm(
        `WARNING: the server has put another secret file in the place of that of ${room}. What you say is encrypted as before, and is not read by who joins now. If the room was made anew: ${
          howTo(room)
        }`,
      );
    }
  }

  /** Whether a room is secret, unlocked or not; one of which nothing was seen yet is asked for. */
  async isSecret(room: string): Promise<boolean> {
    if (await this.find(room) !== undefined) return true;
    // It may have been joined meanwhile.
    if (this.#files.has(room)) return this.#files.get(room) !== undefined;
    // Before anything goes there in the open.
    return await this.#look(room);
  }

  /** An unlocked room; undefined where it is none. */
  async find(room: string): Promise<SecretRoom | undefined> {
    const unlocked = this.#unlocked.get(room);
    if (unlocked !== undefined) return unlocked;
    const kept = await this.#store.get("rooms", room) as KeptRoom | undefined;
    if (kept === undefined) return undefined;
    const found = { identity: await openAgeIdentity(kept.secret), file: kept.file };
    this.#unlocked.set(room, found);
    return found;
  }

  /**
   * What a secret room's messages are encrypted with.
   *
   * @throws {ProtocolError} `room_locked`.
   */
  async need(room: string): Promise<SecretRoom> {
    const found = await this.find(room);
    if (found !== undefined) return found;
    throw new ProtocolError("room_locked", `${room} is a secret room. ${howTo(room)}`);
  }

  /**
   * Unlocks a room that was joined, and remembers it.
   *
   * @throws {ProtocolError} `wrong_passphrase`, `damaged`; `forbidden`: it is no secret room, or was not joined.
   */
  async unlock(room: string, passphrase: string): Promise<void> {
    const file = this.#files.get(room);
    if (file === undefined) {
      const text = `Cannot unlock ${room}: it is no secret room, or you are not in it`;
      throw new ProtocolError("forbidden", text);
    }
    await this.#keep(room, await unlockSecretRoom(file, passphrase));
  }

  /**
   * Makes a secret room.
   *
   * @param create Has the server make it, with this file.
   * @throws {ProtocolError} `weak_passphrase`; what `create` throws.
   */
  async make(
    room: string,
    passphrase: string,
    create: (file: string) => Promise<unknown>,
  ): Promise<void> {
    const made = await makeSecretRoom(passphrase);
    await create(made.file);
    // Not before: it may have been somebody else's room.
    await this.#keep(room, made);
  }

  async #keep(room: string, unlocked: SecretRoom): Promise<void> {
    this.#unlocked.set(room, unlocked);
    const kept: KeptRoom = {
      room,
      secret: String(unlocked.identity.secret),
      file: unlocked.file,
    };
    await this.#store.put("rooms", room, kept);
  }

  #note(text: string): void {
    this.#tell({ isAlarm: false, text });
  }

  #alarm(text: string): void {
    this.#tell({ isAlarm: true, text });
  }
}

/** What to do with a secret room that is locked. */
export const howTo = (room: string): string => `Type /secret ${room} and then its passphrase`;
