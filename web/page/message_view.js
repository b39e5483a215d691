// How one message looks.

import { el } from "./dom.js";
import { piecesOf } from "./format.js";
import { momentOf, sizeOf, timeOf } from "./moments.js";
import { colourOf, initialsOf } from "./names.js";

/** @import {SharedFile} from "../../protocol/chat.ts" */
/** @import {Entry} from "./store.js" */

/** Only these are shown as images; the server tells types by what is in the file. */
const IMAGES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

/**
 * @param {string} name
 * @returns {HTMLElement}
 */
export function avatar(name) {
  return el(
    "span",
    { class: `avatar c${colourOf(name)}`, "aria-hidden": "true" },
    initialsOf(name),
  );
}

/**
 * A text, with its code, links and mentions.
 *
 * @param {string} text
 * @param {string} me
 * @returns {Node[]}
 */
export function textNodes(text, me) {
  return piecesOf(text, me).map(({ kind, text, href }) => {
    switch (kind) {
      case "block":
        // What is too wide for it is scrolled, with the keyboard too.
        return el("pre", { tabindex: "0", dir: "ltr" }, el("code", {}, text));
      case "code":
        return el("code", {}, text);
      case "mention":
        return el("mark", {}, text);
      case "link":
        return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
      default:
        return document.createTextNode(text);
    }
  });
}

/**
 * @param {Entry} entry
 * @param {{key: string, grouped: boolean, me: string, isMine: boolean, retry: (id: string) => void, discard: (id: string) => void}} how
 * @returns {HTMLElement}
 */
export function messageNode(entry, { key, grouped, me, isMine, retry, discard }) {
  const { sender, text, files, at, state } = entry;
  const time = el(
    "time",
    { datetime: new Date(at).toISOString(), title: new Date(at).toLocaleString() },
    timeOf(at),
  );
  const by = grouped
    ? el("span", { class: "hidden" }, `${sender}: `)
    : el("div", { class: "by" }, el("b", { dir: "auto" }, sender), time);
  const node = el(
    "article",
    { class: `message ${grouped ? "more" : "first"} ${state}`, "data-key": key },
    grouped ? el("span", { class: "gutter" }, time) : avatar(sender),
    el(
      "div",
      { class: "body" },
      by,
      text !== "" &&
        el("div", { class: "text", dir: "auto" }, ...textNodes(text, isMine ? "" : me)),
      files.length > 0 && el("ul", { class: "files" }, ...files.map(fileNode)),
      state === "failed" && failure(entry, retry, discard),
    ),
    isMine && state !== "failed" && receipt(state),
  );
  return node;
}

/** @type {(state: Entry["state"]) => HTMLElement} */
function receipt(state) {
  return state === "pending"
    ? el("span", { class: "receipt", title: "On its way" }, "◌", spoken("on its way"))
    : el("span", { class: "receipt", title: "Stored" }, "✓", spoken("stored"));
}

/** @param {string} text */
function spoken(text) {
  return el("span", { class: "hidden" }, text);
}

/** @type {(entry: Entry, retry: (id: string) => void, discard: (id: string) => void) => HTMLElement} */
function failure({ id, error = "" }, retry, discard) {
  return el(
    "p",
    { class: "failure" },
    `Not sent. ${error} `,
    el("button", { class: "plain", click: () => retry(id) }, "Try again"),
    " ",
    el("button", { class: "plain", click: () => discard(id) }, "Discard"),
  );
}

/**
 * Where a file is; undefined for an id that is none.
 *
 * @param {SharedFile} file
 */
export function addressOf({ id, name }) {
  return /^[0-9a-f]{32}$/.test(id)
    ? `/files/${id}/${encodeURIComponent(wellFormed(name))}`
    : undefined;
}

/** Half a surrogate pair cannot be part of an address. @param {string} name */
function wellFormed(name) {
  return name.replace(/\p{Cs}/gu, "�");
}

/**
 * @param {SharedFile} file
 * @returns {HTMLElement}
 */
function fileNode(file) {
  const { name, size, type, sha256 } = file;
  const href = addressOf(file);
  if (href !== undefined && IMAGES.has(type)) return imageNode(file, href);
  const [, extension = ""] = /\.([\p{L}\p{N}]{1,4})$/u.exec(name) ?? [];
  return el(
    "li",
    { class: "file" },
    el("span", { class: "kind", "aria-hidden": "true" }, extension.toUpperCase() || "FILE"),
    el(
      "span",
      { class: "about" },
      el("a", { href, download: true, dir: "auto" }, name),
      el(
        "small",
        {},
        sizeOf(size),
        sha256 !== "" && ` · SHA-256 ${sha256.slice(0, 8)}… `,
        sha256 !== "" && copyButton(sha256),
      ),
    ),
  );
}

/** @type {(file: SharedFile, href: string) => HTMLElement} */
function imageNode({ name, size }, href) {
  // The box has its height before the image has come.
  return el(
    "li",
    { class: "image" },
    el(
      "a",
      { href, target: "_blank", rel: "noopener noreferrer" },
      el("img", { src: href, alt: name, loading: "lazy", decoding: "async" }),
    ),
    el("small", { dir: "auto" }, `${name} · ${sizeOf(size)}`),
  );
}

/** @param {string} sha256 */
function copyButton(sha256) {
  return el("button", {
    class: "plain",
    title: sha256,
    "aria-label": "Copy the whole SHA-256",
    /** @param {{currentTarget: HTMLElement}} event */
    click: async ({ currentTarget }) => {
      await copy(sha256);
      currentTarget.textContent = "copied";
      setTimeout(() => currentTarget.textContent = "copy", 1_500);
    },
  }, "copy");
}

/** @param {string} text */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // There is no clipboard for pages that came over plain HTTP from elsewhere.
    const area = el("textarea", {}, text);
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/**
 * A message that was found.
 *
 * @param {{sender: string, at: number, text: string, where: string, files: readonly SharedFile[]}} found
 * @returns {Node[]}
 */
export function foundNodes({ sender, at, text, where, files }) {
  const shown = text || files.map(({ name }) => name).join(", ");
  return [
    avatar(sender),
    el(
      "span",
      { class: "about" },
      el("span", {}, el("b", { dir: "auto" }, sender), ` ${where} · ${momentOf(at, Date.now())}`),
      el("span", { class: "excerpt", dir: "auto" }, shown.slice(0, 300)),
    ),
  ];
}
