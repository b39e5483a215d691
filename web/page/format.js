// What a text is made of: a description that the view turns into nodes, never into HTML.

import { fold } from "./names.js";

/**
 * A piece of a text. `href` is there for links only, and has been checked.
 *
 * @typedef {{kind: "text" | "code" | "block" | "mention" | "link", text: string, href?: string}} Piece
 */

const FENCE = "```";
const LANGUAGE = /^[\w+#-]{0,20}\n/;
// No invisible character belongs to an address: it would look like another one.
const LINK = /\bhttps?:\/\/[^\s<>"'`\p{Cf}]+/giu;
const WORD = /@?[\p{L}\p{N}_][\p{L}\p{M}\p{N}_.-]*/gu;

/**
 * Takes a text apart: fenced blocks, `inline code`, links, and one's own name.
 *
 * @param {string} text A peer's: anything.
 * @param {string} me The name whose mentions count.
 * @returns {Piece[]} Their texts are what is to be shown.
 */
export function piecesOf(text, me) {
  /** @type {Piece[]} */
  const pieces = [];
  const parts = text.split(FENCE);
  // A fence that nobody closed is text.
  if (parts.length % 2 === 0) {
    const tail = parts.pop();
    parts.push(parts.pop() + FENCE + tail);
  }
  parts.forEach((part, at) => {
    if (at % 2 === 1) {
      const block = part.replace(LANGUAGE, "").replace(/\n$/, "");
      if (block.trim() === "") add(pieces, "text", FENCE + part + FENCE);
      else pieces.push({ kind: "block", text: block });
      return;
    }
    // A block is on lines of its own already.
    let line = at > 0 ? part.replace(/^ *\n/, "") : part;
    if (at < parts.length - 1) line = line.replace(/\n$/, "");
    readLines(line, me, pieces);
  });
  return pieces;
}

/**
 * Whether a text names somebody.
 *
 * @param {string} text
 * @param {string} me
 * @returns {boolean}
 */
export function mentions(text, me) {
  return piecesOf(text, me).some(({ kind }) => kind === "mention");
}

/**
 * @param {string} text
 * @param {string} me
 * @param {Piece[]} pieces
 */
function readLines(text, me, pieces) {
  let rest = 0;
  for (const { 0: match, 1: code, index } of text.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)) {
    readLinks(text.slice(rest, index), me, pieces);
    pieces.push({ kind: "code", text: /** @type {string} */ (code) });
    rest = index + match.length;
  }
  readLinks(text.slice(rest), me, pieces);
}

/**
 * @param {string} text
 * @param {string} me
 * @param {Piece[]} pieces
 */
function readLinks(text, me, pieces) {
  let rest = 0;
  for (const { 0: match, index } of text.matchAll(LINK)) {
    const shown = withoutTail(match);
    const href = safeAddress(shown);
    if (href === undefined) continue;
    readWords(text.slice(rest, index), me, pieces);
    pieces.push({ kind: "link", text: shown, href });
    rest = index + shown.length;
  }
  readWords(text.slice(rest), me, pieces);
}

/**
 * @param {string} text
 * @param {string} me
 * @param {Piece[]} pieces
 */
function readWords(text, me, pieces) {
  const wanted = fold(me);
  let rest = 0;
  for (const { 0: match, index } of text.matchAll(WORD)) {
    const bare = match.replace(/^@/, "");
    // A full stop may end the sentence and not the name.
    const found = [bare, bare.replace(/(?<![.-])[.-]+$/, "")].find((word) => fold(word) === wanted);
    if (found === undefined) continue;
    const end = index + match.length - (bare.length - found.length);
    add(pieces, "text", text.slice(rest, index));
    pieces.push({ kind: "mention", text: text.slice(index, end) });
    rest = end;
  }
  add(pieces, "text", text.slice(rest));
}

/**
 * @param {Piece[]} pieces
 * @param {"text"} kind
 * @param {string} text
 */
function add(pieces, kind, text) {
  if (text !== "") pieces.push({ kind, text });
}

/**
 * What follows an address in a sentence is not part of it.
 *
 * @param {string} address
 */
function withoutTail(address) {
  // Counted once: who writes thousands of brackets must not hold up the page.
  const counts = new Map();
  for (const mark of address) counts.set(mark, (counts.get(mark) ?? 0) + 1);
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1] ?? "";
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const isTail = opening === undefined
      ? ".,;:!?*_~|".includes(last)
      : counts.get(last) > (counts.get(opening) ?? 0);
    if (!isTail) break;
    counts.set(last, counts.get(last) - 1);
  }
  return address.slice(0, end);
}

/**
 * Where a link may lead: the web, and nowhere else.
 *
 * @param {string} text
 * @returns {string | undefined}
 */
export function safeAddress(text) {
  try {
    const { protocol, hostname, href } = new URL(text);
    return /^https?:$/.test(protocol) && hostname !== "" ? href : undefined;
  } catch {
    return undefined;
  }
}
