// What is wrong with the order of sealed messages that are here: each names the one that its key wrote before it.

/** @import {Entry} from "./store.js" */

/**
 * What is to be told of a message. `repeat`: it is not shown; `old`: it was written before everything that is remembered.
 *
 * @typedef {"gap" | "late" | "repeat" | "old"} Fault
 */

/**
 * Looks through a part of a conversation without holes.
 *
 * - I1 A message whose predecessor is not here is told, unless it is the first of its key that is here: what was
 *   before that may be further up.
 * - I2 One that comes twice is told the second time.
 * - I3 One that comes after those that follow it is told to be late, and those are not told to miss anything.
 * - I4 Where one was removed, what was removed is not missed.
 *
 * @param {readonly Entry[]} entries In order; what is not sealed, or not open, is passed over.
 * @param {boolean} atStart Whether nothing is before them.
 * @returns {Map<number, Fault>} By seq.
 */
export function faultsOf(entries, atStart) {
  /** @type {Map<string, {seq: number, previous: string}>} */
  const places = new Map();
  for (const { seq, secret } of entries) {
    const { hash, previous } = secret ?? {};
    if (hash !== undefined && previous !== undefined && !places.has(hash)) {
      places.set(hash, { seq, previous });
    }
  }
  /** @type {Map<number, Fault>} */
  const faults = new Map();
  const begun = new Set();
  let isWhole = atStart;
  for (const { seq, secret, removed } of entries) {
    const { hash, previous, key } = secret ?? {};
    if (removed !== undefined) {
      // It may be what the next ones name.
      begun.clear();
      isWhole = false;
    }
    if (hash === undefined || previous === undefined) continue;
    if (places.get(hash)?.seq !== seq) {
      faults.set(seq, "repeat");
      continue;
    }
    const before = places.get(previous);
    const isFirst = /^0+$/.test(previous);
    if (before !== undefined && before.seq > seq) faults.set(before.seq, "late");
    else if (before === undefined && !isFirst && (begun.has(key) || isWhole) && !faults.has(seq)) {
      faults.set(seq, "gap");
    }
    begun.add(key);
  }
  return faults;
}
