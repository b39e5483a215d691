// Who this browser is: a name for each tab, and the rooms of each; the names' tokens, where there is no key.

import { fold } from "./names.js";
import { randomHex } from "./ulid.js";

/** What is kept in a browser. A tab may be somebody else than the others. */
export class Identity {
  /**
   * @param {Storage} shared Of all tabs: `localStorage`.
   * @param {Storage} own Of this tab: `sessionStorage`.
   */
  constructor(shared, own) {
    this.shared = shared;
    this.own = own;
  }

  /** The name to begin with, if there is one. */
  get name() {
    return this.own.getItem("parley.name") ?? this.shared.getItem("parley.name") ?? undefined;
  }

  /** @param {string} name */
  enter(name) {
    this.own.setItem("parley.name", name);
    this.shared.setItem("parley.name", name);
  }

  /** Asks for a name the next time. What was kept for this one stays. */
  leave() {
    this.own.removeItem("parley.name");
    this.shared.removeItem("parley.name");
  }

  /**
   * A name's secret from before the name had a key.
   *
   * @param {string} name
   */
  oldToken(name) {
    return this.shared.getItem(`parley.token ${fold(name)}`) ?? undefined;
  }

  /**
   * A name's secret, for a browser without keys. That of a new name is our choice, kept before it is sent: a
   * connection that breaks before the answer leaves no name behind that nobody can use.
   *
   * @param {string} name
   */
  token(name) {
    const token = this.oldToken(name) ?? randomHex(32);
    this.keepToken(name, token);
    return token;
  }

  /** @type {(name: string, token: string) => void} */
  keepToken(name, token) {
    this.shared.setItem(`parley.token ${fold(name)}`, token);
  }

  /** @param {string} name */
  forgetToken(name) {
    this.shared.removeItem(`parley.token ${fold(name)}`);
  }

  /**
   * The rooms of a name; at first the lobby.
   *
   * @param {string} name
   * @returns {string[]}
   */
  rooms(name) {
    try {
      const rooms = JSON.parse(this.shared.getItem(`parley.rooms ${fold(name)}`) ?? "");
      return rooms.filter((/** @type {unknown} */ room) => typeof room === "string");
    } catch {
      return ["lobby"];
    }
  }

  /** @type {(name: string, rooms: Iterable<string>) => void} */
  keepRooms(name, rooms) {
    this.shared.setItem(`parley.rooms ${fold(name)}`, JSON.stringify([...rooms]));
  }
}
