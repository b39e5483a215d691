import type { Member } from "./member.ts";
import type { Template, Wire } from "./wire.ts";

const ID_DIGITS = 10;
const ZERO = 48;

/** Sends one member's messages, as many as wanted in one write. */
export class Sender {
  readonly member: Member;
  /** How many were sent. */
  sent = 0;
  /** Whether a write is pending. */
  busy = false;
  readonly #template: Template;

  /** @param wire How the member's server is spoken to. */
  constructor(wire: Wire, member: Member) {
    this.member = member;
    this.#template = wire.message(member.number, member.room);
  }

  /** Sends messages, each with an id of its own. The write before must have ended. */
  async send(count: number): Promise<void> {
    const { bytes, idAt } = this.#template;
    const batch = new Uint8Array(count * bytes.length);
    for (let nth = 0; nth < count; nth++) {
      const start = nth * bytes.length;
      batch.set(bytes, start);
      let left = this.sent++;
      for (let digit = start + idAt + ID_DIGITS; left > 0; left = Math.floor(left / 10)) {
        batch[--digit] = ZERO + left % 10;
      }
    }
    this.busy = true;
    await this.member.write(batch);
    this.busy = false;
  }
}
